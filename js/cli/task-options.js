// The options for a task, its collection and its peers that several commands share.

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
    says: "the collection: the path segment after /task/ID/",
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

/** The option of every command that makes keys from records. */
export const identityOption = {
  identity: {
    type: "string",
    placeholder: "record|owner",
    choices: ["record", "owner"],
    default: "record",
    value: "record or owner",
    says: "record: a public key may have many records, one for each uuid; owner: one record for each public key",
  },
};

/** The same for commands that work on the folder of a node. */
export const identityOfNodeOption = {
  identity: { ...identityOption.identity, says: `${identityOption.identity.says}; the same as for the node` },
};
