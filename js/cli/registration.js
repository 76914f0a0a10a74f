// The entry of a node in the list of the service: posted immediately, renewed every minute, and tried again soon if that fails.

import { request } from "./request.js";

const RENEW_EVERY_MS = 60_000;
const RETRY_AFTER_MS = 5000;
const TIMEOUT_MS = 5000;

/**
 * Keeps `url` registered until the function that it returns is called. `onFailed(message)` is called for the first
 * failure in a row, `onRegistered()` for the first registration, and for the first one after a failure.
 */
export function keepRegistered({ serviceUrl, taskId, url, fetch, onRegistered, onFailed }) {
  let timer;
  let isStopped = false;
  let wasRegistered;

  async function attempt() {
    const fault = await register(`${serviceUrl}/register-node/${encodeURIComponent(taskId)}`, url, { fetch });
    if (isStopped) return;
    const isRegistered = fault === undefined;
    if (isRegistered !== wasRegistered) (isRegistered ? onRegistered : onFailed)(fault);
    wasRegistered = isRegistered;
    timer = setTimeout(attempt, isRegistered ? RENEW_EVERY_MS : RETRY_AFTER_MS);
  }

  attempt();
  return () => {
    isStopped = true;
    clearTimeout(timer);
  };
}

/**
 * Registers `url` with a service. Resolves with undefined, or with what went wrong. The body has the shape that services
 * accept; it is not signed, because a service for local use does not require that.
 */
export async function register(endpoint, url, { fetch } = {}) {
  try {
    const { ok, status, body } = await request(endpoint, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ data: { url, timestamp: Date.now() }, signature: "", owner: "" }),
      timeoutMs: TIMEOUT_MS,
      fetch,
    });
    if (status === 404 || status === 405) return `HTTP ${status} at ${endpoint}; is that the address of the service?`;
    return ok ? undefined : `HTTP ${status}: ${body.toString().slice(0, 200)}`;
  } catch (error) {
    return error.message;
  }
}
