// dbsharing/testing: the suite that a Store has to pass.
export { testStore } from "./core/store-suite.js";
