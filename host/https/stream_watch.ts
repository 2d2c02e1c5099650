/** Counts the streams of HTTP/2 connections that are asked for and not answered to their end (RFC 9113 §4.1, §6). @module */

const HEADER_BYTES = 9;
const DATA = 0;
const HEADERS = 1;
const RESET = 3;
const END_STREAM = 1;
/** What a visitor sends first (RFC 9113 §3.4). */
const PREFACE = new TextEncoder().encode("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
/** The runtime takes 200 of a connection at once, and ends one that resets many; nobody comes near this by mistake. */
const IDS_MAX = 2_000;

/** All connections of a relay together. */
export type Streams = { open: number };

/** The streams of one connection. Frames are only told apart by their heads; what is wrong with them the runtime says. */
export class StreamWatch {
  readonly #all: Streams;
  readonly #ids = new Set<number>();
  readonly #asked = new FrameHeads(PREFACE.length);
  readonly #answered = new FrameHeads(0);
  #begun = 0;

  constructor(all: Streams) {
    this.#all = all;
  }

  get open(): number {
    return this.#ids.size;
  }

  /** Bytes that the visitor sent; false when it has begun more than anybody may, or does not speak HTTP/2 after all. */
  hear(chunk: Uint8Array): boolean {
    for (let i = 0; this.#begun < PREFACE.length && i < chunk.length; i++, this.#begun++) {
      if (chunk[i] !== PREFACE[this.#begun]) return false;
    }
    this.#asked.read(chunk, (kind, _flags, id) => {
      if (kind === HEADERS) this.#begin(id);
      if (kind === RESET) this.#end(id);
    });
    return this.#ids.size <= IDS_MAX;
  }

  /** Bytes that were answered. */
  answer(chunk: Uint8Array): void {
    this.#answered.read(chunk, (kind, flags, id) => {
      const isLast = (kind === DATA || kind === HEADERS) && (flags & END_STREAM) !== 0;
      if (isLast || kind === RESET) this.#end(id);
    });
  }

  /** The connection is gone. */
  close(): void {
    this.#all.open -= this.#ids.size;
    this.#ids.clear();
  }

  #begin(id: number): void {
    if (this.#ids.has(id)) return;
    this.#ids.add(id);
    this.#all.open += 1;
  }

  #end(id: number): void {
    if (this.#ids.delete(id)) this.#all.open -= 1;
  }
}

/** Finds the heads of frames in bytes that come in pieces. */
class FrameHeads {
  readonly #head = new Uint8Array(HEADER_BYTES);
  #held = 0;
  #skip: number;

  constructor(skip: number) {
    this.#skip = skip;
  }

  read(chunk: Uint8Array, found: (kind: number, flags: number, id: number) => void): void {
    for (let at = 0; at < chunk.length;) {
      const passed = Math.min(this.#skip, chunk.length - at);
      at += passed;
      this.#skip -= passed;
      if (at === chunk.length) return;
      const part = chunk.subarray(at, at + HEADER_BYTES - this.#held);
      this.#head.set(part, this.#held);
      this.#held += part.length;
      at += part.length;
      if (this.#held < HEADER_BYTES) return;
      this.#held = 0;
      const [a = 0, b = 0, c = 0, kind = 0, flags = 0, d = 0, e = 0, f = 0, g = 0] = this.#head;
      this.#skip = (a << 16) | (b << 8) | c;
      found(kind, flags, (((d & 0x7f) << 24) | (e << 16) | (f << 8) | g) >>> 0);
    }
  }
}
