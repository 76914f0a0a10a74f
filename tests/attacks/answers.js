// What a hostile peer answers: each kind writes what it likes to a socket that has just sent a request. Kinds are in groups,
// each small enough to be asked in one round beside an honest peer.

import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";

const MIB = 1024 * 1024;
/** The most that a node reads of one peer's body. */
const LONG_BYTES = 64 * MIB;

const OK = "HTTP/1.1 200 OK\r\n";
const EMPTY_LIST = "content-length: 2\r\n\r\n[]";
const CLOSING = "connection: close\r\n";

/** Answers with this and leaves the connection open. */
const says = (text) => (socket) => void socket.write(text);

/** Answers with this and closes. */
const saysAndCloses = (text) => (socket) => void socket.end(text);

/** A whole head and an empty list, with these header lines in between. */
const withHeaders = (lines) => saysAndCloses(`${OK}${CLOSING}${lines}${EMPTY_LIST}`);

/** An empty list under this status line, which says nothing of its length. */
const withStatus = (line, lines = "") => saysAndCloses(`${line}\r\n${CLOSING}${lines}\r\n[]`);

/** A body in this coding, whose connection is left open. */
const coded =
  (coding, body = gzipSync("[]")) =>
  (socket) => {
    socket.write(`${OK}content-encoding: ${coding}\r\ntransfer-encoding: chunked\r\n\r\n`);
    socket.write(`${body.length.toString(16)}\r\n`);
    socket.write(body);
    socket.write("\r\n");
  };

/** A body that begins like this and then repeats one piece, 64 MiB in all. */
const repeating =
  (beginning, unit, end = "") =>
  (socket) => {
    socket.write(`${OK}${CLOSING}content-type: application/json\r\n\r\n${beginning}`);
    const piece = Buffer.from(unit.repeat(Math.max(1, Math.floor(MIB / 8 / Buffer.byteLength(unit)))));
    pour(socket, piece, LONG_BYTES, () => socket.end(end));
  };

/** Writes a piece again and again, as fast as it is read. */
function pour(socket, piece, leftBytes, done) {
  for (let left = leftBytes; left > 0; left -= piece.length) {
    if (socket.destroyed) return;
    if (!socket.write(piece)) {
      socket.once("drain", () => pour(socket, piece, left - piece.length, done));
      return;
    }
  }
  done();
}

/** One byte after the other, for as long as the other end listens. */
const dripping = (text) => (socket) => {
  let at = 0;
  const drip = setInterval(() => socket.write(text[at++ % text.length]), 20);
  socket.once("close", () => clearInterval(drip));
};

const headers = {
  "a header of 1 MiB": withHeaders(`x-long: ${"x".repeat(MIB)}\r\n`),
  "a header of 15 KiB": withHeaders(`x-long: ${"x".repeat(15 * 1024)}\r\n`),
  "10 000 headers": withHeaders("x: y\r\n".repeat(10_000)),
  "1 900 headers": withHeaders(Array.from({ length: 1_900 }, (_, at) => `${at.toString(36)}:1\r\n`).join("")),
  "a header without a name": withHeaders(": x\r\n"),
  "a header without a colon": withHeaders("nothing\r\n"),
  "a header that continues on the next line": withHeaders("x-folded: a\r\n b\r\n"),
  "a header with a NUL": withHeaders("x-odd: a\0b\r\n"),
  "a header of bytes that are not text": (socket) =>
    void socket.end(
      Buffer.concat([Buffer.from(`${OK}x-odd: `), Buffer.from([0xff, 0xfe, 0x80]), Buffer.from(`\r\n${CLOSING}${EMPTY_LIST}`)]),
    ),
  "a lone line feed in a header": withHeaders("x-odd: a\nb: c\r\n"),
  "a lone carriage return in a header": withHeaders("x-odd: a\rb: c\r\n"),
  "an etag of 257 bytes": withHeaders(`etag: "${"e".repeat(255)}"\r\n`),
  "an etag of 10 KiB": withHeaders(`etag: "${"e".repeat(10 * 1024)}"\r\n`),
  "an etag with an escape": withHeaders('etag: "\u001b]0;title\u0007"\r\n'),
  "50 etags": withHeaders('etag: "a"\r\n'.repeat(50)),
  "two content-lengths": saysAndCloses(`${OK}content-length: 2\r\ncontent-length: 3\r\n\r\n[]`),
  "a negative content-length": saysAndCloses(`${OK}content-length: -1\r\n\r\n[]`),
  "a content-length beyond all numbers": saysAndCloses(`${OK}content-length: ${"9".repeat(400)}\r\n\r\n[]`),
  "a content-length of 2^53": says(`${OK}content-length: 9007199254740992\r\n\r\n[`),
  "a content-length that is not a number": saysAndCloses(`${OK}content-length: two\r\n\r\n[]`),
  "content-length and chunks": saysAndCloses(
    `${OK}content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\n[]\r\n0\r\n\r\n`,
  ),
  "an unknown transfer-encoding": saysAndCloses(`${OK}transfer-encoding: rot13\r\n\r\n[]`),
  "a chunk without a length": saysAndCloses(`${OK}transfer-encoding: chunked\r\n\r\nzz\r\n[]\r\n`),
  "a chunk longer than all memory": says(`${OK}transfer-encoding: chunked\r\n\r\nfffffffffffff\r\n[`),
  "a chunk length beyond all numbers": saysAndCloses(`${OK}transfer-encoding: chunked\r\n\r\n${"f".repeat(300)}\r\n[`),
  "a chunk extension of 1 MiB": saysAndCloses(`${OK}transfer-encoding: chunked\r\n\r\n2;${"x".repeat(MIB)}\r\n[]\r\n0\r\n\r\n`),
  "trailers of 1 MiB": saysAndCloses(`${OK}transfer-encoding: chunked\r\n\r\n2\r\n[]\r\n0\r\nx: ${"x".repeat(MIB)}\r\n\r\n`),
  "a content-type with an escape": withHeaders("content-type: \u001b[2J\r\n"),
  "keep-alive for minus one second": says(`${OK}connection: keep-alive\r\nkeep-alive: timeout=-1, max=-1\r\n${EMPTY_LIST}`),
  "an upgrade that was not asked for": says(
    "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n[]",
  ),
};

