// The sqlite store with every driver that it supports, each in the runtime that the driver needs.
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { whyNotReleased } from "../bench/packages.js";
import { whyNo } from "./missing-program.js";
import { runtimeOfDriver } from "./sqlite-drivers.js";
import { testsPrintedBy } from "./tests-in-process.js";

const script = fileURLToPath(new URL("sqlite-process.js", import.meta.url));
// Builds version 0.1.0 here, because not all runtimes of the drivers could.
const missing = whyNotReleased();
if (missing) console.log(`# tests beside version 0.1.0 are left out: ${missing}`);

for (const [driver, runtime] of Object.entries(runtimeOfDriver)) {
  test(`the sqlite store with ${driver}`, { skip: whyNo(runtime) ?? false }, (t) =>
    testsPrintedBy(t, runtime, [script, driver]),
  );
}
