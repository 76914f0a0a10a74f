// A process that writes its share of versions of the same keys as others do at the same time:
// postgres-writer.js HOST USER DATABASE TABLE SHARE SHARES VERSIONS KEYS. It prints how many of its entries were written.
import { postgresStore } from "../../js/stores/postgres.js";
import { writeShare } from "./interleaved.js";
import { drivers } from "./postgres-drivers.js";

const [host, user, database, table, ...numbers] = process.argv.slice(2);
const { query, end } = drivers.pg({ host, user, database });
console.log(await writeShare(postgresStore({ query, table }), ...numbers.map(Number)));
await end();
