// A process that writes its share of versions of the same keys as others do at the same time:
// postgres-writer.js HOST USER DATABASE TABLE SHARE SHARES VERSIONS KEYS [PACKAGE]. It prints how many of its entries were
// written, and the codes of the statements that failed and were tried again. PACKAGE may be the version of the released package.
import { importFrom } from "../bench/packages.js";
import { writeShare } from "./interleaved.js";
import { drivers, recording } from "./postgres-drivers.js";

const [host, user, database, table, share, shares, versions, keys, from = "dbsharing"] = process.argv.slice(2);
const { postgresStore } = await importFrom(from, "js/stores/postgres.js");
const { query, end } = drivers.pg({ host, user, database });
const codes = [];
const store = postgresStore({ query: recording(query, codes), table });
const written = await writeShare(store, ...[share, shares, versions, keys].map(Number));
console.log(JSON.stringify({ written, codes }));
await end();
