// dbsharing/koii: a Sharing for tasks of the Koii network, which finds the options of createSharing by itself.
import { createSharing, publicKeyOf, recordKey, signRecord } from "./index.js";
import { koiiSharingOver } from "./core/koii/koii-sharing.js";
import { nodeFetch, nodeHandler } from "./http.js";
import { nedbStore } from "./stores/nedb.js";

export const koiiSharing = koiiSharingOver({
  createSharing,
  publicKeyOf,
  recordKey,
  signRecord,
  nodeFetch,
  nodeHandler,
  nedbStore,
});
