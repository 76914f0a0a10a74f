// The set-up of projects with jest's jsdom, which lacks these.
const { TextDecoder, TextEncoder } = require("node:util");

Object.assign(globalThis, { TextDecoder, TextEncoder });
