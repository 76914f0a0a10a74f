// A Sharing in a task of the platform: finds the options of createSharing there, and adds what else a task needs.
import { kindOfDb } from "../db-kinds.js";
import { Logger } from "../logger.js";
import { isAbsent } from "../options.js";
import { urlsGivenBy } from "../peer-urls.js";
import { refusalOf } from "../refusals.js";
import { taskTimeMs } from "../task-clock.js";
import { copyOfData, Updates } from "../updates.js";
import { checkKoiiOptions } from "./koii-options.js";
import { Mounting } from "./mounting.js";
import { Submitter } from "./submitter.js";
import { selfUrlsOf, taskOf } from "./task-arguments.js";
import { taskDatabase } from "./task-database.js";
import { TaskState, stateMethodOf } from "./task-state.js";

const PEER_TIMEOUT_MS = 10_000;

/** Returns koiiSharing; `library` holds the public functions of this package that it uses. */
export function koiiSharingOver(library) {
  return function koiiSharing(options) {
    checkKoiiOptions(options);
    const { namespaceWrapper, ...given } = options;
    const task = taskOf(globalThis.process);
    const logger = new Logger(given.logger, given.collection);
    const submitter = new Submitter(namespaceWrapper, task.mainAccount);
    const sharing = library.createSharing(withFound(given, { task, namespaceWrapper, submitter, library, logger }));
    const mounting = new Mounting(sharing, { ...library, ...given, port: task.port, logger });
    return { ...sharing, ...signing(sharing, submitter, { ...given, library, logger }), mount: (app) => mounting.mount(app) };
  };
}

/** The options of createSharing: those that are given, and for the others what was found. */
function withFound(given, found) {
  const { task, namespaceWrapper, library } = found;
  const taskId = isAbsent(given.taskId) ? task.taskId : given.taskId;
  return {
    ...given,
    taskId,
    serviceUrl: isAbsent(given.serviceUrl) ? task.serviceUrl : given.serviceUrl,
    selfUrl: [given.selfUrl ?? [], selfUrlsOf(task)].flat(),
    db: given.db ?? taskDatabase(namespaceWrapper, { ...library, ...given }),
    peers: peersOf(given, { ...found, taskId }),
    fetch: given.fetch ?? library.nodeFetch(),
  };
}

/** The given peers, and those in the task's state. */
function peersOf({ peers, peerTimeoutMs = PEER_TIMEOUT_MS }, { taskId, namespaceWrapper, submitter, library, logger }) {
  const method = stateMethodOf(namespaceWrapper, taskId);
  if (method === undefined) return peers;
  const selfPublicKey = async () => library.publicKeyOf(await submitter.secretKey());
  const state = new TaskState(method, {
    selfPublicKey: () => selfPublicKey().catch(() => undefined),
    peerTimeoutMs,
    warn: (kind, message) => logger.warn(kind, message),
  });
  const both = async () => {
    const found = state.urls();
    const urls = await urlsGivenBy(peers);
    return [...urls, ...(await found)];
  };
  return Object.assign(both, { spokenAs: peers === undefined ? "the task's state" : "option peers and the task's state" });
}

/** `update` and `sign`, with the submitter's key if none is given. Both take their timestamps from the same clock. */
function signing(sharing, submitter, { library, now, logger, db, identity }) {
  const node = { get: sharing.get, put: sharing.put, nowMs: () => taskTimeMs({ now, logger }) };
  const slots = identity ?? (kindOfDb(db) === "model" ? "owner" : "record");
  const updates = new Updates(library, node, slots);
  return {
    async update(data, keyOrSigner) {
      try {
        const given = copyOfData(data); // as it is now
        return await updates.update(given, keyOrSigner === undefined ? await submitter.keyOrSigner() : keyOrSigner);
      } catch (error) {
        return refusalOf(error);
      }
    },
    async sign(data) {
      const given = copyOfData(data);
      return updates.sign(given, await submitter.keyOrSigner());
    },
  };
}
