module.exports = { setupFiles: ["./text-coders.js"] };
