// How far an address reaches: the classes of src/peers/address.rs, for the addresses that names resolve to.

/** Metadata services outside the link-local networks. */
const METADATA = new Set(["100.100.100.200", "192.0.0.192", "168.63.129.16"]);
const METADATA_V6 = new Set(["[fd00:ec2::254]", "[fd20:ce::254]"]);

/** Returns "public", "private" or "never" for an IPv4 or IPv6 address in any spelling. */
export function reachOf(address) {
  try {
    const { hostname } = new URL(`http://${address.includes(":") ? `[${address.replace(/%.*/, "")}]` : address}`);
    if (hostname.startsWith("[")) return METADATA_V6.has(hostname) ? "never" : reachOfV6(groupsOf(hostname));
    return /^[\d.]+$/.test(hostname) ? reachOfV4(hostname) : "never";
  } catch {
    return "never";
  }
}

/** Whether the host of a url is itself an address or localhost, so that it was checked before there is a connection. */
export function isSpelledOut(hostname) {
  return hostname.startsWith("[") || /^[\d.]+$/.test(hostname) || isLocalhost(hostname);
}

/** Whether this is `localhost` or a name below it. */
export function isLocalhost(hostname) {
  return /(^|\.)localhost\.?$/.test(hostname);
}

function reachOfV4(address) {
  if (METADATA.has(address)) return "never";
  const [a, b] = address.split(".").map(Number);
  if (address === "0.0.0.0") return "private"; // connects to this machine
  if (a === 0 || a >= 224 || (a === 169 && b === 254)) return "never";
  if (a === 10 || a === 127 || (a === 172 && b >> 4 === 1) || (a === 192 && b === 168)) return "private";
  if ((a === 100 && b >> 6 === 1) || (a === 198 && b >> 1 === 9)) return "private";
  return "public";
}

function reachOfV6(groups) {
  const [first, second, third, , , sixth, high, low] = groups;
  const isZero = (from, to) => groups.slice(from, to).every((group) => group === 0);
  if (isZero(0, 7) && low === 1) return "private";
  // An address that embeds an IPv4 address leads to it: compatible and mapped, NAT64, 6to4.
  if (isZero(0, 5) && (sixth === 0 || sixth === 0xffff)) return reachOfEmbedded(high, low);
  if (first === 0x64 && second === 0xff9b && isZero(2, 6)) return reachOfEmbedded(high, low);
  if (first === 0x2002) return reachOfEmbedded(second, third);
  if (first >> 6 === 0x3fa || first >> 8 === 0xff) return "never";
  // Unique local, its predecessor site-local, and NAT64 within one network.
  if (first >> 9 === 0x7e || first >> 6 === 0x3fb || (first === 0x64 && second === 0xff9b && third === 1)) return "private";
  return "public";
}

const reachOfEmbedded = (high, low) => reachOfV4([high >> 8, high & 255, low >> 8, low & 255].join("."));

/** The eight numbers of an address as a url spells it: in brackets, in hexadecimal, the longest run of zeros left out. */
function groupsOf(hostname) {
  const numbers = (part) => (part === "" ? [] : part.split(":").map((group) => parseInt(group, 16)));
  const [head, tail] = hostname.slice(1, -1).split("::").map(numbers);
  if (tail === undefined) return head;
  return [...head, ...new Array(8 - head.length - tail.length).fill(0), ...tail];
}
