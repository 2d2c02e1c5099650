/** The listening socket: bind, answer, stop. @module */
import type { Handler } from "../routes/page_cache.ts";
import { CommandProblem } from "./command.ts";
import { hostInUrl } from "./address.ts";

/** How long requests in progress may take once the program is told to stop. */
export const STOP_MS = 10_000;

/** How long requests that were cut off may take to go. */
const CUT_MS = 2_000;
const AGAIN_MS = 250;

/** Where to listen and who answers. */
export type ListenOptions = Readonly<{
  host: string;
  port: number;
  handler: Handler;
  /** Answers for a handler that threw. */
  onError: (error: unknown) => Response;
  /** Told when the socket was lost; it is bound again at once. */
  onLost: (error: unknown) => void;
}>;

/** A bound server. */
export type Listener = Readonly<{
  host: string;
  port: number;
  /** Stops accepting, lets requests finish for ten seconds, then cuts them off. */
  stop: () => Promise<void>;
}>;

/** Binds host and port and answers with `handler`. Without IPv6, `::` becomes `0.0.0.0`. */
export function listen(options: ListenOptions): Listener {
  const { host, port } = options;
  try {
    return bind(host, options);
  } catch (error) {
    if (host === "::" && !(error instanceof Deno.errors.AddrInUse)) {
      try {
        return bind("0.0.0.0", options);
      } catch (second) {
        throw explainBind(second, { host: "0.0.0.0", port });
      }
    }
    throw explainBind(error, { host, port });
  }
}

function bind(host: string, options: ListenOptions): Listener {
  const cut = new AbortController();
  let isStopping = false;
  const start = (port: number) =>
    Deno.serve({
      hostname: host,
      port,
      signal: cut.signal,
      onListen: () => {},
      onError: options.onError,
      // What is made for one request leaves compressed too; the page cache and the mesh bring their own encodings.
      automaticCompression: true,
    }, options.handler);
  let server = start(options.port);
  const { port } = server.addr;
  // When the system has no file left for one more connection, Deno gives the socket up for good.
  const keep = async () => {
    while (!isStopping) {
      try {
        await server.finished;
        return;
      } catch (error) {
        if (isStopping) return;
        options.onLost(error);
      }
      server = await startAgain(() => start(port), () => isStopping) ?? server;
    }
  };
  const kept = keep();
  return {
    host,
    port,
    async stop() {
      isStopping = true;
      const timer = setTimeout(() => cut.abort(), STOP_MS);
      const late = Promise.withResolvers<void>();
      // Whatever the runtime waits for then: a program that is told to end ends.
      const lateTimer = setTimeout(late.resolve, STOP_MS + CUT_MS);
      await Promise.race([server.shutdown().then(() => kept), late.promise]);
      clearTimeout(timer);
      clearTimeout(lateTimer);
    },
  };
}

/** Binds again until it works; undefined when the program is told to stop meanwhile. */
async function startAgain(
  start: () => Deno.HttpServer<Deno.NetAddr>,
  isStopping: () => boolean,
): Promise<Deno.HttpServer<Deno.NetAddr> | undefined> {
  while (!isStopping()) {
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    try {
      return start();
    } catch {
      // Expected as long as there is no file left; `onLost` has said so.
    }
  }
  return undefined;
}

/** The sentence for a socket that cannot be bound; `flag` is the one that chooses its port. */
export function explainBind(
  error: unknown,
  { host, port, flag = "--port" }: Readonly<{ host: string; port: number; flag?: string }>,
): unknown {
  const at = `${hostInUrl(host)}:${port}`;
  if (isBindError(error, Deno.errors.AddrInUse, "EADDRINUSE")) {
    return new CommandProblem(
      "port_in_use",
      `Cannot listen on ${at}: another program uses this port. Stop it, or choose another with ${flag}` +
        (flag === "--port" ? ", which leaves HTTPS to a web server in front." : "."),
    );
  }
  if (isBindError(error, Deno.errors.PermissionDenied, "EACCES") && port < 1_024) {
    return new CommandProblem(
      "port_privileged",
      `Cannot listen on ${at}: the system keeps ports below 1024 for itself. Give the program the right to them ` +
        "(`sudo sysctl -w net.ipv4.ip_unprivileged_port_start=80` until the next start of the machine; for a service " +
        `AmbientCapabilities=CAP_NET_BIND_SERVICE), or choose a higher one with ${flag}.`,
    );
  }
  if (isBindError(error, Deno.errors.AddrNotAvailable, "EADDRNOTAVAIL")) {
    return new CommandProblem(
      "host_unknown",
      `Cannot listen on ${at}: this machine has no such address. ` +
        "Use --host 127.0.0.1 for this machine only, or --host :: for everybody.",
    );
  }
  if (error instanceof Error && /lookup|resolve|not known|invalid/i.test(error.message)) {
    return new CommandProblem(
      "host_unknown",
      `Cannot listen on "${host}": expected an IP address of this machine. ` +
        "Use --host 127.0.0.1 for this machine only, or --host :: for everybody.",
    );
  }
  return error;
}

/** The runtime's own sockets throw its classes, those of node a code. */
function isBindError(error: unknown, kind: new () => Error, code: string): error is Error {
  return error instanceof kind ||
    (error instanceof Error && "code" in error && error.code === code);
}