const GZIPPED = gzipSync("[]");
const codings = {
  "six codings, its body left open": coded("gzip,gzip,gzip,gzip,gzip,gzip"),
  "a thousand codings": coded(Array(1_000).fill("gzip").join(",")),
  "five codings": coded(Array(5).fill("gzip").join(",")),
  "two codings that are one": coded("gzip, gzip"),
  "an unknown coding": coded("rot13"),
  "an empty coding": coded(""),
  "a coding of 10 KiB": coded("x".repeat(10 * 1024)),
  "gzip that is not gzip": coded("gzip", Buffer.from("[]")),
  "deflate that is not deflate": coded("deflate", Buffer.from("[]")),
  "br that is not br": coded("br", Buffer.from("[]")),
  zstd: coded("zstd"),
  "gzip cut in its head": coded("gzip", GZIPPED.subarray(0, 5)),
  "gzip cut in its middle": coded("gzip", GZIPPED.subarray(0, 12)),
  "gzip without its sum": coded("gzip", GZIPPED.subarray(0, -8)),
  "gzip with a wrong sum": coded("gzip", Buffer.concat([GZIPPED.subarray(0, -8), Buffer.alloc(8, 1)])),
  "gzip with rubbish after it": coded("gzip", Buffer.concat([GZIPPED, Buffer.alloc(MIB, 7)])),
  "a thousand gzips in a row": coded("gzip", Buffer.concat(Array(1_000).fill(gzipSync(" ")))),
  "gzip of 1 GiB of spaces": coded("gzip", bombOf(" ")),
  "gzip of 1 GiB of brackets": coded("gzip", bombOf("[")),
  "gzip of gzip of 1 GiB": coded("gzip, gzip", gzipSync(bombOf(" "))),
  "br of 64 MiB of zeros": coded("br", brotliCompressSync(Buffer.alloc(LONG_BYTES))),
  "deflate of 64 MiB of zeros": coded("deflate", deflateSync(Buffer.alloc(LONG_BYTES))),
};

/** 1 GiB of one character, as 1 024 members of one gzip file. */
function bombOf(character) {
  return Buffer.concat(Array(1_024).fill(gzipSync(character.repeat(MIB), { level: 9 })));
}

