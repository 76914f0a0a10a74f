// Counts the bytes of HTTP/1.1 as they pass: those of bodies apart from those of heads.

const END_OF_HEAD = Buffer.from("\r\n\r\n");
const END_OF_LINE = Buffer.from("\r\n");

/** The requests of one connection. A GET has no body, and nothing else is sent here. */
export class HttpParts {
  #asked = new Heads();
  #answered = Buffer.alloc(0);
  /** Requests without their whole answers, the eldest first. */
  #open = [];
  /** How many bytes of the current body are left, if an answer's head has been read. */
  #left;
  #isChunked = false;
  #done;

  /** `done({ target, status, headBytes, bodyBytes })` is called for each answer that has ended. */
  constructor(done) {
    this.#done = done;
  }

  sent(bytes) {
    for (const head of this.#asked.take(bytes)) {
      this.#open.push({ target: head.toString("latin1").split(" ")[1], headBytes: head.length, bodyBytes: 0 });
    }
  }

  received(bytes) {
    this.#answered = Buffer.concat([this.#answered, bytes]);
    while (this.#step());
  }

  /** Reads one part of an answer; returns whether there may be another. */
  #step() {
    if (this.#left === undefined) return this.#readHead();
    if (this.#left > 0) {
      const body = this.#taken(Math.min(this.#left, this.#answered.length));
      this.#open[0].bodyBytes += body.length;
      this.#left -= body.length;
      if (this.#left > 0) return false;
    }
    return this.#isChunked ? this.#readChunk() : this.#end();
  }

  #readHead() {
    this.#skipLineBreak();
    const head = this.#upTo(END_OF_HEAD);
    if (head === undefined) return false;
    const text = head.toString("latin1");
    const exchange = this.#open[0];
    exchange.headBytes += head.length;
    exchange.status = Number(text.split(" ")[1]);
    this.#isChunked = /\r\ntransfer-encoding: *chunked/i.test(text);
    this.#left = exchange.status === 304 ? 0 : Number(/\r\ncontent-length: *(\d+)/i.exec(text)?.[1] ?? 0);
    return true;
  }

  /** The line with a chunk's length; it and the line break before it are part of no body. */
  #readChunk() {
    this.#skipLineBreak();
    const line = this.#upTo(END_OF_LINE);
    if (line === undefined) return false;
    this.#open[0].headBytes += line.length;
    this.#left = Number.parseInt(line.toString("latin1"), 16);
    return this.#left > 0 || this.#end();
  }

  #end() {
    this.#left = undefined;
    this.#isChunked = false;
    this.#done(this.#open.shift());
    return true;
  }

  /** A line break ends a chunk; that of the last one may come when its answer has ended, and is counted for the next. */
  #skipLineBreak() {
    if (this.#answered.subarray(0, 2).equals(END_OF_LINE) && this.#open.length > 0)
      this.#open[0].headBytes += this.#taken(2).length;
  }

  #upTo(end) {
    const at = this.#answered.indexOf(end);
    return at < 0 ? undefined : this.#taken(at + end.length);
  }

  #taken(length) {
    const taken = this.#answered.subarray(0, length);
    this.#answered = this.#answered.subarray(length);
    return taken;
  }
}

/** Cuts what is sent into heads. */
class Heads {
  #rest = Buffer.alloc(0);

  take(bytes) {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    const heads = [];
    for (let at = this.#rest.indexOf(END_OF_HEAD); at >= 0; at = this.#rest.indexOf(END_OF_HEAD)) {
      heads.push(this.#rest.subarray(0, at + END_OF_HEAD.length));
      this.#rest = this.#rest.subarray(at + END_OF_HEAD.length);
    }
    return heads;
  }
}
