/** Carries bytes between a visitor's socket and our own HTTP server, and cuts off whoever is too slow. @module */
import type { Socket } from "node:net";
import { HeadWatch } from "./head_watch.ts";
import type { Intake } from "./intake.ts";
import type { StreamWatch } from "./stream_watch.ts";

/** Whoever closes their half is still answered; so long after the last byte the answer is over. */
const LINGER_MS = 100;
const BUFFER_BYTES = 32 * 1024;

/** How long is waited, in milliseconds. */
export type JoiningLimits = Readonly<{
  headMs: number;
  idleMs: number;
  /** For HTTP/2, whose frames the server inside bounds itself; undefined for HTTP/1.1. */
  streams: StreamWatch | undefined;
}>;

/** Carries bytes both ways until one side is done; then both are closed. */
export async function joinSockets(
  { socket: outside, intake }: Readonly<{ socket: Socket; intake: Intake }>,
  inside: Deno.TcpConn,
  limits: JoiningLimits,
): Promise<void> {
  using _inside = closing(inside);
  inside.setNoDelay(true);
  const { headMs, idleMs } = limits;
  const joint = new Joint(outside, inside, limits);
  const cut = () => void outside.destroy();
  const idleTimer = setInterval(() => {
    if (joint.stillMs > idleMs) cut();
  }, idleMs / 4);
  const { closed } = intake;
  let lingerTimer: ReturnType<typeof setTimeout> | undefined;
  // Where the server inside takes no more, it has perhaps said why: that still arrives.
  const asking = joint.ask(intake, cut).catch(() => {});
  const answering = joint.answer(closed).catch(cut);
  try {
    await Promise.race([answering, closed]);
    // What is written already still arrives.
    lingerTimer = setTimeout(cut, headMs);
    await closed;
  } finally {
    clearTimeout(lingerTimer);
    clearInterval(idleTimer);
    joint.end();
    cut();
    closeQuietly(inside);
    await Promise.allSettled([asking, answering]);
  }
}

class Joint {
  readonly #outside: Socket;
  readonly #inside: Deno.TcpConn;
  readonly #limits: JoiningLimits;
  readonly #heads: HeadWatch | undefined;
  #headTimer: ReturnType<typeof setTimeout> | undefined;
  #movedAtMs = performance.now();
  #isOver = false;

  constructor(outside: Socket, inside: Deno.TcpConn, limits: JoiningLimits) {
    this.#outside = outside;
    this.#inside = inside;
    this.#limits = limits;
    this.#heads = limits.streams === undefined ? new HeadWatch() : undefined;
  }

  /** For how long nothing has moved. */
  get stillMs(): number {
    return performance.now() - this.#movedAtMs;
  }

  async ask(intake: Intake, cut: () => void): Promise<void> {
    for (let chunk = await intake.next(); chunk !== undefined; chunk = await intake.next()) {
      this.#movedAtMs = performance.now();
      if (!this.#hear(chunk, cut)) return cut();
      for (let sent = 0; sent < chunk.length;) {
        sent += await this.#inside.write(chunk.subarray(sent));
      }
    }
    await this.#untilAnswered();
    await this.#inside.closeWrite();
  }

  async answer(closed: Promise<void>): Promise<void> {
    const buffer = new Uint8Array(BUFFER_BYTES);
    while (true) {
      const length = await this.#inside.read(buffer);
      if (length === null) break;
      this.#movedAtMs = performance.now();
      // A copy: what is being written belongs to the socket until it is gone.
      const chunk = buffer.slice(0, length);
      this.#heads?.answer(chunk);
      this.#limits.streams?.answer(chunk);
      const outside = this.#outside;
      if (outside.destroyed) return;
      if (outside.write(chunk)) continue;
      await Promise.race([new Promise<void>((resolve) => outside.once("drain", resolve)), closed]);
      this.#movedAtMs = performance.now();
    }
    this.#outside.end();
  }

  end(): void {
    this.#isOver = true;
    clearTimeout(this.#headTimer);
  }

  /** False for what nobody may send. */
  #hear(chunk: Uint8Array, cut: () => void): boolean {
    const { streams, headMs } = this.#limits;
    if (streams !== undefined) return streams.hear(chunk);
    const heads = this.#heads;
    if (heads === undefined) return true;
    const wasInHead = heads.isInHead;
    if (!heads.hear(chunk)) return false;
    if (heads.isInHead && !wasInHead) this.#headTimer = setTimeout(cut, headMs);
    if (!heads.isInHead) clearTimeout(this.#headTimer);
    return true;
  }

  /** The server behind takes half a connection for one that is gone: it hears of the end when nothing is waited for. */
  async #untilAnswered(): Promise<void> {
    const isWaiting = () => this.#heads?.isBehind ?? (this.#limits.streams?.open ?? 0) > 0;
    while (!this.#isOver && (isWaiting() || this.stillMs < LINGER_MS)) {
      await new Promise((resolve) => setTimeout(resolve, LINGER_MS / 4));
    }
  }
}

function closing(connection: Deno.TcpConn): Disposable {
  return { [Symbol.dispose]: () => closeQuietly(connection) };
}

function closeQuietly(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // Closed already: that is what was wanted.
  }
}
