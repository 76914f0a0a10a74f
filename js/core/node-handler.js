// Mounts `sharing.handle` in node:http and Express 4 and 5: makes a Request of what arrived, and sends the Response.
import { requestBody } from "./node-body.js";
import { arrivalOf } from "./node-connection.js";
import { wrongArgument } from "./option-errors.js";
import { kindName } from "./kind-name.js";
import { pathsOf, requestOf } from "./node-request.js";
import { MAX_POSTS_OF_ADDRESS, MAX_READERS_OF_ADDRESS } from "./limits.js";
import { PlacesOfAddresses } from "./node-addresses.js";
import { fail, send, sendFailure } from "./node-response.js";
import { failure } from "./serve.js";

/**
 * A request listener that answers what `sharing.handle` answers. What is not for it goes on to `next()`, with its body
 * unread, or gets 404 if there is no `next`. It never throws and its promise never rejects: an error goes to
 * `next(error)`, or is answered with 500.
 *
 * It may be mounted at any path: the rest of the path is tried as well as the whole. A body that a parser has already
 * read is taken from `req.body`; another is read up to 1 MiB, and refused with 413 beyond. One that was read and is not in
 * `req.body` is refused with 400: in Koa give `ctx.req.body = ctx.request.body`, in Fastify
 * `request.raw.body = request.body`. A reader that takes nothing for 30 seconds is cut off. One public address may read
 * eight bodies of records and post 64 at the same time; beyond that the answer is 429. `x-forwarded-for` is ignored: behind
 * a proxy all addresses are the proxy's, and only the limits of `handle` apply.
 *
 * @param {import("../index.js").Sharing} sharing
 * @returns {import("../http.js").NodeHandler}
 * @throws {TypeError} when `sharing` is not what `createSharing` returns, or the runtime has no global Request
 * @example
 * app.use(nodeHandler(sharing));                 // Express 4 and 5
 * http.createServer(nodeHandler(sharing));       // node:http
 */
export function nodeHandler(sharing) {
  if (typeof sharing?.handle !== "function") {
    throw wrongArgument("nodeHandler(sharing)", kindName(sharing), "what createSharing returns");
  }
  if (typeof Request !== "function" || typeof Response !== "function") {
    throw new TypeError(
      "nodeHandler(sharing) needs the globals Request and Response: is Node run with --no-experimental-fetch?",
    );
  }
  const readers = new PlacesOfAddresses(MAX_READERS_OF_ADDRESS);
  const posts = new PlacesOfAddresses(MAX_POSTS_OF_ADDRESS);
  return async function handleNodeRequest(req, res, next) {
    try {
      await answer({ sharing, readers, posts, req, res, next });
    } catch (error) {
      fail(error, req, res, next);
    }
  };
}

async function answer({ sharing, readers, posts, req, res, next }) {
  const { gone, turn } = arrivalOf(req, res);
  await turn;
  if (gone.aborted) return;
  const { response, refusal } = await responseOf(sharing, req, gone, () => enterUntil(gone, posts, req));
  if (gone.aborted) await response?.body?.cancel();
  else if (refusal) await send(failure({ ...refusal, isWrite: true }), req, res, gone);
  else if (response) await sendInTurn(response, { readers, req, res, gone });
  else if (next) next();
  else sendFailure(req, res, { status: 404, code: "NOT_FOUND", message: "nothing is served at this path" });
}

/** The answer to the first of the request's paths that is ours, or the refusal of its body. */
async function responseOf(sharing, req, gone, enter) {
  for (const path of pathsOf(req)) {
    const body = requestBody(req, enter);
    const request = requestOf(req, path, body, gone);
    const response = request && (await handled(sharing, request, body, gone));
    if (response || body.refusal) return { response, refusal: body.refusal };
  }
  return {};
}

/** Whether this address may post one more body; its place is held until the request is over. */
function enterUntil(gone, posts, req) {
  const leave = gone.aborted ? undefined : posts.enter(req.socket?.remoteAddress);
  if (leave) gone.addEventListener("abort", leave, { once: true });
  return leave !== undefined;
}

async function handled(sharing, request, body, gone) {
  try {
    return await sharing.handle(request);
  } catch (error) {
    if (body.refusal || gone.aborted) return undefined;
    throw error;
  }
}

async function sendInTurn(response, { readers, req, res, gone }) {
  const hasRecords = req.method === "GET" && response.status === 200 && response.body !== null;
  const leave = hasRecords ? readers.enter(req.socket?.remoteAddress) : () => {};
  if (leave === undefined) {
    await response.body.cancel();
    const message = "too many answers are being read from your address at the same time; try again in a second";
    return send(failure({ status: 429, code: "TOO_BUSY", message }), req, res, gone);
  }
  try {
    await send(response, req, res, gone);
  } finally {
    leave();
  }
}
