/** Whether the value has all these methods, by itself or by its class. */
export function hasMethods(value, names) {
  const canHave = value !== null && ["object", "function"].includes(typeof value);
  return canHave && names.every((name) => typeof value[name] === "function");
}
