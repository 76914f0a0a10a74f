// Asks the node for something that it alone knows or may do.
const { default: axios } = require("axios");
const { TASK_ID, SECRET_KEY, TASK_NODE_PORT } = require("./init");

async function askNode(...args) {
  try {
    const { data } = await axios.post(`http://localhost:${TASK_NODE_PORT}/namespace-wrapper`, {
      args,
      taskId: TASK_ID,
      secret: SECRET_KEY,
    });
    return data.response;
  } catch (error) {
    console.error(`Error in askNode: "${args[0]}"`, error.message);
    return { error };
  }
}

module.exports = { askNode };
