// Loaded before a task: for it, twenty seconds pass before each round, as they do between the rounds of a real one.
const ROUND_MS = 20_000;
const { now } = Date;
const elapsed = performance.now.bind(performance);
let passedMs = 0;

process.prependListener("message", ({ functionCall }) => {
  if (functionCall === "executeTask") passedMs += ROUND_MS;
});
Date.now = () => now() + passedMs;
Object.defineProperty(performance, "now", { value: () => elapsed() + passedMs });
