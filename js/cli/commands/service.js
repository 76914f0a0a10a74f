// dbsharing service: the node service of a task, for local use. Nodes register, and anyone who asks gets the list.

import { listen, listenOptions } from "../listen.js";
import { createLog, logLevelOption } from "../log.js";
import { nodeService } from "../node-service.js";
import { oneAtATime } from "../one-at-a-time.js";
import { SIGNAL_NOTES, stoppingWords, untilStopped } from "../until-stopped.js";

export const command = {
  name: "service",
  usage: "--port N [--host ADDRESS] [--log-level LEVEL] [--json]",
  description:
    "Answers GET /nodes/{taskId} with the nodes of a task, and accepts POST /register-node/{taskId}. A node that does\n" +
    "not register again expires after 5 minutes. The service believes what nodes say about themselves, so it is for local\n" +
    "use only. It runs until SIGINT, SIGTERM or SIGHUP.",
  options: { ...listenOptions, ...logLevelOption },
  jsonSays: "print one JSON object a line for each event, at any --log-level",
  events: {
    listening: "url",
    registered: "taskId, url: a node that was not in the list",
    expired: "taskId, url: a node that has not registered again",
    stopping: "signal",
    stopped: "the last event",
  },
  notes: [...SIGNAL_NOTES],
  examples: ["dbsharing service --port 30017"],
  run,
};

async function run({ values, output }) {
  const stopped = untilStopped(); // before anyone can know that there is something to stop
  const log = createLog(output, { level: values["log-level"] });
  const server = await listen(values);
  const onRegistered = (taskId, url) => {
    log.info(`registered for ${taskId}: ${url}`);
    log.event("registered", { taskId, url });
  };
  const onExpired = (taskId, url) => {
    log.info(`expired for ${taskId}: ${url}`);
    log.event("expired", { taskId, url });
  };
  server.answerWith(oneAtATime(nodeService({ onRegistered, onExpired })));
  log.info(`service listening on ${server.url}`);
  log.event("listening", { url: server.url });
  const signal = await stopped;
  log.event("stopping", { signal });
  log.info(stoppingWords(signal));
  await server.close();
  log.info("stopped");
  log.event("stopped");
}
