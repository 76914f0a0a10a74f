/** Whether the value has all these methods, its own or inherited. */
export function hasMethods(value, names) {
  const canHave = value !== null && ["object", "function"].includes(typeof value);
  return canHave && names.every((name) => typeof value[name] === "function");
}
