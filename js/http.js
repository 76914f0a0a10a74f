// dbsharing/http: a fetch over node:http, and a handler that mounts `sharing.handle` in node:http and Express.
// webpack 5.28 cannot read names that begin with "node:".
import dns from "dns";
import events from "events";
import fs from "fs";
import http from "http";
import https from "https";
import net from "net";
import stream from "stream";
import tls from "tls";
import zlib from "zlib";
import { nodeFetchOver } from "./core/node-fetch/node-fetch.js";

export { nodeHandler } from "./core/node-handler.js";

export const nodeFetch = nodeFetchOver({ dns, events, fs, http, https, net, stream, tls, zlib });
