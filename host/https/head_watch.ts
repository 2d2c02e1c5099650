/** Watches the bytes of an HTTP/1.1 connection for a request's head that is too long, or never ends. @module */

/** A request line and headers may be this long together. */
export const HEAD_BYTES_MAX = 16_384;

/** How HTTP/2 begins, which is spoken only where it was agreed on: nothing here counts its streams. */
const HTTP2 = new TextEncoder().encode("PRI ");

const RETURN = 13;
const NEWLINE = 10;
/** `HTTP/1.1 1`: an answer that only says that the body may come. */
const INTERIM = new TextEncoder().encode("HTTP/1.1 1");

/** Where a connection stands between two requests, in a head, or behind one. */
export class HeadWatch {
  #state: "between" | "head" | "behind" = "between";
  #bytes = 0;
  /** How much of an empty line the last bytes were: CR LF CR LF, or LF LF. */
  #newlines = 0;
  /** How many bytes of it, so far all, are those of HTTP/2. */
  #alike = 0;

  /** True while a head has begun and not ended: it must end in time. */
  get isInHead(): boolean {
    return this.#state === "head";
  }

  /** True while a request was read and nothing of its answer has come. */
  get isBehind(): boolean {
    return this.#state === "behind";
  }

  /** Bytes that the visitor sent; false when its head is too long, or is none of HTTP/1.1. */
  hear(chunk: Uint8Array): boolean {
    if (this.#state === "behind") return true;
    if (this.#state === "between") {
      this.#state = "head";
      this.#bytes = 0;
      this.#newlines = 0;
      this.#alike = 0;
    }
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i];
      if (byte === NEWLINE) this.#newlines += 1;
      else if (byte !== RETURN) this.#newlines = 0;
      if (this.#alike === this.#bytes && byte === HTTP2[this.#bytes]) this.#alike += 1;
      if (this.#alike === HTTP2.length) return false;
      this.#bytes += 1;
      // An empty line in front of a request is no end of one.
      if (this.#newlines >= 2 && this.#bytes > 4) {
        this.#state = "behind";
        return true;
      }
      if (this.#bytes > HEAD_BYTES_MAX) return false;
    }
    return true;
  }

  /** Bytes that were answered: what comes next from the visitor is another head, unless only its body was asked for. */
  answer(chunk: Uint8Array): void {
    if (INTERIM.every((byte, i) => chunk[i] === byte)) return;
    if (this.#state === "behind") this.#state = "between";
  }
}
