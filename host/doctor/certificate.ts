/** Is there a certificate, for how long, and is it renewed? @module */
import { X509Certificate } from "node:crypto";
import { type CertificateTry, findFailedTry } from "../../storage/certificate_tries.ts";
import { type Certificate, listCertificates } from "../../storage/certificates.ts";
import type { Database } from "../../storage/database.ts";
import { countOf } from "../../views/ages.ts";
import { type Finding, fine, problem, warning } from "../../views/findings.ts";
import { formatDate, formatDateTime, UTC } from "../../views/time.ts";
import { STAGING_DIRECTORY } from "../acme/directory.ts";
import type { Reach } from "./reach.ts";
import { splitAdvice } from "./sentences.ts";

/** What is known of it. */
export type CertificateFacts = Readonly<{
  nowMs: number;
  /** The host name; undefined without an https address. */
  name: string | undefined;
  /** The one of an authority that is valid longest; undefined without any. */
  held:
    | (
      & Pick<Certificate, "notBeforeMs" | "notAfterMs" | "renewAtMs">
      & Readonly<{ issuer: string; isTest: boolean }>
    )
    | undefined;
  /** True when the program signed one itself: then it serves HTTPS itself. */
  isOwn: boolean;
  /** False while nothing serves. */
  isServed: boolean;
  /** The newest try that failed; undefined when the newest one succeeded. */
  failed: Pick<CertificateTry, "sentence" | "nextAtMs"> | undefined;
  /** What a look from outside showed; undefined where nobody looked. */
  seen: "trusted" | "untrusted" | undefined;
}>;

const NAME = "Certificate";
const DAY_MS = 86_400_000;
/** Browsers warn before long. */
const SOON_DAYS = 7;

/** Judges it. */
export function judgeCertificate(facts: CertificateFacts): Finding {
  const { nowMs, name, held, isServed, failed, seen } = facts;
  if (name === undefined) return fine(NAME, "None is needed without a public address.");
  if (held === undefined) return judgeWithout(facts, name);
  const left = held.notAfterMs - nowMs;
  // Since it was got a web server in front, or files of the owner's, have taken over.
  if (left <= 0 && seen === "trusted") return tellTrusted(name);
  if (left <= 0) {
    const text = `The one for ${name} has ended.`;
    if (failed !== undefined) return tellFailure(problem, text, failed, nowMs);
    if (isServed && seen === undefined) {
      const todo = "If a web server in front does HTTPS now, all is well; else the log says more.";
      return warning(NAME, `${text} Nobody asks for another.`, todo);
    }
    return problem(NAME, text, "Let the server run: it gets a new one by itself.");
  }
  if (held.notBeforeMs > nowMs) {
    const todo = "The clock of this machine is slow: set it.";
    return problem(NAME, `The one for ${name} begins later than now.`, todo);
  }
  const days = Math.floor(left / DAY_MS);
  const lasts = days === 0 ? "less than a day" : countOf(days, "day");
  if (failed !== undefined) {
    const make = days < SOON_DAYS ? problem : warning;
    return tellFailure(make, `It ends in ${lasts} and was not renewed.`, failed, nowMs);
  }
  if (held.isTest) {
    const text = `It is one for trying, which no browser trusts; it lasts ${lasts}.`;
    return warning(NAME, text, "Start the server without --staging.");
  }
  if (held.renewAtMs < nowMs - DAY_MS) {
    const text = `It ends in ${lasts} and was to be renewed before now.`;
    return warning(NAME, text, "Let the server run: it renews it by itself.");
  }
  const renewal = formatDate(held.renewAtMs, UTC);
  return fine(
    NAME,
    `From ${held.issuer}; it ends in ${lasts} and is renewed on ${renewal}, by itself.`,
  );
}

function judgeWithout(
  { nowMs, isOwn, isServed, failed, seen }: CertificateFacts,
  name: string,
): Finding {
  if (failed !== undefined) return tellFailure(problem, "There is none yet.", failed, nowMs);
  if (seen === "trusted") return tellTrusted(name);
  if (seen === "untrusted") {
    return problem(
      NAME,
      `Browsers do not trust the one that is shown for ${name}.`,
      isOwn
        ? "Look again in a minute: one may be on its way. The log says what becomes of it."
        : "Look at the certificate of the web server in front, or at the files given with --certificate.",
    );
  }
  if (isOwn && isServed) {
    return warning(NAME, "There is none yet that browsers trust.", "Look again in a minute.");
  }
  return fine(
    NAME,
    isServed
      ? "It is not kept here: a web server in front has it, or your own files."
      : "None is kept here yet: the server gets one once it runs.",
  );
}

function tellTrusted(name: string): Finding {
  return fine(NAME, `Browsers trust the one that is shown for ${name}.`);
}

/** The stored sentence says why, and what to do. */
function tellFailure(
  make: typeof problem,
  text: string,
  { sentence, nextAtMs }: NonNullable<CertificateFacts["failed"]>,
  nowMs: number,
): Finding {
  const [why, todo] = splitAdvice(sentence);
  const next = nextAtMs === undefined
    ? "Then start the server anew."
    : nextAtMs <= nowMs
    ? "It is tried again at once."
    : `It is tried again on ${formatDateTime(nextAtMs, UTC)}.`;
  return make(NAME, `${text} ${why}`, `${todo} ${next}`.trim());
}

/** Reads what is stored about the certificate of an origin. */
export function lookAtCertificate(
  db: Database,
  { nowMs, origin, reach, isServed }: Readonly<{
    nowMs: number;
    origin: string | undefined;
    reach: Reach | undefined;
    isServed: boolean;
  }>,
): CertificateFacts {
  const url = origin === undefined ? undefined : new URL(origin);
  const name = url?.protocol === "https:" ? url.hostname : undefined;
  const all = name === undefined ? [] : listCertificates(db, name);
  const [held] = all.filter(({ directory }) => directory !== "");
  const looked = reach?.addresses.map(({ secure }) => secure) ?? [];
  return {
    ...{ nowMs, name, isServed, isOwn: all.length > 0 },
    failed: name === undefined ? undefined : findFailedTry(db, name),
    held: held && {
      ...held,
      issuer: readIssuer(held),
      isTest: held.directory === STAGING_DIRECTORY,
    },
    seen: looked.includes("here")
      ? "trusted"
      : looked.includes("untrusted")
      ? "untrusted"
      : undefined,
  };
}

/** The authority's name in the certificate, else where it was asked. */
function readIssuer({ chain, directory }: Certificate): string {
  try {
    const { issuer } = new X509Certificate(chain);
    const [, name] = /^O=(.+)$/m.exec(issuer) ?? /^CN=(.+)$/m.exec(issuer) ?? [];
    return name ?? new URL(directory).host;
  } catch {
    return new URL(directory).host;
  }
}
