// The contract tests of one row, in the runtime that runs this: contract-process.js NAME.
// It prints a line of JSON for each test, { name, error? }.
import { contractTests } from "./contract.js";
import { driverNamed } from "./databases.js";

const tests = [];
const remove = await contractTests(driverNamed(process.argv[2]), (name, body) => tests.push({ name, body }));
try {
  for (const { name, body } of tests) console.log(JSON.stringify({ name, error: await failureOf(body) }));
} finally {
  await remove();
}

async function failureOf(body) {
  try {
    await body();
    return undefined;
  } catch (error) {
    return String(error?.stack ?? error);
  }
}
