import { createSharing } from "dbsharing";
import { memoryStore } from "dbsharing/stores/memory";

export const runtime = "edge";

export async function GET(request) {
  try {
    const sharing = createSharing({ taskId: "task", serviceUrl: process.env.SERVICE_URL, db: memoryStore() });
    return Response.json({ report: await sharing.share(), asked: request.headers.get("accept") });
  } catch ({ code, message }) {
    return Response.json({ code, message });
  }
}
