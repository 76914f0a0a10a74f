// A task with one peer, and the service that lists it; both count their requests.
import { record, records } from "../js/fixtures/records.js";
import { sendJson, serve } from "../network/server.js";

/** `{ serviceUrl, peerUrl, edit(), requests(), close() }`: the peer serves three records, and an edit is a newer version of one. */
export async function startTask() {
  const held = records(3);
  const peer = await serve((_, response) => sendJson(response, held));
  const service = await serve((_, response) => sendJson(response, [{ data: { url: peer.url } }]));
  return {
    serviceUrl: service.url,
    peerUrl: peer.url,
    edit() {
      held[0] = record(held[0].data.uuid, { timestamp: held[0].data.timestamp + 1, isEdited: true });
    },
    requests: () => peer.requests.length,
    close: () => Promise.all([peer.close(), service.close()]),
  };
}
