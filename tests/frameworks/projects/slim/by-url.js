import { show } from "./show.js";

show(new URL("dbsharing/wasm", import.meta.url));
