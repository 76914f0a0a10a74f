import { createSharing } from "dbsharing";
import { memoryStore } from "dbsharing/stores/memory";

const { SERVICE_URL: serviceUrl, CACHED_URL: cachedUrl } = process.env;

/** Routes may be loaded more than once in development. */
const sharing = (globalThis.sharing ??= createSharing({ taskId: "task", serviceUrl, db: memoryStore() }));

export async function GET(request) {
  const cached = cachedUrl && (await (await fetch(cachedUrl)).json()); // first: an uncached request ends caching for all later ones
  const report = await sharing.share();
  const records = [];
  for await (const record of sharing.records()) records.push(record);
  return Response.json({ report, records, cached, asked: request.headers.get("accept") });
}
