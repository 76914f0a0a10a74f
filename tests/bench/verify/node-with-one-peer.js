// A Sharing whose only peer answers from memory, so that a round is measured and no network.
const PEER = "https://peer.example.com";
const CHUNK_BYTES = 64 * 1024;

export class NodeWithOnePeer {
  #body;
  #sharing;

  /** Made with what a package exports. */
  constructor({ createSharing, memoryStore }) {
    this.#sharing = createSharing({
      taskId: "bench",
      serviceUrl: "https://service.example.com",
      db: memoryStore(),
      maxRejected: 1_000_000,
      fetch: async (url) => new Response(String(url).startsWith(PEER) ? streamed(this.#body) : NODE_LIST),
    });
  }

  /** Runs a round in which the peer answers with these bytes; gives the peer's part of the report. */
  async round(bytes) {
    this.#body = bytes;
    const { error, peers } = await this.#sharing.share();
    if (peers[0]?.outcome !== "synced") throw new Error(`the round failed: ${JSON.stringify(error ?? peers)}`);
    return peers[0];
  }
}

const NODE_LIST = JSON.stringify([{ data: { url: PEER } }]);

function streamed(bytes) {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.subarray(at, (at += CHUNK_BYTES)));
    },
  });
}
