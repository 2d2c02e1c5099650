/** Makes sure that a server goes on taking connections. @module */
import type { Server, Socket } from "node:net";

/** What it works with. */
export type AcceptingOptions = Readonly<{ host: string; onError: (error: unknown) => void }>;

/** A watch over a server. */
export type AcceptingWatch = Readonly<{
  /** Says whether a connection is one that only looks. */
  isOwn: (socket: Socket) => boolean;
  begin: (port: number) => void;
  /** Looks in a moment: the system had no file left for something else. */
  hasten: () => void;
  /** True while the port is bound anew. */
  isBinding: () => boolean;
  stop: () => Promise<void>;
}>;

const LOST = "The system could take no more connections; the port is opened again.";
const ANSWER_MS = 2_000;
/** A container has the socket for both families, and often no IPv6 address, not even its own: then this one leads there too. */
const IPV4 = "127.0.0.1";
/** By which address of its own a machine reaches a socket that takes everybody. */
const OWN: ReadonlyMap<string, string> = new Map([["::", "::1"], ["0.0.0.0", IPV4]]);
/** While somebody comes and goes it is looked so much more often than otherwise. */
const VISITED_TIMES = 6;
/** And so much more where something is wrong. */
const DOUBTFUL_TIMES = 30;

/** Binds host and port; rejects with the system's error. */
export function bind(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (settle: () => void) => {
      server.off("error", fail);
      server.off("listening", succeed);
      settle();
    };
    const fail = (error: Error) => end(() => reject(error));
    const succeed = () => end(resolve);
    server.once("error", fail);
    server.once("listening", succeed);
    server.listen(port, host);
  });
}

/**
 * When the system has no file left for one more connection, the runtime stops taking any, for good and without a word. So as long
 * as nobody else comes it is looked, by a connection of our own, whether they are taken; if not, the port is bound anew. Connections
 * that are open stay.
 */
export function watchAccepting(
  server: Server,
  options: AcceptingOptions,
  everyMs: number,
): AcceptingWatch {
  const watch = new Watch(server, options, everyMs);
  return {
    isOwn: (socket) => watch.isOwn(socket),
    begin: (port) => watch.begin(port),
    hasten: () => watch.hasten(),
    isBinding: () => watch.isBinding,
    stop: () => watch.stop(),
  };
}

class Watch {
  readonly #server: Server;
  readonly #options: AcceptingOptions;
  readonly #everyMs: number;
  #hostname: string;
  /** Undefined before the beginning and after the end. */
  #port: number | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #dueAtMs = 0;
  #looking: Promise<void> | undefined;
  #isTaken = false;
  #isVisited = false;
  #isTold = false;
  #isBinding = false;
  readonly #own = new Map<number, () => void>();
  /** Ports that came while it was looked: one may be taken before its own number is known here. */
  readonly #recent = new Set<number>();

  constructor(server: Server, options: AcceptingOptions, everyMs: number) {
    this.#server = server;
    this.#options = options;
    this.#everyMs = everyMs;
    this.#hostname = OWN.get(options.host) ?? options.host;
  }

  get isBinding(): boolean {
    return this.#isBinding;
  }

  begin(port: number): void {
    this.#port = port;
    this.#schedule(this.#everyMs);
  }

  async stop(): Promise<void> {
    this.#port = undefined;
    clearTimeout(this.#timer);
    await this.#looking;
  }

  hasten(): void {
    this.#isTaken = false;
    this.#scheduleBy(this.#everyMs / DOUBTFUL_TIMES);
  }

  isOwn({ remotePort = 0 }: Socket): boolean {
    if (this.#looking !== undefined) this.#recent.add(remotePort);
    const found = this.#own.get(remotePort);
    found?.();
    if (found !== undefined) return true;
    this.#isTaken = true;
    if (!this.#isVisited) this.#scheduleBy(this.#everyMs / VISITED_TIMES);
    this.#isVisited = true;
    return false;
  }

  #schedule(ms: number): void {
    clearTimeout(this.#timer);
    this.#dueAtMs = performance.now() + ms;
    this.#timer = setTimeout(() => this.#turn(), ms);
  }

  /** The same, unless it is due sooner. */
  #scheduleBy(ms: number): void {
    const isWaiting = this.#port !== undefined && this.#looking === undefined;
    if (isWaiting && this.#dueAtMs > performance.now() + ms) this.#schedule(ms);
  }

  #turn(): void {
    if (this.#port === undefined) return;
    if (this.#isTaken) {
      this.#isTaken = false;
      return this.#schedule(this.#everyMs / VISITED_TIMES);
    }
    this.#isVisited = false;
    this.#looking = this.#look(this.#port).catch((error) => {
      this.#options.onError(error);
      return false;
    }).then((isGood) => {
      this.#looking = undefined;
      this.#recent.clear();
      if (this.#port === undefined) return;
      const times = !isGood ? DOUBTFUL_TIMES : this.#isVisited ? VISITED_TIMES : 1;
      this.#schedule(this.#everyMs / times);
    });
  }

  /** True when connections are taken as they should be. */
  async #look(port: number): Promise<boolean> {
    const { host, onError } = this.#options;
    const found = await this.#findTaken(port);
    // Whoever has stopped it meanwhile wants the port for something else.
    if (this.#port === undefined) return true;
    if (found === true) this.#isTold = false;
    if (found !== false) return found === true;
    // Said once for all the times that it happens until it is well again.
    const tell = this.#isTold ? () => {} : onError;
    this.#isTold = true;
    tell(new Error(LOST));
    this.#server.close();
    this.#isBinding = true;
    try {
      await bind(this.#server, host, port);
    } catch (error) {
      tell(error);
    } finally {
      this.#isBinding = false;
    }
    return false;
  }

  /** True when a connection of our own was taken; undefined where there is no file for it, so that nothing is known. */
  async #findTaken(port: number): Promise<boolean | undefined> {
    const taken = Promise.withResolvers<boolean>();
    const late = new AbortController();
    const timer = setTimeout(() => {
      late.abort();
      taken.resolve(false);
    }, ANSWER_MS);
    let connection: Deno.TcpConn;
    try {
      connection = await Deno.connect({ hostname: this.#hostname, port, signal: late.signal });
    } catch (error) {
      clearTimeout(timer);
      const isAbsent = error instanceof Deno.errors.AddrNotAvailable;
      if (isAbsent && this.#options.host === "::") this.#hostname = IPV4;
      // Where so many wait that the system lets nobody join them, nobody is taken either.
      const isKnown = late.signal.aborted || error instanceof Deno.errors.ConnectionRefused;
      return isKnown ? false : undefined;
    }
    using _connection = connection;
    const { port: ownPort } = connection.localAddr;
    if (this.#recent.delete(ownPort)) {
      clearTimeout(timer);
      this.#isVisited = this.#isTaken = this.#recent.size > 0;
      return true;
    }
    this.#own.set(ownPort, () => taken.resolve(true));
    try {
      return await taken.promise;
    } finally {
      clearTimeout(timer);
      this.#own.delete(ownPort);
    }
  }
}
