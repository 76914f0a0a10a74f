export { createSharing, verifyJson } from "dbsharing";
export { memoryStore } from "dbsharing/stores/memory";
