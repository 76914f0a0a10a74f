// What bad records cost: the same body, with one record in every 128 spoiled, judged whole and received in a round.
import { verifyJson } from "../../js/index.js";
import { bodyOf, oneInEvery128, spoil } from "./corpus.js";
import { roundsOfOneNode } from "./rounds.js";
import { measured, perItem } from "./stopwatch.js";

/** Times of `verifyJson` and of a first round, for the sound body and for two spoiled ones. */
export async function measureSpoiled(records, passes) {
  const bodies = ["sound", "first", "random"].map((where) => makeBody(records, where));
  for (const body of bodies) await judge(body);
  for (let pass = 0; pass < passes; pass += 1) {
    for (const body of bodies) {
      body.verifyJson.push(await judge(body));
      body.round.push(await receive(body));
    }
  }
  return bodies.map(({ where, bad, verifyJson, round }) => {
    return { where, bad, verifyJson: perItem(verifyJson, records.length), round: perItem(round, records.length) };
  });
}

function makeBody(records, where) {
  const places = where === "sound" ? [] : oneInEvery128(records.length, where);
  const spoiled = spoilDecodable(records, places);
  return { where, bad: places.length, ...spoiled, bytes: bodyOf(spoiled.records), verifyJson: [], round: [] };
}

/** Spoils data alone, so that key and signature still decode and the batch's equation is what fails. */
function spoilDecodable(records, places) {
  const verdicts = records.map(() => true);
  const spoiled = [...records];
  for (const place of places) {
    const { data, ...rest } = records[place];
    verdicts[place] = false;
    spoiled[place] = { data: { ...data, timestamp: data.timestamp + 1 }, ...rest };
  }
  return { records: spoiled, verdicts };
}

async function judge({ bytes, verdicts }) {
  const { result, time } = await measured(() => verifyJson(bytes));
  if (!verdicts.every((verdict, at) => result[at].ok === verdict)) throw new Error("verifyJson misjudges a spoiled body");
  return time;
}

async function receive({ bytes, bad, verdicts }) {
  const node = roundsOfOneNode();
  const { result, time } = await measured(() => node.round(bytes));
  const { inserted, rejected } = result;
  if (inserted !== verdicts.length - bad || (rejected.BAD_SIGNATURE ?? 0) !== bad) {
    throw new Error(`a round misjudges a spoiled body: ${JSON.stringify(result)}`);
  }
  return time;
}
