/** Takes in what a visitor sends, no faster than it is passed on. @module */
import type { Socket } from "node:net";

/** Above so many bytes that nobody has taken yet, the visitor waits. */
export const HELD_BYTES = 64 * 1024;
/** A socket that goes on all the same is cut off: some system calls are always ahead of its being stopped. */
const HELD_BYTES_MAX = 64 * HELD_BYTES;

/**
 * Of all visitors of a relay together: the system hands over two megabytes at once before one can be stopped. Above it those who
 * wait are cut off; who holds too little to have to wait is not, so that many of those may hold more.
 */
export const ALL_BYTES_MAX = 32 * 1024 * 1024;

/** What all have sent and nobody has taken yet. */
export class Holding {
  #bytes = 0;
  /** Those who wait, and how each gives up what it holds: first the one from whom nothing was taken for longest. */
  readonly #waiting = new Map<Socket, () => void>();

  get bytes(): number {
    return this.#bytes;
  }

  /** One has sent so much, or, below zero, so much of theirs is gone. */
  change(bytes: number): void {
    this.#bytes += bytes;
    if (bytes <= 0 || this.#bytes <= ALL_BYTES_MAX) return;
    const [longest] = this.#waiting;
    if (longest === undefined) return;
    const [socket, drop] = longest;
    this.#waiting.delete(socket);
    // At once: it is closed a moment later, and until then the next piece would cost somebody else's connection.
    drop();
    socket.destroy();
  }

  /** One waits from now on, or something was taken just now from one who waits. */
  keep(socket: Socket, drop: () => void): void {
    this.#waiting.delete(socket);
    this.#waiting.set(socket, drop);
  }

  /** One waits no more. */
  release(socket: Socket): void {
    this.#waiting.delete(socket);
  }
}

/** The end of reading from the system, and its beginning. */
export type Flow = Readonly<{ stop: () => void; start: () => void }>;

/** What a socket has received, piece by piece. */
export class Intake {
  /** Until the socket is closed. */
  readonly closed: Promise<void>;
  readonly #pieces: Uint8Array[] = [];
  readonly #socket: Socket;
  readonly #flow: Flow;
  readonly #all: Holding;
  #heldBytes = 0;
  #isStopped = false;
  #isOver = false;
  #wake = () => {};

  constructor(socket: Socket, flow: Flow, all: Holding) {
    this.#socket = socket;
    this.#flow = flow;
    this.#all = all;
    socket.on("data", (piece: Uint8Array) => {
      this.#take(piece);
      if (this.#heldBytes > HELD_BYTES_MAX) socket.destroy();
    });
    this.closed = new Promise((resolve) => {
      if (socket.closed) {
        this.#isOver = true;
        resolve();
      } else {
        socket.once("close", () => resolve());
      }
    });
    socket.once("end", () => this.#end());
    socket.once("close", () => {
      this.#end();
      // Nobody is there any more to whom it could be answered.
      all.release(socket);
      this.#drop();
    });
  }

  /** The next piece; undefined at the end of what the visitor sends. */
  async next(): Promise<Uint8Array | undefined> {
    while (this.#pieces.length === 0 && !this.#isOver) {
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    const piece = this.#pieces.shift();
    if (piece === undefined) return undefined;
    this.#heldBytes -= piece.length;
    this.#all.change(-piece.length);
    if (!this.#isStopped) return piece;
    this.#all.keep(this.#socket, this.#drop);
    if (this.#heldBytes < HELD_BYTES / 2) {
      this.#isStopped = false;
      this.#all.release(this.#socket);
      this.#flow.start();
    }
    return piece;
  }

  #take(piece: Uint8Array): void {
    this.#pieces.push(piece);
    this.#heldBytes += piece.length;
    if (!this.#isStopped && this.#heldBytes >= HELD_BYTES) {
      this.#isStopped = true;
      this.#all.keep(this.#socket, this.#drop);
      this.#flow.stop();
    }
    this.#all.change(piece.length);
    this.#wake();
  }

  readonly #drop = (): void => {
    this.#all.change(-this.#heldBytes);
    this.#heldBytes = 0;
    this.#pieces.length = 0;
  };

  #end(): void {
    this.#isOver = true;
    this.#wake();
  }
}

/** How a connection without TLS is held up. */
export function flowOf(socket: Socket): Flow {
  return { stop: () => void socket.pause(), start: () => void socket.resume() };
}

/**
 * How one with TLS is: `raw` is the socket below it. The runtime goes on reading, decrypting and keeping whatever comes while a TLS
 * socket is paused, so the system's end of the socket below is stopped, which only its handle can.
 */
export function flowBelow(raw: Socket): Flow {
  return { stop: () => handleOf(raw)?.readStop(), start: () => handleOf(raw)?.readStart() };
}

type Handle = Readonly<{ readStop: () => void; readStart: () => void }>;

/** Undefined once it is closed. */
function handleOf(raw: Socket): Handle | undefined {
  const handle: unknown = "_handle" in raw ? raw._handle : undefined;
  return isHandle(handle) ? handle : undefined;
}

function isHandle(value: unknown): value is Handle {
  return typeof value === "object" && value !== null && "readStop" in value &&
    "readStart" in value;
}
