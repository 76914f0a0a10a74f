import { init, verifyRecord } from "dbsharing/slim";
import wasm from "dbsharing/wasm?module";

export const runtime = "edge";

export async function GET() {
  await init(wasm);
  return Response.json(verifyRecord({}));
}
