// mount(app): what it answers beside a task's own routes, on Express 4 and 5, and what it logs.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import express5 from "express";
import express4 from "express4";
import proxy from "express-http-proxy";
import { linktreeModel, namespaceWrapper, startedByNode, taskId } from "./fixtures/koii-task.js";
import { listeningLogger } from "./fixtures/listening-logger.js";
import { record } from "./fixtures/records.js";
import { heldBy, inWorld, share, until } from "./fixtures/world.js";

const home = record("home");

/** A Sharing that holds one record. */
async function holding(options) {
  const sharing = startedByNode({}, { namespaceWrapper: namespaceWrapper(), ...options });
  assert.equal((await sharing.put(home)).stored, true);
  return sharing;
}

/** Who answers at each path: "ours", "theirs", or the status. */
async function answersAt(url, paths, init) {
  const answers = [];
  for (const path of paths) {
    const response = await fetch(url + path, init);
    const text = await response.text();
    answers.push(text === "theirs" ? text : text.includes(home.signature) ? "ours" : response.status);
  }
  return answers;
}

const theirs = (req, res) => void res.send("theirs");
const paths = ["/linktree/all", "/linktree/list", `/task/${taskId}/linktree/all`, `/task/${taskId}/linktree/list`];
const all = (express) => express.Router().get("/linktree/all", theirs);

/** Ways in which a task may register its own route for /linktree/all, and who then answers each path. */
const ways = {
  "a route": [(app) => app.get("/linktree/all", theirs), "theirs,ours,ours,ours"],
  "a route of a router": [(app, express) => app.use("/", all(express)), "theirs,ours,ours,ours"],
  "a route of a router, twice": [
    (app, express) => app.use("/", all(express)).use(`/task/${taskId}`, all(express)),
    "theirs,ours,theirs,ours",
  ],
  "a router below a parameter": [(app, express) => app.use("/task/:id", all(express)), "ours,ours,theirs,ours"],
  "a router in a router": [
    (app, express) => app.use("/", express.Router().use("/linktree", express.Router().get("/all", theirs))),
    "theirs,ours,ours,ours",
  ],
  "route() with all()": [(app) => app.route("/linktree/all").all(theirs), "theirs,ours,ours,ours"],
  "a pattern": [(app) => app.get(/^\/linktree\/a/, theirs), "theirs,ours,ours,ours"],
  "several paths": [(app) => app.get(["/linktree/all", "/linktree/list"], theirs), "theirs,theirs,ours,ours"],
  "a parameter": [(app) => app.get("/linktree/:what", theirs), "theirs,theirs,ours,ours"],
  "a function at exactly that path": [(app) => app.use("/linktree/all", theirs), "theirs,ours,ours,ours"],
};

