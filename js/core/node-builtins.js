// The modules of Node, found without an import: the same code runs where there are none.

/**
 * A module of Node, by a way that no bundler takes for an import: older ones have it where the process began with CommonJS,
 * as that of a bundled task does. Undefined where there is none.
 */
export function builtin(name) {
  if (!isNode()) return undefined;
  const { process } = globalThis;
  try {
    return process.getBuiltinModule?.(`node:${name}`) ?? process.mainModule?.require(`node:${name}`);
  } catch {
    return undefined; // a program that forbids it
  }
}

/** Whether this is Node itself, not one of those that have its names. */
export function isNode() {
  const { process, Deno, Bun } = globalThis;
  const isOther = Deno !== undefined || Bun !== undefined || process?.versions?.bun !== undefined;
  return !isOther && typeof process?.versions?.node === "string";
}
