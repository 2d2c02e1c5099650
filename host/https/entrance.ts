/** Leads visitors to our own HTTP server inside, and keeps in mind who is there. @module */
import type { Socket } from "node:net";
import { plainAddress } from "./crowd.ts";
import { type Flow, Holding, Intake } from "./intake.ts";
import { type JoiningLimits, joinSockets } from "./joining.ts";
import { type Streams, StreamWatch } from "./stream_watch.ts";
import type { Visitors } from "./visitors.ts";

/** HTTP/2 over TLS; HTTP/1.1 over TLS; HTTP/1.1 without. */
type Kind = "binary" | "text" | "plain";

/** Where it leads. */
export type EntranceParts = Readonly<{
  /** The port inside. */
  port: number;
  visitors: Visitors;
  streams: Streams;
  limits: Omit<JoiningLimits, "streams">;
  /** True where TLS is spoken. */
  isSecure: boolean;
  onError: (error: unknown) => void;
  /** Told when there is no connection to be had inside. */
  onLost: () => void;
}>;

const INSIDE = "127.0.0.1";

/** The one way in. */
export class Entrance {
  readonly #parts: EntranceParts;
  readonly #holding = new Holding();
  readonly #joined = new Set<Promise<void>>();

  constructor(parts: EntranceParts) {
    this.#parts = parts;
  }

  /** Joins a visitor with the server inside, until one of them is done; `onIn` is called when they are there, or gone. */
  join(socket: Socket, kind: Kind, flow: Flow, onIn: () => void): void {
    // At once: what comes before the server inside is reached counts too.
    const intake = new Intake(socket, flow, this.#holding);
    const done = this.#joinVisitor(socket, kind, intake, onIn).catch(this.#parts.onError)
      .finally(() => this.#joined.delete(done));
    this.#joined.add(done);
  }

  /** Until those who are there now are gone. */
  async untilEmpty(): Promise<void> {
    await Promise.all(this.#joined);
  }

  async #joinVisitor(
    socket: Socket,
    kind: Kind,
    intake: Intake,
    onIn: () => void,
  ): Promise<void> {
    const { port, visitors, limits, isSecure, onLost } = this.#parts;
    const streams = kind === "binary" ? new StreamWatch(this.#parts.streams) : undefined;
    socket.on("error", () => socket.destroy());
    const hostname = plainAddress(socket.remoteAddress ?? "");
    const address = { transport: "tcp", hostname, port: socket.remotePort ?? 0 } as const;
    let inside: Deno.TcpConn;
    try {
      inside = await Deno.connect({ hostname: INSIDE, port });
    } catch {
      // Being stopped, or no file left for another connection: the visitor comes again.
      socket.destroy();
      onLost();
      return;
    } finally {
      onIn();
    }
    const own = inside.localAddr.port;
    visitors.set(own, { address, streams, isPlain: isSecure && kind === "plain" });
    try {
      await joinSockets({ socket, intake }, inside, { ...limits, streams });
    } finally {
      visitors.delete(own);
      streams?.close();
    }
  }
}
