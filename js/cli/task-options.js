// The options about a task, its collection and its peers, which several commands have.

export const taskIdOption = {
  "task-id": { type: "string", placeholder: "ID", isPathPart: true, value: "the id of the task", says: "the task" },
};

export const collectionOption = {
  collection: {
    type: "string",
    placeholder: "NAME",
    default: "linktree",
    isPathPart: true,
    value: "the name of a collection",
    says: "the collection: what comes after /task/ID/ in a path",
  },
};

export const peerTimeoutOption = {
  "peer-timeout": {
    type: "string",
    placeholder: "SECONDS",
    default: 10,
    number: [0.1, 3600],
    unit: "seconds",
    value: "seconds",
    says: "how long a node may take to answer",
  },
};

/** The option of every command that makes keys of records. */
export const identityOption = {
  identity: {
    type: "string",
    placeholder: "record|owner",
    choices: ["record", "owner"],
    default: "record",
    value: "record or owner",
    says: "record: a key may have many records, one for each uuid; owner: one record for each key",
  },
};
