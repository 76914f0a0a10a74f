// A round, a put and an answer while sinon's clock stands in for every timer that it knows. It prints what came of it.
import { createSharing, signRecord } from "dbsharing";
import { memoryStore } from "dbsharing/stores/memory";
import sinon from "sinon";

const clock = sinon.useFakeTimers({ now: 1_700_000_000_000 });
const sharing = createSharing({ taskId: "task", serviceUrl: process.env.SERVICE_URL, db: memoryStore() });
const report = await sharing.share();
const put = await sharing.put(signRecord({ uuid: "mine", linktree: [], timestamp: 1 }, new Uint8Array(32).fill(7)));
const answer = await sharing.handle(new Request("http://localhost/linktree/list"));
const served = await answer.json();
clock.restore();
console.log(JSON.stringify({ error: report.error, inserted: report.totals.inserted, stored: put.stored, served: served.length }));
