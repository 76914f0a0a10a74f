// Loaded before a recipe: its rounds come every 100 ms, and a retry after 20 seconds comes after 200 ms.
const { setInterval, performance } = globalThis;
const now = performance.now.bind(performance);

globalThis.setInterval = (call, ms, ...args) => setInterval(call, ms / 200, ...args);
Object.defineProperty(performance, "now", { value: () => now() * 100 });
