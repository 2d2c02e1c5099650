/** Ports 80 and 443: the servers, the certificate that they show, and whoever keeps it. @module */
import type { Deps, LogLine } from "../../routes/app.ts";
import type { Handler } from "../../routes/page_cache.ts";
import { createPlain443 } from "../../routes/port_443.ts";
import { createPort80, demandHttps } from "../../routes/port_80.ts";
import type { Database } from "../../storage/database.ts";
import { makeChallengeBook } from "../certificate/challenges.ts";
import type { Keeper } from "../certificate/keeper.ts";
import { markOwnFiles, readOwnFiles } from "../certificate/own_files.ts";
import { showCertificate, type Showing, showOwnPair, showStored } from "../certificate/showing.ts";
import { explainBind } from "../listen.ts";
import { readFacts } from "./desk.ts";
import { openKeeping } from "./keeping.ts";
import type { HttpsOptions } from "./options.ts";
import { type Relay, type RelayOptions, startRelay } from "./relay.ts";

/** What they need. */
export type PortsParts = Readonly<{
  https: HttpsOptions;
  db: Database;
  isReadOnly: boolean;
  handler: Handler;
  deps: Pick<Deps, "origin" | "now">;
  log: (line: LogLine) => void;
}>;

/** Both, bound. */
export type Ports = Readonly<{
  host: string;
  httpPort: number;
  httpsPort: number;
  /** The fingerprint of a certificate that nobody vouches for; undefined for one that browsers trust. */
  fingerprint: () => string | undefined;
  /** Begins to look after the certificate. */
  keep: () => void;
  stop: () => Promise<void>;
}>;

/** How often the owner's own files are looked at. */
const FILES_LOOK_MS = 1_000;

/** Binds both ports, 80 first; the certificate comes later. Throws CommandProblem. */
export async function openPorts(parts: PortsParts): Promise<Ports> {
  const { https, db, isReadOnly, handler, deps: { origin, now }, log } = parts;
  const { name, directory, isTest, files } = https;
  const book = makeChallengeBook();
  let showing: Showing = files === undefined
    ? await showStored(db, { name, directory, isTest, isReadOnly, nowMs: now() })
    : showOwnPair(readOwnFiles(files, name));
  const isTrusted = () => showing.isGiven && showing.notAfterMs > now();
  let keeper: Keeper | undefined;
  const onError = (error: unknown) => log({ level: "error", message: "A request failed.", error });
  const facts = () => readFacts(https, { db, now });
  const port80 = createPort80({
    ...{ origin, isTrusted, findChallenge: book.find, facts, app: handler },
  });
  const plain = await listen({ host: https.host, port: https.httpPort, handler: port80, onError });
  const secure = await listen({
    ...{ host: plain.host, port: https.httpsPort, onError, pair: showing.pair },
    handler: demandHttps(handler, isTrusted),
    plain: createPlain443({ origin }),
  }).catch(async (error) => {
    await plain.stop();
    throw error;
  });
  const show = (next: Showing) => {
    showing = next;
    secure.setPair(next.pair);
  };
  const watch = watchFiles(parts, show);
  return {
    host: plain.host,
    httpPort: plain.port,
    httpsPort: secure.port,
    fingerprint: () => isTrusted() ? undefined : showing.fingerprint,
    keep() {
      if (isReadOnly || files !== undefined || !https.isPublicName) return;
      keeper = openKeeping({
        ...{ https, db, book, now, log },
        onCertificate: (certificate) => {
          const next = showCertificate(certificate, { isTest });
          if (next !== undefined) show(next);
        },
      });
    },
    async stop() {
      clearInterval(watch);
      await keeper?.stop();
      await Promise.all([secure.stop(), plain.stop()]);
    },
  };
}

/** Files that changed are shown at the next look; those that cannot be are told, and the ones before stay. */
function watchFiles(
  { https: { files, name }, log }: PortsParts,
  show: (next: Showing) => void,
): ReturnType<typeof setInterval> | undefined {
  if (files === undefined) return undefined;
  let mark = markOwnFiles(files);
  return setInterval(() => {
    const next = markOwnFiles(files);
    if (next === undefined || next === mark) return;
    mark = next;
    try {
      show(showOwnPair(readOwnFiles(files, name)));
      log({ level: "info", message: "The certificate was read again." });
    } catch (error) {
      log({ level: "warning", message: "The certificate is not changed.", error });
    }
  }, FILES_LOOK_MS);
}

/** Without IPv6, `::` becomes `0.0.0.0`. Throws CommandProblem. */
export async function listen(options: RelayOptions, start = startRelay): Promise<Relay> {
  const { host, port, pair } = options;
  const flag = pair === undefined ? "--http-port" : "--https-port";
  try {
    return await start(options);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : "";
    const isForBoth = code === "EADDRINUSE" || code === "EACCES";
    if (host !== "::" || isForBoth) throw explainBind(error, { host, port, flag });
    try {
      return await start({ ...options, host: "0.0.0.0" });
    } catch (second) {
      throw explainBind(second, { host: "0.0.0.0", port, flag });
    }
  }
}
