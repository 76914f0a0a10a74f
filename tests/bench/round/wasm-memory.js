// How much memory the wasm of this process has. Import it before dbsharing: it looks at the instances that are made.

let memory;

const { Instance } = WebAssembly;
WebAssembly.Instance = class extends Instance {
  constructor(...args) {
    super(...args);
    memory = this.exports.memory ?? memory;
  }
};

/** The bytes of the memory of the instance made last, which never shrinks. */
export const wasmBytes = () => memory.buffer.byteLength;
