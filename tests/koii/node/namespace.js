// What the node does for a task when its namespaceWrapper asks: POST /namespace-wrapper with { args: [method, …], taskId, secret }.
import bs58 from "bs58";
import nacl from "tweetnacl";

/** The methods that a task may ask for. `taskState` gives the state of the task as the chain has it now. */
export function namespaceOf({ keyPair, databasePath, taskState }) {
  return {
    defaultTaskSetup: () => null,
    getRpcUrl: () => "https://rpc.invalid",
    getRound: () => 0,
    getSlot: () => 0,
    getTaskLevelDBPath: () => databasePath,
    getTaskState: () => taskState(),
    getTaskStateById: () => taskState(),
    // A keypair as JSON spells it: byte arrays become objects.
    getSubmitterAccount: () => ({ _keypair: { publicKey: { ...keyPair.publicKey }, secretKey: { ...keyPair.secretKey } } }),
    signData: (data) => bs58.encode(nacl.sign(new TextEncoder().encode(JSON.stringify(data)), keyPair.secretKey)),
  };
}

/** The node's route for its tasks, behind a JSON parser. */
export function namespaceRoute(namespace, isTask) {
  return async (req, res) => {
    const { args, taskId, secret } = req.body;
    if (!Array.isArray(args)) return res.status(422).send({ message: "No args provided" });
    if (!isTask(taskId, secret)) return res.status(401).send({ message: "Invalid secret provided" });
    const [method, ...params] = args;
    if (!Object.hasOwn(namespace, method)) return res.status(422).send({ message: `there is no ${method}` });
    res.send({ response: await namespace[method](...params) });
  };
}
