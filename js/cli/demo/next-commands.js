// What to do after a demo: the commands for your own service, node and record, as they work in the folder where the demo was
// run.

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
 * One line for each of three terminals: `{ service, node, publish }`; `records`, the address that shows what was published;
 * and if the driver is missing `install`, the command for a database on the disk. The ports were free when it looked.
 */
export async function nextCommands(hasDatabase) {
  const [servicePort, nodePort] = [await freePort(SERVICE_PORT), await freePort(NODE_PORT)];
  const [serviceUrl, nodeUrl] = [servicePort, nodePort].map((port) => `http://127.0.0.1:${port}`);
  const { dbsharing, install } = wayToRun();
  const database = hasDatabase ? "--data ./data" : "--memory";
  return {
    service: `${dbsharing} service --port ${servicePort}`,
    node: `${dbsharing} node --task-id my-task --service-url ${serviceUrl} ${database} --port ${nodePort}`,
    // Not "&&": if it is run again, it uses the existing key.
    publish:
      `${dbsharing} keygen --out key.json; echo '{"uuid":"first","linktree":[]}' | ` +
      `${dbsharing} publish --key key.json --timestamp now --to ${nodeUrl}`,
    records: `${nodeUrl}/linktree/all`,
    ...(!hasDatabase && { install }),
  };
}

/** The result of `nextCommands` as lines for people. */
export function nextLines({ service, node, publish, records, install }, style) {
  const others = `a second node gets it too: run the second line with another --port${install ? "" : " and --data"}`;
  return [
    "",
    style.bold("Your own service, node and record: one terminal for each, in this folder"),
    "",
    ...[service, node, publish].map((command) => `  ${command}`),
    "",
    `Then ${records} shows the record, and ${others}.`,
    ...(install ? [`To keep the records when the node stops: ${install}, and give --data ./data instead of --memory.`] : []),
  ];
}

/**
 * How the user who started `script` in `folder` runs `dbsharing` there, and how to `install` its driver beside it.
 * `packageOfNpx` is the package that npx was told to run.
 */
export function wayToRun({
  script = process.argv[1],
  folder = process.cwd(),
  packageOfNpx = process.env.npm_config_package,
} = {}) {
  const [, project] = script.match(INSTALLED) ?? [];
  if (IN_CACHE_OF_NPX.test(script)) return wayByNpx(packageOfNpx);
  const install = "npm install classic-level";
  if (project !== undefined && isWithin(folder, project || "/")) return { dbsharing: "npx dbsharing", install };
  const isGlobal = project === undefined && !script.endsWith(".js");
  if (isGlobal) return { dbsharing: "dbsharing", install: "npm install --global classic-level" };
  return { dbsharing: `node ${shellWord(relative(folder, script))}`, install };
}

// npx asks before each run of a package that is a file, and refuses if its input is not a terminal.
function wayByNpx(packageOfNpx) {
  if (!packageOfNpx) return { dbsharing: "npx dbsharing", install: "npm install dbsharing classic-level" };
  const spec = shellWord(packageOfNpx);
  return { dbsharing: `npx --yes --package=${spec} dbsharing`, install: `npm install ${spec} classic-level` };
}

function shellWord(text) {
  return PLAIN.test(text) ? text : JSON.stringify(text);
}

function isWithin(folder, parent) {
  const path = relative(resolve(parent), folder);
  return path.split(/[\\/]/)[0] !== ".." && !isAbsolute(path);
}

/** `wanted`, or the next port that is free; `wanted` too if none of the ports tried is. */
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
