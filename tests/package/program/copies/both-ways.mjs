import { createRequire } from "node:module";
import * as one from "./one/index.mjs";
import { trapInOne } from "./scenario.mjs";

const require = createRequire(import.meta.url);

trapInOne(one, { ...require("dbsharing"), ...require("dbsharing/stores/memory") });
