// The modules of Node, found without an import: the same code runs where there are none.

/**
 * A module of Node, loaded in a way that no bundler takes for an import. Older Nodes have one only if the process began with
 * CommonJS, as that of a bundled task does. Undefined if there is none.
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

/** Whether this is Node itself, and not another runtime with its globals. */
export function isNode() {
  const { process, Deno, Bun } = globalThis;
  const isOther = Deno !== undefined || Bun !== undefined || process?.versions?.bun !== undefined;
  return !isOther && typeof process?.versions?.node === "string";
}
