// The demo as a newcomer runs it: from the packed package, with nothing else installed; and what it says to go on with.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { deadUrl } from "../network/server.js";
import { nodes, pathOf, reasonToSkip } from "./engines.js";
import { folderForNow, projectWithPackage } from "./install.js";
import { outputOf } from "./printed.js";

const project = await projectWithPackage({ source: await folderForNow() });
const command = join(project, "node_modules/.bin/dbsharing");
const small = ["demo", "--nodes", "2", "--records", "3", "--interval", "0.3"];
const [oldest, everyday] = ["18.12.1", "22.23.3"].map((version) => nodes.find((engine) => engine.version === version));

async function eventsOfDemo(engine, env) {
  const { stdout, stderr } = await outputOf(pathOf(engine), [command, ...small, "--json"], { cwd: project, env });
  assert.equal(stderr, "");
  return stdout.trim().split("\n").map((line) => JSON.parse(line));
}

for (const engine of [oldest, everyday]) {
  const { version } = engine;
  test(`the demo runs with nothing but the package, Node ${version}`, { skip: reasonToSkip(engine) }, async () => {
    assert.deepEqual(readdirSync(join(project, "node_modules")).filter((name) => !name.startsWith(".")), ["dbsharing"]);
    const events = await eventsOfDemo(engine);
    assert.equal(events.find(({ event }) => event === "started").database, "memory");
    const { event, ok, faults, next } = events.at(-1);
    assert.deepEqual([event, ok, faults], ["summary", true, []]);
    assert.match(next.node, /^npx dbsharing node .*--memory/);
  });
}

test("a proxy that the environment names does not disturb it", { skip: reasonToSkip(oldest) }, async () => {
  const proxy = await deadUrl();
  const events = await eventsOfDemo(oldest, { HTTP_PROXY: proxy, http_proxy: proxy });
  assert.equal(events.at(-1).ok, true);
});

test("the three commands that it ends with work as they stand, and so does a second node", async (t) => {
  const { stdout } = await outputOf(process.execPath, [command, ...small], { cwd: project });
  const [service, node, publish] = stdout.match(/^ {2}npx dbsharing .*$/gm).map((line) => line.trim());
  const registered = sayingOf(started(t, service), /^registered/);
  await sayingOf(started(t, node), /listening on/);
  await registered;
  const publishing = started(t, publish);
  assert.deepEqual(await once(publishing, "close"), [0, null]);
  const [, records] = stdout.match(/^Then (\S+) shows the record/m);
  const served = await (await fetch(records)).json();
  assert.deepEqual(served.map(({ value }) => value.data.uuid), ["first"]);

  const second = started(t, `${node.replace(/--port \d+/, "--port 0")} --json`);
  await sayingOf(second, /"event":"round".*"records":1\b/);
});

/** The command line in a shell, in the project; it is ended with all that it has started. */
function started(t, line) {
  const { PATH } = process.env;
  const env = { PATH, HOME: project, npm_config_offline: "true", npm_config_update_notifier: "false" };
  const stdio = ["ignore", "pipe", "inherit"];
  const child = spawn("sh", ["-c", line], { cwd: project, env, stdio, detached: true });
  t.after(() => child.exitCode === null && process.kill(-child.pid, "SIGKILL"));
  return child;
}

/** Resolves when the child prints a line like that. */
async function sayingOf(child, pattern) {
  const said = [];
  for await (const line of createInterface({ input: child.stdout })) {
    if (pattern.test(line)) return;
    said.push(line);
  }
  assert.fail(`it ended and had not said ${pattern}:\n${said.join("\n")}`);
}
