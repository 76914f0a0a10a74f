// The end of a task's index.js: what it does when its node calls for a round. Here a round of the task is one of sharing,
// and its report is printed, so that a test need not wait for a timer.
function runTask(sharing) {
  process.on("message", async ({ functionCall }) => {
    if (functionCall !== "executeTask") return;
    console.log(`report ${JSON.stringify(await sharing.share())}`);
  });
  console.log("ready for rounds");
}

module.exports = { runTask };
