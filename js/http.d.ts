import type { IncomingMessage, ServerResponse } from "node:http";
import type { Sharing } from "./types/sharing.js";

/** Answers one request; its promise never rejects. */
export type NodeHandler = (
  req: IncomingMessage,
  res: ServerResponse,
  next?: (error?: unknown) => void,
) => Promise<void>;

/**
 * A request listener for node:http and a middleware for Express 4 and 5, that answers what `sharing.handle` answers.
 * What is not for it goes on to `next()` with its body unread, or gets 404 where there is no `next`. An error goes to
 * `next(error)`, or is answered with 500.
 *
 * It may be mounted at any path. A body that a parser has read already is taken from `req.body`; another is read up to
 * 1 MiB, and 413 beyond. One that was read and is not in `req.body` is 400, `BODY_UNREADABLE`: in Koa give
 * `ctx.req.body = ctx.request.body`, in Fastify `request.raw.body = request.body`.
 *
 * A reader that takes nothing for 30 seconds is cut off. Of one public address 8 bodies are under way at a time, and
 * 429, `TOO_BUSY`, beyond; `x-forwarded-for` is not looked at, so behind a proxy only the bounds of `handle` hold.
 *
 * @throws TypeError when `sharing` is not what `createSharing` gives, or where there is no global Request
 * @example
 * app.use(nodeHandler(sharing));               // Express 4 and 5
 * http.createServer(nodeHandler(sharing));     // node:http
 */
export function nodeHandler(sharing: Pick<Sharing, "handle">): NodeHandler;
