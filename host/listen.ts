/** The listening socket: bind, answer, stop. @module */
import { CommandProblem } from "./command.ts";
import { hostInUrl } from "./address.ts";

/** How long requests in progress may take once the program is told to stop. */
const STOP_MS = 10_000;

/** What is called for each request. */
export type Handler = (
  request: Request,
  info: Deno.ServeHandlerInfo,
) => Response | Promise<Response>;

/** A bound server. */
export type Listener = Readonly<{
  host: string;
  port: number;
  /** Stops accepting, lets requests finish for ten seconds, then cuts them off. */
  stop: () => Promise<void>;
}>;

/** Binds host and port and answers with `handler`. Without IPv6, `::` becomes `0.0.0.0`. */
export function listen(
  options: Readonly<
    { host: string; port: number; handler: Handler; onError: (error: unknown) => Response }
  >,
): Listener {
  const { host, port } = options;
  try {
    return bind(host, options);
  } catch (error) {
    if (host === "::" && !(error instanceof Deno.errors.AddrInUse)) {
      try {
        return bind("0.0.0.0", options);
      } catch (second) {
        throw explainBind(second, "0.0.0.0", port);
      }
    }
    throw explainBind(error, host, port);
  }
}

function bind(host: string, options: Parameters<typeof listen>[0]): Listener {
  const cut = new AbortController();
  const server = Deno.serve({
    hostname: host,
    port: options.port,
    signal: cut.signal,
    onListen: () => {},
    onError: options.onError,
  }, options.handler);
  return {
    host,
    port: server.addr.port,
    async stop() {
      const timer = setTimeout(() => cut.abort(), STOP_MS);
      await server.shutdown();
      clearTimeout(timer);
    },
  };
}

function explainBind(error: unknown, host: string, port: number): unknown {
  const at = `${hostInUrl(host)}:${port}`;
  if (error instanceof Deno.errors.AddrInUse) {
    return new CommandProblem(
      "port_in_use",
      `Cannot listen on ${at}: another program uses this port. Stop it, or choose another with --port.`,
    );
  }
  if (error instanceof Deno.errors.PermissionDenied && port < 1_024) {
    return new CommandProblem(
      "port_privileged",
      `Cannot listen on ${at}: the system keeps ports below 1024 for itself. Choose a higher one with --port, ` +
        "or give the program the right (CAP_NET_BIND_SERVICE).",
    );
  }
  if (error instanceof Deno.errors.AddrNotAvailable) {
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
