// What a Koii node tells a task: by the arguments of its process, never by its environment. Off-node there are none, and
// what stands in their places is of another shape.
import { base58Pattern, PUBLIC_KEY_BYTES } from "../key-lengths.js";
import { isAbsent } from "../options.js";

/** The places in process.argv; between them are a name, a mode, a secret, the url of K2 and a stake. */
const [TASK_ID, PORT, MAIN_ACCOUNT, SERVICE_URL, NODE_PORT] = [3, 4, 6, 9, 11];
const PUBLIC_KEY = new RegExp(`^${base58Pattern(PUBLIC_KEY_BYTES)}$`);
const MAX_PORT = 65_535;
/** The names of this machine for itself. */
const LOOPBACK = ["localhost", "127.0.0.1", "[::1]"];

/**
 * `{ taskId, port, mainAccount, serviceUrl, nodePort }` of a process, each undefined where nothing says it: from its
 * arguments where a node passed them, else `TASK_ID` and `SERVICE_URL` of its environment.
 */
export function taskOf({ argv = [], env = {} } = {}) {
  const told = isOfNode(argv) ? toldBy(argv) : {};
  const [taskId, serviceUrl] = [told.taskId, told.serviceUrl].map(present);
  return {
    ...told,
    taskId: taskId ?? present(env.TASK_ID),
    serviceUrl: serviceUrl ?? present(env.SERVICE_URL) ?? ofNode(told),
  };
}

/**
 * A node passes an id and a port, followed by its own port. Programs with arguments of their own, such as jest with paths
 * and `npm start -- x`, have no two ports there. Nodes of long ago passed fewer arguments: there the id has to be a key.
 */
function isOfNode(argv) {
  const id = argv[TASK_ID];
  const isId = typeof id === "string" && !isAbsent(id) && !/[\s/\\]/.test(id);
  return isId && isPort(argv[PORT]) && (isPort(argv[NODE_PORT]) || PUBLIC_KEY.test(id));
}

function toldBy(argv) {
  const port = (place) => (isPort(argv[place]) ? Number(argv[place]) : undefined);
  return {
    taskId: argv[TASK_ID],
    port: port(PORT),
    mainAccount: PUBLIC_KEY.test(argv[MAIN_ACCOUNT]) ? argv[MAIN_ACCOUNT] : undefined,
    serviceUrl: argv[SERVICE_URL],
    nodePort: port(NODE_PORT),
  };
}

/** A node that was given no service knows the nodes of its tasks itself. */
function ofNode({ nodePort }) {
  return nodePort === undefined ? undefined : `http://localhost:${nodePort}`;
}

/** The urls by which this machine reaches the task: at its own port, and through its node. */
export function ownUrlsOf({ port, nodePort }) {
  const ports = [port, nodePort].filter((one) => one !== undefined);
  return ports.flatMap((one) => LOOPBACK.map((host) => `http://${host}:${one}`));
}

function present(value) {
  return isAbsent(value) ? undefined : value;
}

function isPort(text) {
  return /^\d{1,5}$/.test(text) && Number(text) > 0 && Number(text) <= MAX_PORT;
}
