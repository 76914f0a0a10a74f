import url from "dbsharing/wasm?url";
import { show } from "./show.js";

show(url);
