/** Where requests come in: plain HTTP on one port, or HTTPS with everything that belongs to it. @module */
import type { BlockList } from "node:net";
import type { Deps, LogLine } from "../routes/app.ts";
import { makeLastAnswer } from "../routes/last_answer.ts";
import type { Handler } from "../routes/page_cache.ts";
import { hostInUrl, isLoopbackHost } from "./address.ts";
import type { Standing } from "./https/desk.ts";
import type { HttpsPlan } from "./https/options.ts";
import { listen } from "./listen.ts";
import type { PrintedEvent } from "./setup_link.ts";

/** How it is opened. */
export type DoorOptions = Readonly<{
  host: string;
  port: number;
  /** The public origin, if one was given. */
  address: string | undefined;
  /** HTTPS by this program itself, as soon as there is an https address; undefined: plain HTTP on `port` only. */
  https: HttpsPlan | undefined;
  /** Whose word on visitors is believed. */
  proxies: BlockList | undefined;
  isDev: boolean;
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
  /** How it stands with HTTPS. */
  standing: () => Standing;
  /** Begins the work that goes with it, once the database is surely ours. */
  begin: () => void;
  stop: () => Promise<void>;
}>;

/** What answers behind it. */
export type DoorParts = Readonly<{ handle: Handler; deps: Deps; isReadOnly: boolean }>;

/** Opens it. Throws CommandProblem where that does not work. */
export async function openDoor(options: DoorOptions, parts: DoorParts): Promise<Door> {
  const { proxies, https: plan } = options;
  const { handle, deps: { origin } } = parts;
  let handler = handle;
  if (proxies !== undefined) {
    const { believeProxies } = await import("./forwarded.ts");
    handler = believeProxies(handle, { proxies, origin });
  }
  if (plan === undefined) return await openPlain(options, parts, handler);
  const { openByName } = await import("./https/by_name.ts");
  return await openByName(options, parts, {
    ...{ plan, handler },
    openPlain: () => openPlain(options, parts, handler),
  });
}

async function openPlain(
  { host, port, address, proxies, isDev, log }: DoorOptions,
  { deps: { origin, readOnly } }: DoorParts,
  handler: Handler,
): Promise<Door> {
  const isOpenToOthers = !isLoopbackHost(host);
  let guarded = handler;
  // A copy for reading has no forms of the owner's.
  if (!isDev && readOnly !== "replica") {
    const { keepFormsOff } = await import("./plain_forms.ts");
    guarded = keepFormsOff(handler, { proxies, origin, log });
  }
  const listener = listen({
    host,
    port,
    handler: guarded,
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
  const isDefault = !isOpenToOthers && address === undefined;
  const shown = isDefault ? `http://localhost:${listener.port}` : localUrl;
  return {
    port: listener.port,
    localUrl,
    event: { text: `Listening on ${shown}`, value: { listening: shown } },
    remark: address === undefined && isOpenToOthers
      ? "Others can reach this port, but links are made for this machine: give --address https://… for your readers."
      : undefined,
    standing: () => ({ https: undefined, problem: "", isGiven: address !== undefined }),
    begin: () => {},
    stop: listener.stop,
  };
}

/** Where a program on this machine reaches the socket. */
export function makeLocalUrl({ host, port }: Readonly<{ host: string; port: number }>): string {
  const isEverywhere = host === "0.0.0.0" || host === "::" || host === "localhost";
  return `http://${isEverywhere ? "127.0.0.1" : hostInUrl(host)}:${port}`;
}
