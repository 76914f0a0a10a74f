import { init, verifyRecord } from "dbsharing/slim";
import wasm from "dbsharing/wasm";

export default {
  async fetch() {
    await init(wasm);
    return Response.json(verifyRecord({}));
  },
};
