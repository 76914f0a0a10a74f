// Sends a Response over node:http, as fast as its reader takes it.
import { READER_TIMEOUT_MS } from "./limits.js";
import { failureText } from "./serve.js";
import { after } from "./timing.js";

/** Settles when all of it is written, though perhaps not yet read. `gone` is aborted when the reader has gone. */
export async function send(response, req, res, gone) {
  res.statusCode = response.status;
  response.headers.forEach((value, name) => res.setHeader(name, value));
  if (req.method === "HEAD" || response.body === null) await response.body?.cancel();
  else await pour(response.body.getReader(), res, gone);
  if (!gone.aborted) end(res);
}

/** One listener for each event of the response, however many pieces there are: wrappers of `res` may lose others. */
async function pour(reader, res, gone) {
  let isCut = false;
  let proceed = () => {};
  const leave = () => {
    reader.cancel().catch(() => {});
    proceed();
  };
  const cut = () => {
    isCut = true;
    proceed();
  };
  if (gone.aborted) leave();
  gone.addEventListener("abort", leave, { once: true });
  reader.closed.catch(cut); // also while nothing is read
  res.on("drain", () => proceed());
  for (;;) {
    const { done, value } = await reader.read();
    if (done || gone.aborted) return;
    if (!res.write(value) && !gone.aborted && !isCut) await new Promise((resolve) => (proceed = resolve));
  }
}

/** Ends the response, and its connection if the reader does not take the rest. */
function end(res, ...last) {
  const stopWaiting = after(READER_TIMEOUT_MS, () => res.destroy(), { keepsAlive: false });
  res.once("finish", stopWaiting).once("close", stopWaiting);
  res.end(...last);
}

export function sendFailure(req, res, { status, code, message }) {
  res.statusCode = status;
  res.setHeader("content-type", "application/json; charset=utf-8");
  end(res, failureText({ code, message, isWrite: req.method === "POST" }));
}

/** Once the head is sent, only a cut connection shows the reader that the body is not whole. */
export function fail(error, req, res, next) {
  try {
    if (res.headersSent) return void res.destroy();
    for (const name of res.getHeaderNames()) res.removeHeader(name);
    if (next) next(error);
    else sendFailure(req, res, { status: 500, code: "INTERNAL", message: "the request could not be answered" });
  } catch {
    res.destroy();
  }
}
