export { createSharing, init, verifyJson } from "dbsharing/slim";
export { memoryStore } from "dbsharing/stores/memory";