for (const [name, express] of [
  ["Express 4", express4],
  ["Express 5", express5],
]) {
  for (const [way, [register, wanted]] of Object.entries(ways)) {
    test(
      `${name}: a route of the task wins, registered before or after: ${way}`,
      inWorld(async (world) => {
        for (const isBefore of [true, false]) {
          const [sharing, app] = [await holding(), express().use(express.json())];
          if (isBefore) register(app, express);
          sharing.mount(app);
          if (!isBefore) register(app, express);
          const { url } = await world.server(app);
          assert.equal((await answersAt(url, paths)).join(), wanted, isBefore ? "before" : "after");
        }
      }),
    );
  }

  test(
    `${name}: without other routes all paths are ours, and unknown ones go on`,
    inWorld(async (world) => {
      const sharing = await holding();
      const app = express();
      sharing.mount(app);
      const everywhere = name === "Express 4" ? "*" : "/{*rest}";
      app.use("/linktree", (req, res, next) => next()).get(everywhere, (req, res) => res.status(404).send("nobody's"));
      const { url } = await world.server(app);
      assert.deepEqual(await answersAt(url, [...paths, "/elsewhere", "/linktree/all/more"]), [
        "ours",
        "ours",
        "ours",
        "ours",
        404,
        404,
      ]);
      assert.deepEqual(await answersAt(url, ["/linktree/all"], { method: "HEAD" }), [200]);
      assert.deepEqual(await answersAt(url, ["/linktree/%", "/linktree/%ff"]), [400, 400]);
    }),
  );

  test(
    `${name}: a request that was passed on is ours, even if the same path passed it on`,
    inWorld(async (world) => {
      const [sharing, app] = [await holding(), express()];
      app.all("/linktree/all", (req, res, next) => next()).use("/linktree/list", (req, res, next) => next());
      sharing.mount(app);
      const answers = await answersAt((await world.server(app)).url, paths);
      assert.equal(answers.join(), "ours,ours,ours,ours");
    }),
  );

  test(
    `${name}: later parsers and error handlers are not routes, even at our path`,
    inWorld(async (world) => {
      const [sharing, app] = [await holding(), express()];
      sharing.mount(app);
      app.use("/linktree/all", express.Router().use(express.json()));
      app.use("/linktree/list", (error, req, res, next) => next(error));
      const answers = await answersAt((await world.server(app)).url, paths);
      assert.equal(answers.join(), "ours,ours,ours,ours");
    }),
  );

  test(
    `${name}: HEAD and OPTIONS are answered by whichever answers GET`,
    inWorld(async (world) => {
      const [sharing, app] = [await holding(), express()];
      sharing.mount(app);
      app.get("/linktree/all", theirs);
      const { url } = await world.server(app);
      for (const method of ["HEAD", "OPTIONS"]) {
        const isOurs = async (path) => (await fetch(url + path, { method })).headers.has("access-control-allow-origin");
        assert.deepEqual([await isOurs("/linktree/all"), await isOurs("/linktree/list")], [false, true], method);
      }
    }),
  );

  test(
    `${name}: a router of the task can be given instead of its app`,
    inWorld(async (world) => {
      const [sharing, router] = [await holding(), express.Router()];
      sharing.mount(router);
      router.get("/linktree/list", theirs);
      const { url } = await world.server(express().use("/task/:id", router));
      assert.deepEqual(await answersAt(url, paths), [404, 404, "ours", "theirs"]);
    }),
  );

  test(
    `${name}: a posted record goes to the task's own route if there is one, otherwise to ours`,
    inWorld(async (world) => {
      for (const [parsers, isTheirs] of [
        [[], false],
        [[express.json()], false],
        [[express.json()], true],
      ]) {
        const sharing = startedByNode({}, { namespaceWrapper: namespaceWrapper(), acceptWrites: true });
        const app = express();
        for (const parser of parsers) app.use(parser);
        sharing.mount(app);
        if (isTheirs) app.post("/linktree", theirs);
        const { url } = await world.server(app);
        const headers = { "content-type": "application/json" };
        const answer = await fetch(`${url}/linktree`, { method: "POST", body: JSON.stringify({ payload: home }), headers });
        assert.equal((await answer.text()) === "theirs", isTheirs);
        assert.deepEqual(await heldBy(sharing), isTheirs ? [] : [home]);
      }
    }),
  );

  test(
    `${name}: it answers behind a node's proxy, which removes /task/{id} from the path`,
    inWorld(async (world) => {
      const [sharing, app] = [await holding(), express()];
      sharing.mount(app);
      app.get("/linktree/list", theirs);
      const task = await world.server(app);
      const node = await world.server(express4().use(`/task/${taskId}`, proxy(task.url)));
      assert.deepEqual(await answersAt(node.url, paths), [404, 404, "ours", "theirs"]);
    }),
  );

  test(
    `${name}: a catch-all page that hides the mounted routes causes a warning, and a later one does not`,
    inWorld(async (world) => {
      for (const isBefore of [true, false]) {
        const [app, logger, statuses] = [express(), listeningLogger(), []];
        const page = (req, res) => void res.status(404).send("nobody's");
        app.use((req, res, next) => void (res.once("finish", () => statuses.push(`${req.method} ${res.statusCode}`)), next()));
        const { url } = await world.server(app);
        const service = await world.list();
        const nodeArguments = { serviceUrl: service.url, port: new URL(url).port };
        const sharing = startedByNode(nodeArguments, { namespaceWrapper: namespaceWrapper(), logger });
        if (isBefore) app.use(page);
        sharing.mount(app);
        if (!isBefore) app.use(page);
        for (let rounds = 0; rounds < 2; rounds += 1) await share(sharing);
        await until(
          () =>
            statuses.length > 0 &&
            (!isBefore ||
              logger.heard.some((line) => line.includes("GET /linktree/all at the task's port is answered with 404"))),
        );
        await share(sharing);
        assert.deepEqual(statuses, [isBefore ? "HEAD 404" : "HEAD 200"], "it checks once");
        assert.equal(logger.take("warn").filter((line) => line.includes("mount before it")).length, isBefore ? 1 : 0);
      }
    }),
  );

  test(
    `${name}: the log says once which routes are the task's own, and warns if that is a problem`,
    inWorld(async (world) => {
      for (const [db, expected] of [
        [linktreeModel(), /^This is fine if/],
        [undefined, /^They do not serve .+ option db, or/],
      ]) {
        const logger = listeningLogger();
        const [sharing, app] = [await holding({ logger, acceptWrites: true, ...(db && { db }) }), express()];
        app.get("/linktree/all", theirs);
        for (let times = 0; times < 2; times += 1) sharing.mount(app);
        app.use("/", express.Router().post("/linktree", theirs));
        assert.deepEqual(logger.take(), [], "nothing before the task has added its routes");
        const { url } = await world.server(app);
        await answersAt(url, [...paths, ...paths]);
        await sharing.share();
        const said = logger.take("warn").filter((line) => line.includes("routes"));
        assert.equal(said.length, 1);
        const [facts, meaning] = said[0].split(". ");
        assert.equal(
          facts,
          "warn dbsharing: the task's own routes answer GET /linktree/all and POST /linktree; dbsharing answers GET /linktree/list, GET /linktree/symbols and GET /linktree/records",
        );
        assert.match(meaning, expected);
      }
    }),
  );
}

