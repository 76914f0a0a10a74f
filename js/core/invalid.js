/** An error of this kind for an option or an argument that is wrong. */
export function invalid(Kind, message) {
  return Object.assign(new Kind(message), { code: "OPTION_INVALID" });
}