const statuses = {
  ...Object.fromEntries(
    [100, 102, 103, 199, 203, 205, 206, 226, 300, 304, 305, 306, 399, 400, 418, 429, 499, 500, 503, 599, 600, 999].map(
      (status) => [`status ${status}`, withStatus(`HTTP/1.1 ${status} Odd`)],
    ),
  ),
  "status 0": withStatus("HTTP/1.1 0 Nothing"),
  "status 99999": withStatus("HTTP/1.1 99999 Much"),
  "status minus one": withStatus("HTTP/1.1 -1 Less"),
  "a status text that sets the title": withStatus("HTTP/1.1 500 \u001b]0;title\u0007\u001b[2J"),
  "a status text of 1 MiB": withStatus(`HTTP/1.1 500 ${"x".repeat(MIB)}`),
  "304 with a body of 1 MiB": saysAndCloses(`HTTP/1.1 304 Not Modified\r\n${CLOSING}\r\n${"x".repeat(MIB)}`),
  "204 with a body": saysAndCloses(`HTTP/1.1 204 No Content\r\n${CLOSING}content-length: 2\r\n\r\n[]`),
  "404 without end": (socket) => {
    socket.write("HTTP/1.1 404 Not Found\r\n\r\n");
    pour(socket, Buffer.alloc(MIB / 4, " "), 100 * LONG_BYTES, () => socket.end());
  },
  "a redirect into the metadata service": withStatus("HTTP/1.1 302 Found", "location: http://169.254.169.254/latest\r\n"),
};

