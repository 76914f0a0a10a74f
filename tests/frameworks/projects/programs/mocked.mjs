// How tests mock the network. Its argument names the library. It prints the report of a round whose peers are all mocked.
import process from "node:process";
import { createSharing, signRecord } from "dbsharing";
import { memoryStore } from "dbsharing/stores/memory";

const serviceUrl = "http://service.example";
const peerUrl = "http://peer.example";
const nodes = [{ data: { url: peerUrl } }];
const list = [signRecord({ uuid: "mocked", linktree: [], timestamp: 1 }, new Uint8Array(32).fill(7))];
const answers = { [`${serviceUrl}/nodes/task`]: nodes, [`${peerUrl}/task/task/linktree/all`]: list };
const mockedFetch = async (url) => Response.json(answers[String(url)] ?? null);

const ways = {
  async msw() {
    const { http, HttpResponse } = await import("msw");
    const { setupServer } = await import("msw/node");
    const handlers = Object.entries(answers).map(([url, body]) => http.get(url, () => HttpResponse.json(body)));
    setupServer(...handlers).listen({ onUnhandledRequest: "error" });
    return {};
  },
  async nock() {
    const { default: nock } = await import("nock");
    nock.disableNetConnect();
    for (const [url, body] of Object.entries(answers)) nock(new URL(url).origin).get(new URL(url).pathname).reply(200, body);
    return {};
  },
  async undici() { // its MockAgent, set where Node's own fetch looks for one
    const { MockAgent, setGlobalDispatcher } = await import("undici");
    const agent = new MockAgent();
    agent.disableNetConnect();
    for (const [url, body] of Object.entries(answers)) {
      agent.get(new URL(url).origin).intercept({ path: new URL(url).pathname }).reply(200, body);
    }
    setGlobalDispatcher(agent);
    return {};
  },
  async global() {
    globalThis.fetch = mockedFetch;
    return {};
  },
  option: async () => ({ fetch: mockedFetch }),
};

const options = await ways[process.argv[2]]();
const sharing = createSharing({ taskId: "task", serviceUrl, db: memoryStore(), logger: null, ...options });
const { error, peers, totals } = await sharing.share();
console.log(JSON.stringify({ error, faults: peers.map(({ message }) => message).filter(Boolean), inserted: totals.inserted }));
process.exit();
