// The first generation: LevelDB with callbacks, puts that are not waited for, keyed lists, records and proofs side by side.
const { namespaceWrapper } = require("../environment/levelNamespaceWrapper");

const getLinktreeId = (publicKey) => `linktree:${publicKey}`;
const getProofsId = (publicKey) => `proofs:${publicKey}`;
const getAuthListId = (publicKey) => `auth_list:${publicKey}`;

function got(id) {
  return new Promise((resolve) => {
    namespaceWrapper.levelDB.get(id, (error, value) => {
      if (error) {
        console.error("Error in get:", error.message);
        resolve(null);
      } else {
        resolve(JSON.parse(value || "[]"));
      }
    });
  });
}

function listed(range, itemOf) {
  return new Promise((resolve, reject) => {
    const items = [];
    namespaceWrapper.levelDB
      .createReadStream({ ...range, reverse: true, keys: true, values: true })
      .on("data", ({ key, value }) => items.push(itemOf(key.toString(), JSON.parse(value.toString()))))
      .on("error", reject)
      .on("end", () => resolve(items));
  });
}

const getLinktree = async (publicKey) => got(getLinktreeId(publicKey));

const setLinktree = async (publicKey, linktree) => {
  namespaceWrapper.levelDB.put(getLinktreeId(publicKey), JSON.stringify(linktree));
  return console.log("Linktree set");
};

// As published: whatever sorts before comes along, which is the auth list.
const getAllLinktrees = async () => listed({ lt: "linktree~" }, (key, value) => ({ key, value }));

const getProofs = async (publicKey) => got(getProofsId(publicKey));

const setProofs = async (publicKey, proofs) => {
  namespaceWrapper.levelDB.put(getProofsId(publicKey), JSON.stringify(proofs));
  return console.log("Proofs set");
};

const getAllProofs = async () => listed({ gte: "proofs" }, (key, value) => value);

const setAuthList = async (publicKey) => {
  namespaceWrapper.levelDB.put(getAuthListId(publicKey), JSON.stringify(publicKey));
  return console.log("Auth List set");
};

module.exports = { getLinktree, setLinktree, getAllLinktrees, getProofs, setProofs, getAllProofs, setAuthList };
