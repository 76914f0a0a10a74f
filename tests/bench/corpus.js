// The measured bodies: signed linktrees as a peer serves them, the same in each run.
import { seeded, signer } from "../js/fixtures/records.js";

const BASE_MS = 1_700_000_000_000;

const NAMES = "Ada Bjarne Chloé Dmitri Eszter Farid Grace Håkon Imani Jürgen 美咲 Lupe".split(" ");
const SITES = "github.com twitter.com youtube.com instagram.com linkedin.com medium.com t.me discord.gg".split(" ");
const LABELS = "My code, Latest video, Say hello 👋, Shop, Newsletter ✉️, Podcast, Photos 📷".split(", ");
const WORDS = "maker of small things, coffee drinker, now on tour, writes about networks, plays the cello".split(", ");

/**
 * `count` records, signed by `keys` keys in turn. Another `set` has other keys and other contents.
 *
 * @param {{ count: number, keys: number, set?: string }} options
 */
export function makeRecords({ count, keys, set = "measured" }) {
  const below = seeded([...set].reduce((sum, character) => sum * 31 + character.codePointAt(0), keys));
  const signers = Array.from({ length: Math.min(keys, count) }, (_, number) => signer(`${set} ${number}`));
  return Array.from({ length: count }, (_, number) => makeRecord(number, signers[number % signers.length], below));
}

function makeRecord(number, by, below) {
  const name = NAMES[below(NAMES.length)];
  const username = `${name.toLowerCase()}${number}`;
  const linktree = [
    { label: "Bio", text: `${name}, ${WORDS[below(WORDS.length)]}${below(3) === 0 ? " 🚀" : ""}` },
    ...Array.from({ length: 2 + below(3) }, (_, at) => makeLink(at, username, below)),
  ];
  const data = { uuid: hexText(32, below), linktree, timestamp: BASE_MS + number * 1000 + below(1000) };
  return { data, publicKey: by.publicKey, signature: by.sign(JSON.stringify(data)), username };
}

function makeLink(at, username, below) {
  const label = LABELS[below(LABELS.length)];
  return { key: `link-${at}`, label, redirectUrl: `https://${SITES[below(SITES.length)]}/${username}`, isActive: true };
}

const hexText = (length, below) => Array.from({ length }, () => below(16).toString(16)).join("");

/**
 * The same records, with a newer version of the one at this place, signed by its owner. `keys` and `set` are those that the
 * records were made with.
 */
export function withEdit(records, place, { keys, set = "measured" }) {
  const by = signer(`${set} ${place % Math.min(keys, records.length)}`);
  const edited = [...records];
  const { data, username } = records[place];
  const newer = { ...data, timestamp: data.timestamp + 1 };
  edited[place] = { data: newer, publicKey: by.publicKey, signature: by.sign(JSON.stringify(newer)), username };
  return edited;
}

/** A body with these records, as bytes. */
export function bodyOf(records) {
  return new TextEncoder().encode(JSON.stringify(records));
}

/** The same record with other data under the same signature. */
export const changeData = (record) => ({ ...record, data: { ...record.data, timestamp: record.data.timestamp + 1 } });

const swapSignature = (record, all) => {
  return { ...record, signature: all.find(({ signature }) => signature !== record.signature).signature };
};
const changeR = (record) => ({ ...record, signature: nextDigit(record.signature, 4) });
const changeS = (record) => ({ ...record, signature: nextDigit(record.signature, record.signature.length - 4) });

/**
 * The same records, spoiled at these places in these ways in turn. Returns the records, and the right verdict on each.
 */
export function spoil(records, places, ways = [changeData, swapSignature, changeR, changeS]) {
  const verdicts = records.map(() => true);
  const spoiled = [...records];
  places.forEach((place, turn) => {
    verdicts[place] = false;
    spoiled[place] = ways[turn % ways.length](records[place], records);
  });
  return { records: spoiled, verdicts };
}

/** The same text with one base58 digit changed to the next one: near the start that changes R, near the end S. */
function nextDigit(text, at) {
  const digits = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
  const digit = digits[(digits.indexOf(text[at]) + 1) % digits.length];
  return text.slice(0, at) + digit + text.slice(at + 1);
}

/** One place in a hundred, at random. */
export function onePercent(count) {
  const below = seeded(count);
  const places = new Set();
  while (places.size < Math.max(1, Math.round(count / 100))) places.add(below(count));
  return [...places];
}

/** One place in every stretch of 128: its first, which costs a search by halves most, or one at random. */
export function oneInEvery128(count, where) {
  const below = seeded(128);
  const places = [];
  for (let start = 0; start < count; start += 128) {
    places.push(where === "first" ? start : start + below(Math.min(128, count - start)));
  }
  return places;
}
