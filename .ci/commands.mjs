// Runs the commands of the checks with their output shown, and counts the tests in what they print.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { root, toolEnvironment } from "./toolchain.mjs";

/** Runs a program and shows its output except hidden lines; resolves to that output, without colours, and the exit code. */
export function shown([program, ...args], isHidden = () => false) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: root, env: toolEnvironment(), stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    const show = (stream, target) =>
      createInterface({ input: stream }).on("line", (line) => {
        if (isHidden(line)) return;
        output += `${line}\n`;
        target.write(`${line}\n`);
      });
    show(child.stdout, process.stdout);
    show(child.stderr, process.stderr);
    child.on("error", (error) => resolve({ output: error.message, exitCode: 127 }));
    child.on("close", (exitCode) => resolve({ output: output.replace(/\x1b\[[0-9;]*m/g, ""), exitCode }));
  });
}

/** The command that runs test files, two at a time. They are named, because Node 18 knows no patterns. */
export function nodeTest(files, options = []) {
  const [major, minor] = process.versions.node.split(".").map(Number);
  const since = (version, minorThen) => major > version || (major === version && minor >= minorThen);
  const reporter = since(18, 15) ? "--test-reporter=spec" : "";
  const concurrency = since(20, 10) ? "--test-concurrency=2" : "";
  return ["node", reporter, concurrency, ...options, "--test", ...files].filter(Boolean);
}

/** How many tests passed, failed and were skipped, by the summaries of cargo, wasm-bindgen and node --test. */
export function countTests(output) {
  const sum = (...patterns) =>
    patterns.flatMap((pattern) => [...output.matchAll(pattern)]).reduce((total, [, count]) => total + Number(count), 0);
  return {
    passed: sum(/^test result: .* (\d+) passed/gm, /^(?:#|ℹ) pass (\d+)/gm),
    failed: sum(/^test result: .* (\d+) failed/gm, /^(?:#|ℹ) (?:fail|cancelled) (\d+)/gm),
    skipped: sum(/^test result: .* (\d+) ignored/gm, /^(?:#|ℹ) (?:skipped|todo) (\d+)/gm),
  };
}
