// What a Koii node passes to a task: in the arguments of its process, never in its environment. Outside a node there are
// none, and other arguments in their places have another form.
import { base58Pattern, PUBLIC_KEY_BYTES } from "../key-lengths.js";
import { isAbsent } from "../options.js";

/** Their places in process.argv; between them are a name, a mode, a secret, the url of K2 and a stake. */
const [TASK_ID, PORT, MAIN_ACCOUNT, SERVICE_URL, NODE_PORT] = [3, 4, 6, 9, 11];
const PUBLIC_KEY = new RegExp(`^${base58Pattern(PUBLIC_KEY_BYTES)}$`);
const MAX_PORT = 65_535;
/** The names by which this machine reaches itself. */
const LOOPBACK = ["localhost", "127.0.0.1", "[::1]"];

/**
 * `{ taskId, port, mainAccount, serviceUrl, nodePort }` of a process, each undefined if nothing says it: from its
 * arguments if a node passed them, otherwise from `TASK_ID` and `SERVICE_URL` in its environment.
 */
export function taskOf({ argv = [], env = {} } = {}) {
  const passed = isFromNode(argv) ? passedIn(argv) : {};
  const [taskId, serviceUrl] = [passed.taskId, passed.serviceUrl].map(present);
  return {
    ...passed,
    taskId: taskId ?? present(env.TASK_ID),
    serviceUrl: serviceUrl ?? present(env.SERVICE_URL) ?? serviceOfNode(passed),
  };
}

/**
 * A node passes an id and a port, followed by its own port. Programs with arguments of their own, such as jest with paths
 * and `npm start -- x`, have no two ports there. Very old nodes passed fewer arguments: then the id has to be a public key.
 */
function isFromNode(argv) {
  const id = argv[TASK_ID];
  const isId = typeof id === "string" && !isAbsent(id) && !/[\s/\\]/.test(id);
  return isId && isPort(argv[PORT]) && (isPort(argv[NODE_PORT]) || PUBLIC_KEY.test(id));
}

function passedIn(argv) {
  const port = (place) => (isPort(argv[place]) ? Number(argv[place]) : undefined);
  return {
    taskId: argv[TASK_ID],
    port: port(PORT),
    mainAccount: PUBLIC_KEY.test(argv[MAIN_ACCOUNT]) ? argv[MAIN_ACCOUNT] : undefined,
    serviceUrl: argv[SERVICE_URL],
    nodePort: port(NODE_PORT),
  };
}

/** A node that was given no service lists the nodes of its tasks itself. */
function serviceOfNode({ nodePort }) {
  return nodePort === undefined ? undefined : `http://localhost:${nodePort}`;
}

/** The urls by which this machine reaches the task: at its own port, and through its node. */
export function selfUrlsOf({ port, nodePort }) {
  const ports = [port, nodePort].filter((one) => one !== undefined);
  return ports.flatMap((one) => LOOPBACK.map((host) => `http://${host}:${one}`));
}

function present(value) {
  return isAbsent(value) ? undefined : value;
}

function isPort(text) {
  return /^\d{1,5}$/.test(text) && Number(text) > 0 && Number(text) <= MAX_PORT;
}
