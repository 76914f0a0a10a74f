// Answers that stop, stall, or lie about their length. Records that came whole before the fault are kept.

const HEAD = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n";

const failed = (code, keeps) => ({ outcome: "failed", code, keeps });

export const cutAnswers = {
  "hangs-before-headers": {
    says: "accepts the request and never answers",
    expected: failed("PEER_TIMEOUT", "none"),
    answer() {},
  },
  "hangs-in-body": {
    says: "sends its records but not the end of the list, and keeps the connection open",
    expected: failed("PEER_TIMEOUT", "all"),
    answer: (response, { items }) => response.writeHead(200).write(withoutEnd(items)),
  },
  "one-byte-a-second": {
    says: "sends one byte a second",
    expected: failed("PEER_TIMEOUT", "none"),
    answer: drip,
  },
  "destroys-socket-in-body": {
    says: "sends its records and closes the connection before the end of the list",
    expected: failed("BODY_CUT", "all"),
    answer(response, { items }) {
      response.writeHead(200).write(withoutEnd(items), () => response.socket.destroy());
    },
  },
  "truncated-json": {
    says: "sends its records without the end of the list, and ends the answer as if it were whole",
    expected: failed("BODY_CUT", "all"),
    answer: (response, { items }) => response.writeHead(200).end(withoutEnd(items)),
  },
  "truncated-in-item": {
    says: "sends its records and half of another, and ends the answer as if it were whole",
    expected: failed("BODY_CUT", "all"),
    answer: (response, { items }) => response.writeHead(200).end(`${withoutEnd(items)},{"key":"linktree:half","val`),
  },
  "garbage-after-records": {
    says: "sends its records and then text that is not JSON",
    expected: failed("BAD_BODY", "all"),
    answer: (response, { items }) => response.writeHead(200).end(`${withoutEnd(items)},<html>oops</html>]`),
  },
  "text-after-list": {
    says: "sends its whole list and then more",
    expected: failed("BAD_BODY", "all"),
    answer: (response, { items }) => response.writeHead(200).end(`${JSON.stringify(items)} [] trailing`),
  },
  "content-length-too-long": {
    says: "promises 100 bytes more than its list is long, and closes: the list is whole",
    expected: { outcome: "synced", requests: 1, keeps: "all" },
    answer(response, { items }) {
      const body = JSON.stringify(items);
      response.socket.end(`${HEAD}content-length: ${Buffer.byteLength(body) + 100}\r\n\r\n${body}`);
    },
  },
  "content-length-too-short": {
    says: "promises one byte less than it sends, so that the end of the list is not read",
    expected: failed("BODY_CUT", "all"),
    answer(response, { items }) {
      const body = JSON.stringify(items);
      response.socket.end(`${HEAD}content-length: ${Buffer.byteLength(body) - 1}\r\n\r\n${body}`);
    },
  },
};

function withoutEnd(items) {
  return JSON.stringify(items).slice(0, -1);
}

function drip(response, { items }) {
  const bytes = Buffer.from(JSON.stringify(items));
  let at = 0;
  response.writeHead(200);
  const timer = setInterval(() => response.write(bytes.subarray(at, (at += 1))), 1000);
  response.once("close", () => clearInterval(timer));
}
