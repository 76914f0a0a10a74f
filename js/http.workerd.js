// dbsharing/http for workerd, which has no node:http to ask peers with: its own fetch does.
import { coded } from "./core/errors.js";

export { nodeHandler } from "./core/node-handler.js";

export function nodeFetch() {
  throw coded(
    "RUNTIME_UNSUPPORTED",
    "nodeFetch needs Node's own modules, which workerd lacks: leave out option fetch, so that workerd's own fetch is used",
  );
}
