// The program of every runtime with a command line: its last argument is the questions, its only line the answers.
import { answers } from "./answers.mjs";

const given = globalThis.Deno?.args ?? process.argv;
answers(JSON.parse(given[given.length - 1])).then((found) => console.log(JSON.stringify(found)));
