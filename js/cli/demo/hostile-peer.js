// A hostile peer, as a process of its own: answers with the forged records of the file that it is given, and to every
// other request with a page instead.

import { readFileSync } from "node:fs";

import { listen } from "../listen.js";
import { untilStopped } from "../until-stopped.js";

const PAGE = "<!DOCTYPE html><title>502 Bad Gateway</title><h1>502 Bad Gateway</h1>";

const [recordsFile] = process.argv.slice(2);
const body = readFileSync(recordsFile);
let requests = 0;

const stopped = untilStopped();
const server = await listen({ host: "127.0.0.1", port: 0 });
server.answerWith((request, response) => {
  requests += 1;
  const isPage = requests % 2 === 0;
  response.writeHead(200, { "content-type": isPage ? "text/html" : "application/json" });
  response.end(isPage ? PAGE : body);
});
console.log(JSON.stringify({ event: "listening", url: server.url }));
await stopped;
await server.close();
process.exit();
