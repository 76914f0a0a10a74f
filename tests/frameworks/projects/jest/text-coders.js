// What projects with jest's jsdom set up, because it leaves these out.
const { TextDecoder, TextEncoder } = require("node:util");

Object.assign(globalThis, { TextDecoder, TextEncoder });
