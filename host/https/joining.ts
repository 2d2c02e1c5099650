/** Carries bytes between a visitor's socket and our own HTTP server, and cuts off whoever is too slow. @module */
import type { Socket } from "node:net";
import { HeadWatch } from "./head_watch.ts";
import type { StreamWatch } from "./stream_watch.ts";

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
  outside: Socket,
  inside: Deno.TcpConn,
  { headMs, idleMs, streams }: JoiningLimits,
): Promise<void> {
  using _inside = closing(inside);
  inside.setNoDelay(true);
  const cut = () => void outside.destroy();
  const heads = streams === undefined ? new HeadWatch() : undefined;
  let headTimer: ReturnType<typeof setTimeout> | undefined;
  let lingerTimer: ReturnType<typeof setTimeout> | undefined;
  let movedAtMs = performance.now();
  const idleTimer = setInterval(() => {
    if (performance.now() - movedAtMs > idleMs) cut();
  }, idleMs / 4);
  const closed = new Promise<void>((resolve) => outside.once("close", () => resolve()));

  async function ask(): Promise<void> {
    for await (const chunk of outside as AsyncIterable<Uint8Array>) {
      movedAtMs = performance.now();
      if (streams?.hear(chunk) === false) return cut();
      if (heads !== undefined) {
        const wasInHead = heads.isInHead;
        if (!heads.hear(chunk)) return cut();
        if (heads.isInHead && !wasInHead) headTimer = setTimeout(cut, headMs);
        if (!heads.isInHead) clearTimeout(headTimer);
      }
      for (let sent = 0; sent < chunk.length;) sent += await inside.write(chunk.subarray(sent));
    }
    await inside.closeWrite();
  }

  async function answer(): Promise<void> {
    const buffer = new Uint8Array(BUFFER_BYTES);
    while (true) {
      const length = await inside.read(buffer);
      if (length === null) break;
      movedAtMs = performance.now();
      // A copy: what is being written belongs to the socket until it is gone.
      const chunk = buffer.slice(0, length);
      heads?.answer(chunk);
      streams?.answer(chunk);
      if (outside.destroyed) return;
      if (outside.write(chunk)) continue;
      await Promise.race([new Promise<void>((resolve) => outside.once("drain", resolve)), closed]);
      movedAtMs = performance.now();
    }
    outside.end();
  }

  const asking = ask().catch(cut);
  const answering = answer().catch(cut);
  try {
    await Promise.race([answering, closed]);
    // What is written already still arrives.
    lingerTimer = setTimeout(cut, headMs);
    await closed;
  } finally {
    clearTimeout(lingerTimer);
    clearInterval(idleTimer);
    clearTimeout(headTimer);
    cut();
    closeQuietly(inside);
    await Promise.allSettled([asking, answering]);
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
