// A process that writes its share of versions of the same keys as others do at the same time:
// postgres-writer.js HOST USER DATABASE TABLE SHARE SHARES VERSIONS KEYS. It prints how many of its entries were
// written, and the codes of the statements that failed and were tried again.
import { postgresStore } from "../../js/stores/postgres.js";
import { writeShare } from "./interleaved.js";
import { drivers, recording } from "./postgres-drivers.js";

const [host, user, database, table, ...numbers] = process.argv.slice(2);
const { query, end } = drivers.pg({ host, user, database });
const codes = [];
const store = postgresStore({ query: recording(query, codes), table });
const written = await writeShare(store, ...numbers.map(Number));
console.log(JSON.stringify({ written, codes }));
await end();
