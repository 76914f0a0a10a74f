import { init, verifyRecord } from "dbsharing/slim";
import wasm from "dbsharing/wasm?module";

export const config = { runtime: "edge" };

export default async function handler() {
  await init(wasm);
  return Response.json(verifyRecord({}));
}
