// Why an address could not be reached, in words for whoever gave it.

import { messageOf } from "../core/errors.js";

const TLS_CODES = /CERT|SELF_SIGNED|UNABLE_TO_/;

const UNKNOWN = "an authority that is not known here has signed it";
/** What is wrong with a certificate, by the code that Node has for it. */
const CERTIFICATE_WORDS = {
  DEPTH_ZERO_SELF_SIGNED_CERT: "it has signed itself",
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN,
  UNABLE_TO_GET_ISSUER_CERT: UNKNOWN,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN,
  CERT_HAS_EXPIRED: "it has expired",
  CERT_NOT_YET_VALID: "it is not valid yet: is the clock of this machine right?",
  ERR_TLS_CERT_ALTNAME_INVALID: "it is one for another name",
};

/** What the codes of the system, of TLS and of Node's fetch mean, and what to do. */
const SENTENCES = [
  [/^ECONNREFUSED$/, ({ place }) => [`nobody listens at ${place}`, "is it running, and is the address right?"]],
  [/^ENOTFOUND$/, ({ name }) => [`the name ${name} is not known`, "is it spelled right?"]],
  [/^EAI_/, ({ name }) => [`the name ${name} cannot be looked up`, "is this machine connected?"]],
  [/^E(HOST|NET)(UNREACH|DOWN)$/, ({ place }) => [`there is no way to ${place}`, "is this machine connected?"]],
  [/TIMEDOUT$|_TIMEOUT$/, ({ place }) => [`${place} does not answer`, "is it running, and is the address right?"]],
  [/^(ECONNRESET|EPIPE|UND_ERR_SOCKET)$/, ({ place }) => [`${place} closed the connection before its answer was whole`]],
  [/^EPROTO$|WRONG_VERSION/, ({ place }) => [`${place} does not speak TLS`, "is it http:// there?"]],
  [
    TLS_CODES,
    ({ place, fault }) => [
      `the certificate of ${place} is not trusted: ${wordsOf(fault)}`,
      fault.code.startsWith("CERT_") || fault.code.startsWith("ERR_") ? "" : "--ca names a file of authorities to trust",
    ],
  ],
];

/** How nodeFetch begins what it says of an attempt through a proxy. */
const BY_PROXY = /^by the proxy (\S+): /;

/** A sentence that names address and port, the code, and what to do. */
export function reasonUnreachable(error, url) {
  const faults = faultsOf(error);
  const fault = faults.find(({ code }) => SENTENCES.some(([codes]) => codes.test(code)));
  if (fault === undefined) return messageOf(error);
  const [, sentenceOf] = SENTENCES.find(([codes]) => codes.test(fault.code));
  const proxy = faults.flatMap(({ message }) => BY_PROXY.exec(message)?.[1] ?? [])[0];
  const asked = proxy === undefined || isOfTls(fault) ? url : `http://${proxy}`;
  const [what, toDo] = sentenceOf({ fault, name: new URL(asked).hostname, place: placeOf(faults, asked) });
  const way = proxy === undefined ? "" : `through the proxy ${proxy}, which the environment names: `;
  return `${way}${what} (${fault.code})${toDo ? `; ${toDo}` : ""}`;
}

function wordsOf({ code, message }) {
  return CERTIFICATE_WORDS[code] ?? message.replace(` (${code})`, "");
}

/** Whether it is of what lies behind a proxy, and not of the proxy. */
function isOfTls({ code }) {
  return TLS_CODES.test(code) || /^EPROTO$|WRONG_VERSION/.test(code);
}

/** An error, what caused it, and each attempt where there were several: one for every address of a name. */
function faultsOf(error) {
  if (!(error instanceof Error)) return [];
  return [error, ...(error.errors ?? []), ...faultsOf(error.cause)];
}

function placeOf(faults, url) {
  const places = faults.filter(({ address }) => address).map(({ address, port }) => `${address}, port ${port}`);
  if (places.length > 0) return [...new Set(places)].join(", and ");
  const { protocol, hostname, port } = new URL(url);
  return `${hostname}, port ${port || (protocol === "https:" ? 443 : 80)}`;
}
