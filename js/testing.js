// dbsharing/testing: the contract suite, which every Store has to pass.
export { testStore } from "./core/store-suite.js";
