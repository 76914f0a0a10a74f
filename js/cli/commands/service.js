// dbsharing service: the node service of a task, for local use. Nodes register, and who asks gets the list.

import { listen, listenOptions } from "../listen.js";
import { nodeService } from "../node-service.js";
import { oneAtATime } from "../one-at-a-time.js";
import { untilStopped } from "../until-stopped.js";

export const command = {
  name: "service",
  usage: "--port N [--host ADDRESS] [--json]",
  description:
    "Answers GET /nodes/{taskId} with the nodes of a task, and takes POST /register-node/{taskId}. A node that does\n" +
    "not register again is forgotten after 5 minutes. It believes what nodes say of themselves: for local use only.",
  options: listenOptions,
  jsonSays: "print one JSON object a line: listening, registered, stopped",
  examples: ["dbsharing service --port 30017"],
  run,
};

async function run({ values, output }) {
  const stopped = untilStopped(); // before anybody is told that there is something to stop
  const server = await listen(values);
  const onRegistered = (taskId, nodeUrl) => {
    output.line(`registered for ${taskId}: ${nodeUrl}`);
    output.event({ event: "registered", taskId, url: nodeUrl });
  };
  server.answerWith(oneAtATime(nodeService({ onRegistered })));
  output.line(`service listening on ${server.url}`);
  output.event({ event: "listening", url: server.url });
  await stopped;
  await server.close();
  output.line("stopped");
  output.event({ event: "stopped" });
}
