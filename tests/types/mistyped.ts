// What the types must refuse in a task with its own type of records: every line below an expectation is an error, or the
// compiler reports the expectation.
import { createSharing, signRecord, type Sharing, type SignedRecord } from "dbsharing";
import { memoryStore } from "dbsharing/stores/memory";

interface Link {
  uuid: string;
  timestamp: number;
  url: string;
}
const db = memoryStore();
const secretKey = new Uint8Array(32);
const links = createSharing<Link>({ db });
const untyped = createSharing({ db });

// @ts-expect-error data without a timestamp cannot be shared
createSharing<{ uuid: string }>({ db });
// @ts-expect-error data whose uuid is not a string cannot be shared
createSharing<{ uuid: number; timestamp: number }>({ db });

// @ts-expect-error a record of another type
links.put(signRecord({ uuid: "one", timestamp: 0, link: "https://example.com" }, secretKey));
// @ts-expect-error a record, not its data
links.put({ uuid: "one", timestamp: 0, url: "https://example.com" });
// @ts-expect-error a promise of a record
links.put(Promise.resolve({} as SignedRecord<Link>));
// @ts-expect-error one record is not many
links.putMany({} as SignedRecord<Link>);
// @ts-expect-error a field that the type does not have
links.update({ uuid: "one", link: "https://example.com" }, secretKey);
// @ts-expect-error a field is missing
links.update({ uuid: "one" }, secretKey);
// @ts-expect-error data needs a uuid
untyped.update({ anything: 1 }, secretKey);
// @ts-expect-error a timestamp is a number
untyped.update({ uuid: "one", timestamp: "now" }, secretKey);
// @ts-expect-error text is not a key
untyped.update({ uuid: "one" }, "secret");
// @ts-expect-error a signer has a key
untyped.update({ uuid: "one" }, { sign: (bytes: Uint8Array) => bytes });
// @ts-expect-error a key is missing
untyped.update({ uuid: "one" });

// @ts-expect-error a misspelled filter
links.records({ publickey: "key" });
// @ts-expect-error a limit is a number
links.records({ limit: "10" });
// @ts-expect-error an unknown option
links.publish({} as SignedRecord<Link>, { too: "http://localhost" });
// @ts-expect-error a url is a string
links.publish({} as SignedRecord<Link>, { to: [new URL("http://localhost")] });

links.on("record", ({ data }) => {
  // @ts-expect-error a field that the type does not have
  void data.link;
});
// @ts-expect-error a report is not a record
links.on("report", ({ data }) => data);
// @ts-expect-error an unknown event
links.on("records", () => {});
// @ts-expect-error a listener is a function
links.on("record");

export async function results(other: Sharing<{ uuid: string; timestamp: number; text: string }>): Promise<void> {
  const result = await links.update({ uuid: "one", url: "https://example.com" }, secretKey);
  // @ts-expect-error a refused record has no version
  void result.version;
  // @ts-expect-error a stored record has no reason against it
  if (result.stored) void result.why;
  // @ts-expect-error a code is not a reason
  if (!result.stored && result.ok) void (result.why === "STORE_FAILED");
  // @ts-expect-error there may be no signed record
  void result.record.data;
  const { rejected } = (await links.share()).totals;
  // @ts-expect-error no item is rejected with this code
  void rejected.PEER_TIMEOUT;
  // @ts-expect-error a url may be empty, but it is a string
  (await links.publish({} as SignedRecord<Link>))[0]?.url satisfies number;
  // @ts-expect-error a Sharing of another type
  other satisfies Sharing<Link>;
  // @ts-expect-error there may be no such record
  (await links.get("key")).data;
}
