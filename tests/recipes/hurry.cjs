// Loaded before a recipe: its rounds come every 100 ms, what is tried again after 20 seconds is tried after 200 ms, and
// the parent hears how each round ended.
const { setInterval, performance } = globalThis;
const now = performance.now.bind(performance);

globalThis.setInterval = (call, ms, ...args) => setInterval(() => void told(call(...args)), ms / 200);
Object.defineProperty(performance, "now", { value: () => now() * 100 });

async function told(result) {
  const report = await result;
  if (report?.totals !== undefined) process.send({ ok: report.ok, code: report.error?.code });
}
