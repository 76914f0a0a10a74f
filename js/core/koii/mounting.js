// What puts `handle` beside a task's own routes, which win wherever they stand.
import { invalid } from "../option-errors.js";
import { printed } from "../kind-name.js";
import { USUAL_COLLECTION } from "../logger.js";
import { isAnsweredBy, layersOf } from "./express-routes.js";
import { statusAt } from "./task-port.js";

const NOT_FOUND = 404;
/** What the task's own routes are to others, with a db of the task's own, and without. */
const FINE = "This is fine where its routes read and write the same db, and leave the records as they were signed";
const ELSEWHERE =
  "Other nodes do not get from these what dbsharing keeps in getDb(): give the task's db_model as option db, or leave these routes out";

/** The apps of one Sharing. */
export class Mounting {
  #sharing;
  #nodeHandler;
  #paths;
  #hasDb;
  #logger;
  #statusAt;
  #apps;
  #isReached = false;

  /** `collection`, `db` and `acceptWrites` are those options; `port` is the task's, where a node says it. */
  constructor(sharing, { nodeHandler, nodeFetch, port, collection = USUAL_COLLECTION, db, acceptWrites = false, logger }) {
    this.#sharing = sharing;
    this.#nodeHandler = nodeHandler;
    this.#statusAt = async (path) => (port === undefined ? undefined : statusAt(port, path, nodeFetch()));
    this.#paths = [
      ["GET", `/${collection}/all`],
      ["GET", `/${collection}/list`],
    ];
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
    const say = once(() => this.#sayWhoAnswers(app, answer));
    const isTaken = ({ method, url }) => isAnsweredBy(layersBehind(app, answer), method, url.split("?", 1)[0]);
    app.use(answer);
    // Not now: the task may have routes that it adds later.
    const forget = this.#sharing.on("report", () => {
      forget();
      say();
      return this.#lookWhetherHidden(app, answer);
    });
    const reached = () => {
      this.#isReached = true;
    };

    function answer(req, res, next) {
      reached();
      say();
      return isTaken(req) ? next() : handler(req, res, next);
    }
  }

  /** Where the task's own routes answer peers it is a warning, so that it is heard by default. */
  #sayWhoAnswers(app, ours) {
    const isTheirs = takenBy(app, ours);
    const [theirs, left] = [this.#paths.filter(isTheirs), this.#paths.filter((path) => !isTheirs(path))].map(listed);
    if (theirs === "") return this.#logger.info(`mounted: answers ${left}`);
    const rest = left === "" ? "" : `; dbsharing answers ${left}`;
    return this.#logger.warn("MOUNTED", `the task's own routes answer ${theirs}${rest}. ${this.#hasDb ? FINE : ELSEWHERE}`);
  }

  /** A page for what is unknown that stands before ours cannot be told from a parser; but it answers, and we are not reached. */
  async #lookWhetherHidden(app, ours) {
    const isTheirs = takenBy(app, ours);
    const path = this.#paths.find((one) => one[0] === "GET" && !isTheirs(one))?.[1];
    if (path === undefined || this.#isReached) return;
    if ((await this.#statusAt(path)) !== NOT_FOUND || this.#isReached) return;
    const why = "what was registered before mount(app), such as a page for what is unknown, may answer first: mount before it";
    this.#logger.warn(
      "HIDDEN",
      `GET ${path} at the task's port is answered with 404, and what was mounted is not reached; ${why}`,
    );
  }
}

/** Gives whether a method and path are answered by a route of the task's own, wherever it stands. */
function takenBy(app, ours) {
  const layers = layersOf(app).filter(({ handle }) => handle !== ours);
  return ([method, path]) => isAnsweredBy(layers, method, path);
}

/** The layers that come after ours; all, where what watches over the app has put itself around it. */
function layersBehind(app, ours) {
  const layers = layersOf(app);
  return layers.slice(layers.findIndex(({ handle }) => handle === ours) + 1);
}

function mustBeExpress(app) {
  if (isExpress(app)) return;
  const wanted = "an Express app or router; elsewhere use nodeHandler(sharing) of dbsharing/http";
  throw invalid(TypeError, `mount(app) got ${printedApp(app)}, wanted ${wanted}`);
}

function isExpress(value) {
  return typeof value === "function" && ["use", "handle"].every((name) => typeof value[name] === "function");
}

/** What was given, or how the app is had from it. */
function printedApp(value) {
  const name = ["app", "default", "router"].find((one) => isExpress(value?.[one]));
  if (name !== undefined) return `an object: give its ${name}`;
  if (typeof value?.then === "function") return "a promise: await it";
  return typeof value?.Router === "function" ? "express itself: call it, and give the app that the task has" : printed(value);
}

function listed(paths) {
  return paths.map(([method, path]) => `${method} ${path}`).join(" and ");
}

function once(work) {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    work();
  };
}