test(
  "without routes of the task the mounting is logged as info, with the first round at the latest",
  inWorld(async () => {
    const logger = listeningLogger();
    const sharing = startedByNode({}, { namespaceWrapper: namespaceWrapper(), logger, collection: "posts" });
    const app = express5();
    for (let times = 0; times < 2; times += 1) sharing.mount(app);
    await sharing.share();
    assert.deepEqual(logger.take("info"), [
      "info dbsharing: posts: mounted: answers GET /posts/all, GET /posts/list, GET /posts/symbols and GET /posts/records",
    ]);
  }),
);

test(
  "two collections are mounted on one app",
  inWorld(async (world) => {
    const app = express4();
    for (const collection of ["linktree", "posts"]) startedByNode({}, { db: linktreeModel(), collection }).mount(app);
    const { url } = await world.server(app);
    assert.deepEqual(await answersAt(url, ["/linktree/all", "/posts/all", "/others/all"]), [200, 200, 404]);
  }),
);

test(
  "mounting starts nothing, and works the same before and after start()",
  inWorld(async (world) => {
    const service = await world.list();
    const sharing = startedByNode({ serviceUrl: service.url }, { namespaceWrapper: namespaceWrapper() });
    const [early, late] = [express5(), express5()];
    sharing.mount(early);
    assert.equal(service.requests.length, 0);
    sharing.start();
    sharing.mount(late);
    for (const app of [early, late])
      assert.deepEqual(await answersAt((await world.server(app)).url, paths), [200, 200, 200, 200]);
    await sharing.stop();
  }),
);

const others = [
  [undefined, "undefined"],
  [null, "null"],
  [7, "7"],
  ["app", '"app"'],
  [{}, "an object"],
  [[], "an array"],
  [() => {}, "a function"],
  [{ use() {} }, "an object"],
  [createServer(), "an object"],
  [Promise.resolve(express5()), "a promise: await it"],
  [{ app: express5() }, "an object: give its app"],
  [{ default: express4() }, "an object: give its default"],
  [{ router: express4.Router(), path: "/" }, "an object: give its router"],
  [express4, "express itself: give the app that the task made with it"],
  [express5, "express itself: give the app that the task made with it"],
];

for (const [other, got] of others) {
  test(
    `anything but an Express app is OPTION_INVALID, with how to give one: ${got}`,
    inWorld(async () => {
      const sharing = startedByNode({}, { namespaceWrapper: namespaceWrapper() });
      const message = `mount(app) got ${got}; wanted an Express app or router; elsewhere use nodeHandler(sharing) of dbsharing/http`;
      assert.throws(() => sharing.mount(other), { name: "TypeError", code: "OPTION_INVALID", message });
    }),
  );
}
