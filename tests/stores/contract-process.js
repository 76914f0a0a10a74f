// The contract tests of one row, in the runtime that runs this: contract-process.js NAME.
import { contractTests } from "./contract.js";
import { driverNamed } from "./databases.js";
import { printTests } from "./tests-in-process.js";

const tests = [];
const remove = await contractTests(driverNamed(process.argv[2]), (name, body) => tests.push({ name, body }));
await printTests(tests).finally(remove);
