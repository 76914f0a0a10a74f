// dbsharing/http: mounts `sharing.handle` on node:http and Express.
export { nodeHandler } from "./core/node-handler.js";
