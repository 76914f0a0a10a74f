// The namespaceWrapper of the first tasks, whose database is a LevelDB that they open themselves.
const levelup = require("levelup");
const leveldown = require("leveldown");
const { askNode } = require("./askNode");

class NamespaceWrapper {
  levelDB;
  #opening;

  constructor() {
    this.#opening = askNode("getTaskLevelDBPath").then((path) => {
      this.levelDB = levelup(leveldown(path));
    });
  }

  async getTaskState() {
    const state = await askNode("getTaskState");
    return state.error ? null : state;
  }

  async payloadSigning(body) {
    return askNode("signData", body);
  }

  async defaultTaskSetup() {
    await this.#opening;
    return askNode("defaultTaskSetup");
  }
}

module.exports = { namespaceWrapper: new NamespaceWrapper() };
