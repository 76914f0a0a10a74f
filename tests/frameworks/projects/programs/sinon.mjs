// Rounds, puts and answers while sinon's clock stands still. Its argument: what is not faked. It prints the results.
import process from "node:process";
import { createSharing, signRecord } from "dbsharing";
import { memoryStore } from "dbsharing/stores/memory";
import sinon from "sinon";

const serviceUrl = process.env.SERVICE_URL;
const clock = sinon.useFakeTimers({ toNotFake: JSON.parse(process.argv[2]) });
const sharing = createSharing({ taskId: "task", serviceUrl, db: memoryStore(), logger: null, peerTimeoutMs: 2_000 });
const put = await sharing.put(signRecord({ uuid: "mine", linktree: [], timestamp: 1 }, new Uint8Array(32).fill(7)));
const answer = await sharing.handle(new Request("http://localhost/linktree/list"));
const served = (await answer.json()).length;
const { totals, error } = await sharing.share();
clock.restore();
console.log(JSON.stringify({ stored: put.stored, served, inserted: totals.inserted, code: error?.code }));
