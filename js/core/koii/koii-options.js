// The options of koiiSharing: those of createSharing, which checks them again, and the namespaceWrapper.
import { hasMethods } from "../has-methods.js";
import { invalid } from "../option-errors.js";
import { printed } from "../kind-name.js";
import { check, RULES } from "../options.js";

const METHODS = ["getDb", "getTaskState", "getSubmitterAccount", "payloadSigning"];

const KOII_RULES = {
  ...RULES,
  db: { ...RULES.db, print: printDb },
  namespaceWrapper: {
    wanted: `the task's namespaceWrapper, an object with ${METHODS.join("(), ")}()`,
    accepts: isWrapper,
    print: printWrapper,
  },
};

/** Throws OPTION_INVALID. */
export function checkKoiiOptions(options) {
  const { db, namespaceWrapper } = check(options, KOII_RULES, "koiiSharing");
  if (db !== undefined || hasMethods(namespaceWrapper, ["getDb"])) return;
  const wanted = `the task's namespaceWrapper, whose getDb() is used, or a db of your own, such as require("./db_model")`;
  const lacks =
    namespaceWrapper === undefined
      ? "options namespaceWrapper and db are"
      : "option namespaceWrapper has no getDb(), and option db is";
  throw invalid(TypeError, `${lacks} missing; wanted ${wanted}`);
}

function isWrapper(value) {
  return METHODS.some((name) => hasMethods(value, [name]));
}

/** What was given, or where the wrapper is in it. */
function printWrapper(value) {
  if (hasMethods(value, ["then"])) return "a promise: await it";
  if (isWrapper(value?.prototype)) return "a class: give an instance of it";
  const isObject = typeof value === "object" && value !== null;
  const name = isObject ? ["namespaceWrapper", "default"].find((one) => isWrapper(value[one])) : undefined;
  return name === undefined ? printed(value) : `a module: give its ${name}`;
}

/** What was given instead of a database: most likely that from which koiiSharing gets one by itself. */
function printDb(value) {
  if (isWrapper(value)) return "the namespaceWrapper: give it as option namespaceWrapper, and leave db out";
  const isMethod = typeof value === "function" && value.name.endsWith("getDb");
  return isMethod
    ? "a function: give the namespaceWrapper as option namespaceWrapper, and leave db out"
    : RULES.db.print(value);
}