const protocols = {
  "a redirect to itself": withStatus("HTTP/1.1 301 Moved", "location: /task/x/linktree/all\r\n"),
  "a redirect that forges a line": withStatus(
    "HTTP/1.1 308 Moved",
    `location: http://a.example/\u001b[2J${"y".repeat(8_000)}\r\n`,
  ),
  "a redirect without a location": withStatus("HTTP/1.1 307 Moved"),
  "HTTP 0.9": saysAndCloses("[]"),
  "HTTP 2's beginning": saysAndCloses("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
  "HTTP 3.7": withStatus("HTTP/3.7 200 OK"),
  "TLS's alert": saysAndCloses(Buffer.from([21, 3, 3, 0, 2, 2, 40])),
  "1 MiB of noise": saysAndCloses(Buffer.alloc(MIB, 0xa5)),
  "1 MiB of line ends": saysAndCloses("\r\n".repeat(MIB / 2)),
  "a status line of 64 MiB": (socket) => pour(socket, Buffer.alloc(MIB / 4, "H"), LONG_BYTES, () => socket.end()),
  "nothing, forever": () => {},
  "closes at once": (socket) => void socket.end(),
  "resets at once": (socket) => void socket.resetAndDestroy(),
  "half a head, forever": says(`${OK}x: `),
  "closes in the head": saysAndCloses(`${OK}x: `),
  "resets after the head": (socket) => void socket.write(`${OK}content-length: 100\r\n\r\n[`, () => socket.resetAndDestroy()),
  "closes in the body": saysAndCloses(`${OK}content-length: 100\r\n\r\n[`),
  "a head byte by byte": dripping(`${OK}x: ${"y".repeat(1_000)}\r\n`),
  "a body byte by byte": (socket) => {
    socket.write(`${OK}\r\n[`);
    dripping(" ")(socket);
  },
  "a thousand 100 Continue": saysAndCloses(`${"HTTP/1.1 100 Continue\r\n\r\n".repeat(1_000)}${OK}${CLOSING}${EMPTY_LIST}`),
  "100 Continue forever": (socket) => {
    const line = Buffer.from("HTTP/1.1 100 Continue\r\n\r\n".repeat(100));
    pour(socket, line, 100 * LONG_BYTES, () => socket.end());
  },
  "two answers to one request": saysAndCloses(`${OK}${EMPTY_LIST}${OK}${EMPTY_LIST}`),
  "an answer and then rubbish": says(`${OK}${EMPTY_LIST}${"x".repeat(MIB)}`),
};

const memberTwice = `"x":0,`.repeat(160_000);
const bodies = {
  spaces: repeating("[", " "),
  zeros: repeating("[0", ",0"),
  nulls: repeating("[null", ",null"),
  "empty objects": repeating("[{}", ",{}"),
  "empty lists": repeating("[[]", ",[]"),
  "one string": repeating('["', "x"),
  "one string of escapes": repeating('["', "\\u0041"),
  "one string of half surrogates": repeating('["', "\\ud800"),
  "one number": repeating("[", "1"),
  "one fraction": repeating("[0.", "1"),
  "one depth": repeating("[", "["),
  "one depth of objects": repeating("[", '{"a":'),
  "one object": repeating('[{"a":0', ',"a":0'),
  "one object of numbers as names": repeating('[{"1":0', ',"77":0'),
  "one name": repeating('[{"', "n"),
  commas: repeating("[", ","),
  brackets: repeating("[[]", ",[[[[[]]]]]"),
  "no JSON": repeating("<html>", "<p>"),
  "bytes that are not text": (socket) => {
    socket.write(`${OK}${CLOSING}\r\n["`);
    pour(socket, Buffer.alloc(MIB / 4, 0xff), LONG_BYTES, () => socket.end());
  },
  NULs: repeating("[", "\0"),
  "items whose data repeats one member": repeating(
    "[0",
    `,{"data":{"uuid":"u","timestamp":1,${memberTwice}"y":0},"publicKey":"k","signature":"s"}`,
  ),
  "items of many members": repeating("[0", `,{"data":{${manyMembers((at) => `m${at}`)}},"publicKey":"k","signature":"s"}`),
  "items of numbers as names": repeating(
    "[0",
    `,{"data":{${manyMembers((at) => String(90_000 - at))}},"publicKey":"k","signature":"s"}`,
  ),
  "items of unsigned members": repeating(
    "[0",
    `,{"data":{"uuid":"u","timestamp":1},${manyMembers((at) => `m${at}`)},"publicKey":"k","signature":"s"}`,
  ),
  "items of one long string": repeating(
    "[0",
    `,{"data":{"uuid":"u","timestamp":1,"s":"${"\\n".repeat(500_000)}"},"publicKey":"k","signature":"s"}`,
  ),
  "items of long numbers": repeating(
    "[0",
    `,{"data":{"uuid":"u","timestamp":1,"l":[${"1e308,".repeat(150_000)}0]},"publicKey":"k","signature":"s"}`,
  ),
  "items of depth": repeating(
    "[0",
    `,{"data":{"uuid":"u","timestamp":1,"l":${"[".repeat(500_000)}${"]".repeat(500_000)}},"publicKey":"k","signature":"s"}`,
  ),
  "items with long keys": repeating(
    "[0",
    `,{"data":{"uuid":"u","timestamp":1},"publicKey":"${"1".repeat(500_000)}","signature":"${"2".repeat(500_000)}"}`,
  ),
  "a list that ends, and then spaces": repeating("[]", " "),
  "a list that ends, and then lists": repeating("[]", "[]"),
  "keyed items without a value": repeating("[0", ',{"key":"linktree:x","value":null}'),
};

function manyMembers(nameOf) {
  return Array.from({ length: 60_000 }, (_, at) => `"${nameOf(at)}":0`).join(",");
}

/** The kinds of answer by group and name; each is `answer(socket)`. */
export const groups = { headers, codings, statuses, protocols, bodies };

const urls = (count, urlOf) => JSON.stringify(Array.from({ length: count }, (_, at) => ({ data: { url: urlOf(at) } })));

/** Node lists as their bodies; the service answers with one of them. */
export const nodeLists = {
  "10 000 hosts of 1 500 bytes": () => urls(10_000, (at) => `http://${"h".repeat(1_500)}${at}`),
  "10 000 hosts of 1 500 bytes in labels": () => urls(10_000, (at) => `http://${"ab.".repeat(500)}n${at}`),
  "10 000 urls of one host": () => urls(10_000, (at) => `http://one.example:${at + 1}`),
  "10 000 paths of one host": () => urls(10_000, (at) => `http://one.example/${at}/${"p/".repeat(600)}`),
  "10 000 urls of dots": () => urls(10_000, (at) => `http://h${at}.example/${"../".repeat(400)}`),
  "10 000 urls of escapes": () => urls(10_000, (at) => `http://h${at}.example/${"%41".repeat(500)}`),
  "16 MiB of spaces": () => `[${" ".repeat(16 * MIB - 2)}]`,
  "16 MiB of escapes": () => `["${"\\u0041".repeat((16 * MIB) / 6 - 2)}"]`,
  "16 MiB of percent signs": () => `["http://a.example/${"%".repeat(16 * MIB - 40)}"]`,
  "16 MiB of brackets": () => "[".repeat(16 * MIB - 1),
  "16 MiB of one object": () => `{${'"a":0,'.repeat((16 * MIB) / 6 - 2)}"b":0}`,
  "a string that holds 16 MiB of list": () => JSON.stringify(`[${'\\"\\",'.repeat(1_500_000)}0]`),
  "3 000 000 zeros": () => `[${"0,".repeat(3_000_000)}0]`,
  "10 000 urls with control characters": () => urls(10_000, (at) => `http://a.example/\u001b]0;${at}\u0007\r\nforged`),
  "10 000 credentials": () => urls(10_000, (at) => `http://user:${at}@a.example/`),
  "10 000 private addresses": () => urls(10_000, (at) => `http://10.0.${at >> 8}.${at & 255}:8080`),
  "ports of other services": () => urls(1_000, (at) => `http://h${at}.example:${[22, 25, 3306, 5432, 6379][at % 5]}`),
};
