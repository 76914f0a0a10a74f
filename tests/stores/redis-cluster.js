// A Redis Cluster of three nodes, and the moving of a slot between them.
import { connect } from "./redis-collection.js";
import { startRedis } from "./redis-server.js";

const SLOTS = 16_384;
const LONGEST_WAIT_MS = 60_000;
const SETTINGS = ["--cluster-enabled", "yes", "--cluster-announce-ip", "127.0.0.1"];

/** Starts three nodes that know each other and share the slots. Resolves with their ports and `stop()`. */
export async function startCluster() {
  const servers = await Promise.all([1, 2, 3].map(() => startRedis(...SETTINGS)));
  const ports = servers.map(({ port }) => port);
  const admins = await Promise.all(ports.map(connect));
  const last = (index) => Math.floor((SLOTS * (index + 1)) / ports.length) - 1;
  for (const [index, admin] of admins.entries()) {
    await admin.sendCommand(["CLUSTER", "ADDSLOTSRANGE", `${index && last(index - 1) + 1}`, `${last(index)}`]);
  }
  for (const port of ports.slice(1)) await admins[0].sendCommand(["CLUSTER", "MEET", "127.0.0.1", `${port}`]);
  // They do not announce that they are ready, so the test asks.
  for (const admin of admins) {
    await until(async () => {
      const info = await admin.sendCommand(["CLUSTER", "INFO"]);
      return /cluster_state:ok/.test(info) && /cluster_known_nodes:3/.test(info) && /cluster_size:3/.test(info);
    });
  }
  admins.forEach((admin) => admin.destroy());
  return { ports, stop: () => Promise.all(servers.map((server) => server.stop())) };
}

/** Asks again until the answer is true. */
export async function until(ask) {
  const endMs = performance.now() + LONGEST_WAIT_MS;
  while (!(await ask())) {
    if (performance.now() > endMs) throw new Error(`this did not become true: ${ask}`);
  }
}

/**
 * Moves the slot of `name` to another node, key by key, and calls back when the first `keysFirst` keys are there and
 * the others are not.
 */
export async function moveSlot(ports, name, keysFirst, whenHalf) {
  const nodes = await Promise.all(ports.map(async (port) => ({ port, admin: await connect(port) })));
  try {
    for (const node of nodes) node.id = await node.admin.sendCommand(["CLUSTER", "MYID"]);
    const slot = String(await nodes[0].admin.sendCommand(["CLUSTER", "KEYSLOT", name]));
    const source = await ownerOf(nodes, Number(slot));
    const target = nodes.find((node) => node !== source);
    for (const { admin } of nodes) await admin.sendCommand(["CONFIG", "RESETSTAT"]);
    const setSlot = (node, ...words) => node.admin.sendCommand(["CLUSTER", "SETSLOT", slot, ...words]);
    await setSlot(target, "IMPORTING", source.id);
    await setSlot(source, "MIGRATING", target.id);
    const keys = await source.admin.sendCommand(["CLUSTER", "GETKEYSINSLOT", slot, "100"]);
    for (const [index, key] of keys.sort().entries()) {
      if (index === keysFirst) await whenHalf(source.admin, target.admin);
      await source.admin.sendCommand(["MIGRATE", "127.0.0.1", `${target.port}`, key, "0", "5000"]);
    }
    for (const node of [target, source, ...nodes.filter((one) => one !== source && one !== target)]) {
      await setSlot(node, "NODE", target.id);
    }
  } finally {
    nodes.forEach(({ admin }) => admin.destroy());
  }
}

async function ownerOf(nodes, slot) {
  const ranges = await nodes[0].admin.sendCommand(["CLUSTER", "SLOTS"]);
  const [, , [, , id]] = ranges.find(([first, last]) => first <= slot && slot <= last);
  return nodes.find((node) => node.id === id);
}

/** How often this node has answered TRYAGAIN since `CONFIG RESETSTAT`. */
export async function triedAgain(admin) {
  const [, count = "0"] = /errorstat_TRYAGAIN:count=(\d+)/.exec(await admin.info("errorstats")) ?? [];
  return Number(count);
}
