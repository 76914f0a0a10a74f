// Stands in for the node's namespaceWrapper, with the real NeDB behind getDb().
const Datastore = require("nedb-promises");

class NamespaceWrapper {
  #db;

  async getDb() {
    this.#db = this.#db || Datastore.create("./KOIILevelDB.db");
    return this.#db;
  }
}

module.exports = { namespaceWrapper: new NamespaceWrapper() };
