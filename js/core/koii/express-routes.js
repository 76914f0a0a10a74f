// Which routes of an app or router of Express 4 or 5 answer a request, read off the layers of its stack.

/** A catch-all, such as a 404 page, matches both of these; a route of the task does not. */
const UNUSED_PATHS = ["/dbsharing-nobody", "/dbsharing-nobody/has/this/path"];

/** The layers of an app or router, in their order; an empty list before the first is added. */
export function layersOf(app) {
  try {
    // In Express 5 app.router is what app._router was in 4, where app.router throws.
    const router = Array.isArray(app.stack) ? app : (app._router ?? app.router);
    return Array.isArray(router?.stack) ? router.stack : [];
  } catch {
    return [];
  }
}

/**
 * Whether one of the layers answers this request by itself: a route, also one in a nested router, or a function that is
 * mounted at exactly this path. Other functions (parsers, a 404 page) and catch-alls do not count.
 */
export function isAnsweredBy(layers, method, path) {
  return layers.some((layer) => answers(layer, method, path));
}

function answers(layer, method, path) {
  const start = startOf(layer, path);
  if (start === undefined) return false;
  if (layer.route) return takes(layer.route, method) && !UNUSED_PATHS.every((one) => startOf(layer, one) !== undefined);
  const rest = withSlash(path.slice(start.length));
  if (Array.isArray(layer.handle?.stack)) return isAnsweredBy(layer.handle.stack, method, rest);
  return rest === "/" && path !== "/" && layer.handle?.length < 4;
}

/** The part of the path that the layer matches; undefined if it does not match. Express matches anew for each request. */
function startOf(layer, path) {
  try {
    const match = layer.match(path); // in the newest Express 5 an object, before that a boolean
    return match ? (match.path ?? layer.path ?? "") : undefined;
  } catch {
    return undefined; // a path that cannot be decoded
  }
}

/** A route for GET answers HEAD as well, and OPTIONS is answered for it. */
function takes({ methods = {} }, method) {
  const name = method === "HEAD" || method === "OPTIONS" ? "get" : method.toLowerCase();
  return methods._all === true || methods[name] === true;
}

function withSlash(rest) {
  return rest.startsWith("/") ? rest : `/${rest}`;
}
