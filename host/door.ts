/** Where requests come in: plain HTTP on one port, or HTTPS with everything that belongs to it. @module */
import type { BlockList } from "node:net";
import type { Deps, LogLine } from "../routes/app.ts";
import { makeLastAnswer } from "../routes/last_answer.ts";
import type { Handler } from "../routes/page_cache.ts";
import { hostInUrl, isLoopbackHost } from "./address.ts";
import type { HttpsOptions } from "./https/options.ts";
import { listen } from "./listen.ts";
import type { PrintedEvent } from "./setup_link.ts";

/** How it is opened. */
export type DoorOptions = Readonly<{
  host: string;
  port: number;
  /** The public origin, if one was given. */
  address: string | undefined;
  /** HTTPS by this program itself; undefined: plain HTTP on `port`. */
  https: HttpsOptions | undefined;
  /** Whose word on visitors is believed. */
  proxies: BlockList | undefined;
  log: (line: LogLine) => void;
}>;

/** An open door. */
export type Door = Readonly<{
  /** The port of plain HTTP, which programs on this machine use. */
  port: number;
  /** Where a program on this machine reaches it. */
  localUrl: string;
  /** What is told when it is open. */
  event: PrintedEvent;
  /** What the person should know besides; undefined for nothing. */
  remark: string | undefined;
  /** Begins the work that goes with it, once the database is surely ours. */
  begin: () => void;
  stop: () => Promise<void>;
}>;

/** What answers behind it. */
export type DoorParts = Readonly<{ handle: Handler; deps: Deps; isReadOnly: boolean }>;

/** Opens it. Throws CommandProblem where that does not work. */
export async function openDoor(options: DoorOptions, parts: DoorParts): Promise<Door> {
  const { proxies, https } = options;
  const { handle, deps: { origin } } = parts;
  let handler = handle;
  if (proxies !== undefined) {
    const { believeProxies } = await import("./forwarded.ts");
    handler = believeProxies(handle, { proxies, origin });
  }
  if (https === undefined) return openPlain(options, handler);
  return await openHttps(options, { ...parts, https, handler });
}

function openPlain({ host, port, address, log }: DoorOptions, handler: Handler): Door {
  const listener = listen({
    host,
    port,
    handler,
    onError: (error) => {
      log({ level: "error", message: "A request failed.", error });
      return makeLastAnswer();
    },
    onLost: () =>
      log({
        level: "warning",
        message: "The system could take no more connections; the port is opened again. " +
          "If this comes often, allow more open files (ulimit -n) or put a proxy in front.",
      }),
  });
  const localUrl = makeLocalUrl(listener);
  // What the owner can open: the origin where it is the same, else the socket's own address.
  const isDefault = isLoopbackHost(host) && address === undefined;
  const shown = isDefault ? `http://localhost:${listener.port}` : localUrl;
  return {
    port: listener.port,
    localUrl,
    event: { text: `Listening on ${shown}`, value: { listening: shown } },
    remark: address === undefined && !isLoopbackHost(host)
      ? "Others can reach this port, but links are made for this machine: give --address https://… for your readers."
      : undefined,
    begin: () => {},
    stop: listener.stop,
  };
}

async function openHttps(
  { log }: DoorOptions,
  { https, handler, deps, isReadOnly }:
    & Omit<DoorParts, "handle">
    & Readonly<{ https: HttpsOptions; handler: Handler }>,
): Promise<Door> {
  // Loaded only where it is needed: a server behind a proxy keeps its memory.
  const { openPorts } = await import("./https/ports.ts");
  const { db } = deps;
  const ports = await openPorts({ https, db, isReadOnly, handler, deps, log });
  const { host, httpPort, httpsPort } = ports;
  const listening = deps.origin();
  const fingerprint = ports.fingerprint();
  return {
    port: httpPort,
    localUrl: makeLocalUrl({ host, port: httpPort }),
    event: {
      text: `Listening on ${listening} (ports ${httpPort} and ${httpsPort})`,
      value: { listening, httpPort, httpsPort, ...(fingerprint && { fingerprint }) },
    },
    remark: fingerprint === undefined ? undefined : describeFingerprint(https, fingerprint),
    begin: ports.keep,
    stop: ports.stop,
  };
}

function describeFingerprint({ name, isPublicName }: HttpsOptions, fingerprint: string): string {
  const until = isPublicName
    ? "Until there is a certificate for"
    : "No authority gives a certificate for";
  return `${until} ${name}${
    isPublicName ? "," : ":"
  } browsers warn. Go on only if the certificate's ` +
    `SHA-256 fingerprint that they show is\n  ${fingerprint}`;
}

/** Where a program on this machine reaches the socket. */
function makeLocalUrl({ host, port }: Readonly<{ host: string; port: number }>): string {
  const isEverywhere = host === "0.0.0.0" || host === "::" || host === "localhost";
  return `http://${isEverywhere ? "127.0.0.1" : hostInUrl(host)}:${port}`;
}
