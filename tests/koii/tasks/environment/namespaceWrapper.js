// The namespaceWrapper of the tasks that keep a NeDB: what it stores itself lies in the same file as the task's documents.
const Datastore = require("nedb-promises");
const { askNode } = require("./askNode");
const { TASK_ID } = require("./init");

class NamespaceWrapper {
  #db;

  constructor() {
    this.initializeDB();
  }

  async initializeDB() {
    if (this.#db) return;
    const path = await this.getTaskLevelDBPath();
    this.#db = Datastore.create(path); // as published: whoever asks meanwhile gets another one
  }

  async getDb() {
    await this.initializeDB();
    return this.#db;
  }

  async storeGet(key) {
    await this.initializeDB();
    const found = await this.#db.findOne({ key });
    return found ? found[key] : null;
  }

  async storeSet(key, value) {
    await this.initializeDB();
    await this.#db.insert({ [key]: value, key });
  }

  async payloadSigning(body) {
    return askNode("signData", body);
  }

  async getSubmitterAccount() {
    const { _keypair } = await askNode("getSubmitterAccount");
    return {
      publicKey: Uint8Array.from(Object.values(_keypair.publicKey)),
      secretKey: Uint8Array.from(Object.values(_keypair.secretKey)),
    };
  }

  async getTaskState(options) {
    const state = await askNode("getTaskState", options);
    return state.error ? null : state;
  }

  async getRound() {
    return askNode("getRound");
  }

  async defaultTaskSetup() {
    return askNode("defaultTaskSetup");
  }

  async getTaskLevelDBPath() {
    return askNode("getTaskLevelDBPath");
  }
}

const namespaceWrapper = new NamespaceWrapper();

module.exports = { namespaceWrapper, taskNodeAdministered: Boolean(TASK_ID) };
