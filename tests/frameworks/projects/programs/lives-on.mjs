// A round among peers whose names never resolve. Its argument: { serviceUrl, honest, fetch: "default" | "node" }. It
// prints what became of the honest peer, and when its work was done; it has to end by itself.
import process from "node:process";
import { createSharing } from "dbsharing";
import { nodeFetch } from "dbsharing/http";
import { memoryStore } from "dbsharing/stores/memory";

const { serviceUrl, honest, fetch } = JSON.parse(process.argv[2]);
const transport = fetch === "node" ? { fetch: nodeFetch() } : {};
const options = { taskId: "task", serviceUrl, allowPrivateNetworks: true, peerTimeoutMs: 4_000, ...transport };
const { peers } = await createSharing({ ...options, db: memoryStore(), logger: null }).share();
const { outcome, message } = peers.find(({ url }) => url === honest);
const hanging = peers.filter(({ url }) => url !== honest).map(({ code }) => code);
console.log(JSON.stringify({ outcome, message, hanging, endedAtMs: Date.now() }));
