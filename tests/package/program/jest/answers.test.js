// The program of jest: a test file of a task, which its babel makes into CommonJS.
import { writeFileSync } from "node:fs";
import { answers } from "./answers.js";

test("a task's own test can share", async () => {
  const found = await answers(JSON.parse(process.env.QUESTIONS));
  writeFileSync(process.env.ANSWERS, JSON.stringify(found));
});
