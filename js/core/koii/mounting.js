// Mounts `handle` beside a task's own routes, which come first wherever they were added.
import { wrongArgument } from "../option-errors.js";
import { printed } from "../kind-name.js";
import { USUAL_COLLECTION } from "../logger.js";
import { isAnsweredBy, layersOf } from "./express-routes.js";
import { statusAt } from "./task-port.js";

const NOT_FOUND = 404;
/** What it means that the task's own routes answer: with option db, and without. */
const FINE = "This is fine if they read and write the same db, and leave the records as they were signed";
const ELSEWHERE =
  "They do not serve what dbsharing keeps in getDb(): give the task's db_model as option db, or remove these routes";

/** Mounts one Sharing on apps. */
export class Mounting {
  #sharing;
  #nodeHandler;
  #paths;
  #hasDb;
  #logger;
  #statusAt;
  #apps;
  #isReached = false;

  /** `collection`, `db` and `acceptWrites` are those options; `port` is the task's, if a node gives it. */
  constructor(sharing, { nodeHandler, nodeFetch, port, collection = USUAL_COLLECTION, db, acceptWrites = false, logger }) {
    this.#sharing = sharing;
    this.#nodeHandler = nodeHandler;
    this.#statusAt = async (path) => (port === undefined ? undefined : statusAt(port, path, nodeFetch()));
    this.#paths = ["all", "list", "symbols", "records"].map((name) => ["GET", `/${collection}/${name}`]);
    if (acceptWrites) this.#paths.push(["POST", `/${collection}`]);
    this.#hasDb = db !== undefined;
    this.#logger = logger;
    this.#apps = new WeakSet();
  }

  mount(app) {
    mustBeExpress(app);
    if (this.#apps.has(app)) return;
    this.#apps.add(app);
    const handler = this.#nodeHandler(this.#sharing);
    const logOnce = once(() => this.#logWhoAnswers(app, answer));
    const isTaken = ({ method, url }) => isAnsweredBy(layersBehind(app, answer), method, url.split("?", 1)[0]);
    app.use(answer);
    // Not now: the task may add routes later.
    const forget = this.#sharing.on("report", () => {
      forget();
      logOnce();
      return this.#checkWhetherHidden(app, answer);
    });
    const reached = () => {
      this.#isReached = true;
    };

    function answer(req, res, next) {
      reached();
      logOnce();
      return isTaken(req) ? next() : handler(req, res, next);
    }
  }

  /** If the task's own routes answer peers it is a warning, so that it is shown by default. */
  #logWhoAnswers(app, ours) {
    const isTheirs = takenBy(app, ours);
    const [theirs, left] = [this.#paths.filter(isTheirs), this.#paths.filter((path) => !isTheirs(path))].map(listed);
    if (theirs === "") return this.#logger.info(`mounted: answers ${left}`);
    const rest = left === "" ? "" : `; dbsharing answers ${left}`;
    return this.#logger.warn("MOUNTED", `the task's own routes answer ${theirs}${rest}. ${this.#hasDb ? FINE : ELSEWHERE}`);
  }

  /** A 404 page that was added before ours looks like a parser; but it answers, and ours is not reached. */
  async #checkWhetherHidden(app, ours) {
    const isTheirs = takenBy(app, ours);
    const path = this.#paths.find((one) => one[0] === "GET" && !isTheirs(one))?.[1];
    if (path === undefined || this.#isReached) return;
    if ((await this.#statusAt(path)) !== NOT_FOUND || this.#isReached) return;
    const why = "something that was added before mount(app), such as a 404 page, may answer first: mount before it";
    this.#logger.warn("HIDDEN", `GET ${path} at the task's port is answered with 404, and dbsharing is not reached; ${why}`);
  }
}

/** Returns a function that says whether a route of the task's own answers a method and path. */
function takenBy(app, ours) {
  const layers = layersOf(app).filter(({ handle }) => handle !== ours);
  return ([method, path]) => isAnsweredBy(layers, method, path);
}

/** The layers that come after ours; all of them if a monitoring tool has wrapped ours. */
function layersBehind(app, ours) {
  const layers = layersOf(app);
  return layers.slice(layers.findIndex(({ handle }) => handle === ours) + 1);
}

function mustBeExpress(app) {
  if (isExpress(app)) return;
  const wanted = "an Express app or router; elsewhere use nodeHandler(sharing) of dbsharing/http";
  throw wrongArgument("mount(app)", printedApp(app), wanted);
}

function isExpress(value) {
  return typeof value === "function" && ["use", "handle"].every((name) => typeof value[name] === "function");
}

/** What was given, or how to get the app from it. */
function printedApp(value) {
  const name = ["app", "default", "router"].find((one) => isExpress(value?.[one]));
  if (name !== undefined) return `an object: give its ${name}`;
  if (typeof value?.then === "function") return "a promise: await it";
  return typeof value?.Router === "function" ? "express itself: give the app that the task made with it" : printed(value);
}

function listed(paths) {
  const names = paths.map(([method, path]) => `${method} ${path}`);
  const last = names.pop();
  return names.length === 0 ? (last ?? "") : `${names.join(", ")} and ${last}`;
}

function once(work) {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    work();
  };
}
