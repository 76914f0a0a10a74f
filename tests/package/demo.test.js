// The demo as a newcomer runs it: from the packed package, with nothing else installed; and the next steps that it prints.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { deadUrl } from "../network/free-port.js";
import { nodes, pathOf, reasonToSkip } from "./engines.js";
import { folderForNow, projectWithPackage } from "./install.js";
import { outputOf } from "./printed.js";

const source = await folderForNow();
const project = await projectWithPackage({ source });
/** Only a hang takes this long. */
const patience = { timeout: 300_000 };
const command = "node_modules/.bin/dbsharing";
const small = ["demo", "--nodes", "2", "--records", "3", "--interval", "0.3"];
const [oldest, everyday] = ["18.12.1", "22.23.3"].map((version) => nodes.find((engine) => engine.version === version));

async function eventsOfDemo(engine, env) {
  const { stdout, stderr } = await outputOf(pathOf(engine), [command, ...small, "--json"], { cwd: project, env });
  assert.equal(stderr, "");
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}

for (const engine of [oldest, everyday]) {
  const { version } = engine;
  test(`the demo runs with nothing but the package, Node ${version}`, { skip: reasonToSkip(engine) }, async () => {
    assert.deepEqual(
      readdirSync(join(project, "node_modules")).filter((name) => !name.startsWith(".")),
      ["dbsharing"],
    );
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

for (const packages of [{}, { "classic-level": "classic-level" }]) {
  const beside = Object.keys(packages)[0] ?? "nothing";
  test(
    `the commands that it ends with work as they stand, and so does a second node: ${beside} beside it`,
    patience,
    async (t) => {
      const cwd = await projectWithPackage({ source, packages });
      const { stdout } = await outputOf(process.execPath, [command, ...small], { cwd });
      const [service, node, publish] = stdout.match(/^ {2}npx dbsharing .*$/gm).map((line) => line.trim());
      const registered = sayingOf(started(t, service, cwd), /\bregistered\b/);
      await sayingOf(started(t, node, cwd), /listening on/);
      await registered;
      assert.deepEqual(await once(started(t, publish, cwd), "close"), [0, null]);
      const [, records] = stdout.match(/^Then (\S+) shows the record/m);
      const served = await (await fetch(records)).json();
      assert.deepEqual(
        served.map(({ value }) => value.data.uuid),
        ["first"],
      );

      const other = node.replace(/--port \d+/, "--port 0").replace("--data ./data", "--data ./other");
      await sayingOf(started(t, `${other} --json`, cwd), /"event":"round".*"records":1\b/);
    },
  );
}

/** The command line in a shell. It is ended with all processes that it started. */
function started(t, line, cwd) {
  const { PATH } = process.env;
  const env = { PATH, HOME: cwd, npm_config_offline: "true", npm_config_update_notifier: "false" };
  const child = spawn("sh", ["-c", line], { cwd, env, stdio: ["ignore", "pipe", "inherit"], detached: true });
  const ended = once(child, "exit");
  t.after(() => {
    if (child.exitCode === null) process.kill(-child.pid, "SIGKILL");
    return ended;
  });
  return child;
}

/** Resolves when the child prints a line that matches. */
async function sayingOf(child, pattern) {
  const said = [];
  for await (const line of createInterface({ input: child.stdout })) {
    if (pattern.test(line)) return;
    said.push(line);
  }
  assert.fail(`it ended without printing ${pattern}:\n${said.join("\n")}`);
}
