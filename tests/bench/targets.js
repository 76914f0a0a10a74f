// The ratios that are wanted, and those that a run gave.

/** How many times dbsharing's time another one's should be, for bodies of so many keys. */
const WANTED = [
  { keys: 10_000, id: "node-der", times: 3.5 },
  { keys: 10_000, id: "node-jwk", times: 3.5 },
  { keys: 10_000, id: "node-cached", times: 1.8 },
  { keys: 10_000, id: "libsodium", times: 2.2 },
  { keys: 10_000, id: "noble", times: 25 },
  { keys: 10_000, id: "tweetnacl", times: 100 },
  { keys: 10, id: "node-der", times: 6 },
  { keys: 10, id: "node-jwk", times: 6 },
];
const MOST_OF_NATIVE = 3;
const LEAST_OF_PARSE = 1.5;
const MOST_OF_SOUND = 2;

/** All ratios of a run, by wall time and by processor time: `{ what, wanted, wall, cpu, reached }`. */
export function ratios({ rows, rounds, spoiled }) {
  const row = (id, keys, when) => rows.find((one) => one.id === id && one.keys === keys && (!when || one.when === when));
  const list = WANTED.map(({ keys, id, times }) =>
    atLeast(times, `${keys} keys: ${row(id, keys)?.name}`, row(id, keys), row("dbsharing", keys, "first")));
  for (const keys of [10_000, 10]) {
    const [wasm, native] = [row("dbsharing", keys, "first"), row("native", keys, "first")];
    list.push(atMost(MOST_OF_NATIVE, `${keys} keys: dbsharing's wasm to its native core`, wasm, native));
  }
  if (rounds) {
    list.push(atLeast(LEAST_OF_PARSE, "known records: decode and JSON.parse to a round", rounds.parsed, rounds.known));
  }
  for (const kind of ["verifyJson", "round"]) {
    const [sound, first] = ["sound", "first"].map((where) => spoiled?.find((one) => one.where === where)?.[kind]);
    list.push(atMost(MOST_OF_SOUND, `one bad in every 128, ${kind}: to the sound body`, first, sound));
  }
  return list.filter((one) => one !== undefined);
}

function atLeast(wanted, what, other, own) {
  const ratio = compare(what, other, own);
  return ratio && { ...ratio, wanted: `≥ ${wanted}`, reached: ratio.wall >= wanted };
}

function atMost(wanted, what, own, other) {
  const ratio = compare(what, own, other);
  return ratio && { ...ratio, wanted: `≤ ${wanted}`, reached: ratio.wall <= wanted };
}

function compare(what, above, below) {
  if (!above || !below) return undefined;
  return { what, wall: above.medianUs / below.medianUs, cpu: above.cpuUs / below.cpuUs };
}
