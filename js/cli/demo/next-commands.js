// What to go on with after a demo: the commands of a service, a node and a record of one's own, as they work where the
// demo was run.

import { isAbsolute, relative, resolve } from "node:path";

import { listen } from "../listen.js";

const SERVICE_PORT = 30_017;
const NODE_PORT = 8080;
const PORTS_TRIED = 100;

// As npm, pnpm and yarn start the command of a package: by the link in .bin, or by the file that it leads to.
const INSTALLED = /^(.*)[\\/]node_modules[\\/](?:\.bin[\\/]dbsharing|dbsharing[\\/]js[\\/]cli[\\/]main\.js)$/;
const IN_CACHE_OF_NPX = /[\\/]_npx[\\/]/;
const PLAIN = /^[\w./\\:@+-]+$/;

/**
 * One line for each of three terminals: `{ service, node, publish }`; and `records`, the address that shows what was
 * published, and `needsDriver`, whether the node has no database because there is no driver. Their ports are free now.
 */
export async function nextCommands(hasDatabase) {
  const [servicePort, nodePort] = [await freePort(SERVICE_PORT), await freePort(NODE_PORT)];
  const [serviceUrl, nodeUrl] = [servicePort, nodePort].map((port) => `http://127.0.0.1:${port}`);
  const dbsharing = commandName();
  const database = hasDatabase ? "--data ./data" : "--memory";
  return {
    service: `${dbsharing} service --port ${servicePort}`,
    node: `${dbsharing} node --task-id my-task --service-url ${serviceUrl} ${database} --port ${nodePort}`,
    // Not "&&": run again, it goes on with the key that is there.
    publish:
      `${dbsharing} keygen --out key.json; echo '{"uuid":"first","linktree":[]}' | ` +
      `${dbsharing} publish --key key.json --timestamp now --to ${nodeUrl}`,
    records: `${nodeUrl}/linktree/all`,
    needsDriver: !hasDatabase,
  };
}

/** The same as lines for people. */
export function nextLines({ service, node, publish, records, needsDriver }, style) {
  const others = `a second node gets it too: the second line with another --port${needsDriver ? "" : " and --data"}`;
  const driver = "To keep the records when the node stops: npm install classic-level, and --data ./data for --memory.";
  return [
    "",
    style.bold("Your own service, node and record: a terminal for each, in this folder"),
    "",
    ...[service, node, publish].map((command) => `  ${command}`),
    "",
    `Then ${records} shows the record, and ${others}.`,
    ...(needsDriver ? [driver] : []),
  ];
}

/** What `dbsharing` is called in `folder`, for who has started it by `script`. */
export function commandName({ script = process.argv[1], folder = process.cwd() } = {}) {
  const [, project] = script.match(INSTALLED) ?? [];
  const isOfProject = project !== undefined && isWithin(folder, project || "/");
  if (isOfProject || IN_CACHE_OF_NPX.test(script)) return "npx dbsharing";
  if (project === undefined && !script.endsWith(".js")) return "dbsharing"; // installed globally
  const path = relative(folder, script);
  return `node ${PLAIN.test(path) ? path : JSON.stringify(path)}`;
}

function isWithin(folder, parent) {
  const way = relative(resolve(parent), folder);
  return way.split(/[\\/]/)[0] !== ".." && !isAbsolute(way);
}

/** `wanted`, or the next one that is free. */
async function freePort(wanted) {
  for (let port = wanted; port < wanted + PORTS_TRIED; port += 1) {
    if (await isFree(port)) return port;
  }
  return wanted;
}

async function isFree(port) {
  try {
    const server = await listen({ host: "localhost", port });
    await server.close();
    return true;
  } catch {
    return false;
  }
}
