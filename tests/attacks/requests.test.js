// Hostile requests against nodes in processes of their own: an honest reader and an honest writer are served meanwhile,
// memory is bounded, nothing stays open, the process has no event and ends on its signal.
import assert from "node:assert/strict";
import http from "node:http";
import { after, before, test } from "node:test";
import { record } from "../js/fixtures/records.js";
import { Attackers } from "./attackers.js";
import { attacks } from "./hostile-requests.js";
import { commandLineTarget, nodeHandlerTarget } from "./targets.js";

/** More than the sockets of a machine hold of an answer, so that the node waits for a reader that reads nothing. */
const [RECORDS, RECORD_BYTES] = [200, 50_000];
/** What all attacks together may add to a process: bodies of 16 MiB, pages, connections, and uncollected garbage. */
const MAX_GROWTH_BYTES = 300 * 1024 * 1024;
const LATEST_END_MS = 30_000;

for (const [name, start] of Object.entries({ nodeHandler: nodeHandlerTarget, "the command line": commandLineTarget })) {
  let target;
  let restBytes;
  let posted = 0;

  const postOne = async (text) => {
    posted += 1;
    const { status } = await ask(target.url, "POST", "/linktree", JSON.stringify(record(`${name} ${posted}`, { text })));
    assert.equal(status, 200, "an honest record is stored");
  };

  before(async () => {
    target = await start();
    for (let left = RECORDS; left > 0; left -= 1) await postOne("x".repeat(RECORD_BYTES));
    restBytes = (await target.look()).rssBytes;
  });

  for (const [what, attack] of Object.entries(attacks)) {
    test(`${name}: ${what}`, async () => {
      const them = new Attackers(target.url);
      try {
        for (const { text, line } of (await attack(them)) ?? []) {
          assert.match(line, /^$|^HTTP\/1\.1 (?!500|503)\d\d\d /, text);
        }
        await postOne("honest");
        const { status, body } = await ask(target.url, "GET", "/linktree/list");
        assert.deepEqual([status, JSON.parse(body).length], [200, posted]);
      } finally {
        them.leave();
      }
      let seen;
      for (let looks = 0; looks < 10_000 && seen?.openIterators !== 0; looks += 1) seen = await target.look();
      assert.deepEqual([seen.openIterators, seen.events], [0, []]);
      assert.ok(!(seen.rssBytes - restBytes > MAX_GROWTH_BYTES), `${seen.rssBytes - restBytes} bytes more than before`);
    });
  }

  test(`${name}: it ends when it is stopped, although attackers hold their connections`, async () => {
    const them = new Attackers(target.url);
    await them.crowd(20, `GET /linktree/all HTTP/1.1\r\nhost: a\r\n\r\n`);
    const toldMs = Date.now();
    assert.equal(await target.stop(), 0);
    assert.ok(Date.now() - toldMs < LATEST_END_MS);
    target = undefined;
    them.leave();
  });

  after(() => target?.stop());
}

/** A request on a connection of its own. */
function ask(url, method, path, body) {
  return new Promise((resolve, reject) => {
    const request = http.request(url + path, { method, agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (piece) => (text += piece));
      response.on("end", () => resolve({ status: response.statusCode, body: text })).on("error", reject);
    });
    request.on("error", reject).end(body);
  });
}
