import * as one from "./one/index.mjs";
import { trapInOne } from "./scenario.mjs";
import * as two from "./two/index.mjs";

trapInOne(one, two);
