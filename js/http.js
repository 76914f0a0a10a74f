// dbsharing/http: a fetch over node:http, and what mounts `sharing.handle` on node:http and Express.
import dns from "node:dns";
import events from "node:events";
import fs from "node:fs";
import http from "node:http";
import https from "node:https";
import net from "node:net";
import stream from "node:stream";
import tls from "node:tls";
import zlib from "node:zlib";
import { nodeFetchOver } from "./core/node-fetch/node-fetch.js";

export { nodeHandler } from "./core/node-handler.js";

export const nodeFetch = nodeFetchOver({ dns, events, fs, http, https, net, stream, tls, zlib });
