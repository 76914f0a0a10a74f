import { NextResponse } from "next/server";
import { init, verifyRecord } from "dbsharing/slim";
import wasm from "dbsharing/wasm?module";

export const config = { matcher: "/slim/middleware" };

export default async function middleware() {
  await init(wasm);
  return NextResponse.json(verifyRecord({}));
}
