/** Keeps a certificate for one name: gets it, renews it in time, and waits as the authority's rules say. @module */
import { connect } from "../acme/connection.ts";
import { AcmeProblem } from "../acme/problem.ts";
import type { LogLine } from "../../routes/app.ts";
import {
  type CertificateTry,
  findCertificateTry,
  saveCertificateTry,
  updateTryWish,
} from "../../storage/certificate_tries.ts";
import { type Certificate, findCertificate, saveCertificate } from "../../storage/certificates.ts";
import { hearRenewal, issueCertificate, type IssueParts } from "./issue.ts";
import type { NameCheck } from "./name_check.ts";
import { countFailure } from "./pause.ts";
import { describeTrouble, type Trouble } from "./trouble.ts";

/** What a keeper works with. */
export type KeeperParts =
  & IssueParts
  & Readonly<{
    /** The authority. */
    directory: string;
    /** Where it is tried out first after a failure; undefined where there is no such place. */
    staging: string | undefined;
    checkName: () => Promise<NameCheck>;
    log: (line: LogLine) => void;
    /** Told of each new certificate, once it is stored. */
    onCertificate: (certificate: Certificate) => void;
  }>;

/** How long a keeper sleeps before it looks at the database again. */
export const LOOK_MS = 5_000;

/** A clock that is right may be so much off. */
const AHEAD_MS = 3_600_000;
/** After a certificate came, however soon an authority wants the next: one that is wrong would be asked every few seconds. */
const REST_MS = 6 * 3_600_000;
/** The same for those that live for hours. */
const REST_SHARE = 4;
/** No authority is asked later than that. */
const ASK_MAX_MS = 86_400_000;

/** Does what is due now, if anything. Failures of the world are stored, never thrown. */
export async function takeTurn(parts: KeeperParts): Promise<void> {
  const { db, name, directory, now } = parts;
  const held = findCertificate(db, name, directory);
  const certificate = held === undefined ? undefined : await askRenewal(parts, held);
  if (certificate !== undefined && certificate.renewAtMs > now()) return;
  const state = findCertificateTry(db, name, directory);
  // A pause after a certificate that is no more here is none.
  const isLost = held === undefined && state.failures === 0;
  if (!isLost && !isDue(state, now())) return;
  await tryOnce(parts, state, certificate);
}

/** What was written down while the clock was ahead counts no more once it is right. */
function isDue({ failures, nextAtMs, failedAtMs = 0 }: CertificateTry, nowMs: number): boolean {
  if (nextAtMs === undefined) return false;
  const isAhead = failures === 0
    ? nextAtMs > nowMs + REST_MS + AHEAD_MS
    : failedAtMs > nowMs + AHEAD_MS;
  return nextAtMs <= nowMs || isAhead;
}

function restAfter({ notAfterMs }: Certificate, nowMs: number): number {
  return Math.min(REST_MS, (notAfterMs - nowMs) / REST_SHARE);
}

/** Every few hours: when does the authority want it renewed? */
async function askRenewal(parts: KeeperParts, held: Certificate): Promise<Certificate> {
  const { db, directory, now, random } = parts;
  const isAhead = held.askAtMs > now() + ASK_MAX_MS + AHEAD_MS;
  if ((held.askAtMs > now() && !isAhead) || held.renewAtMs <= now()) return held;
  const heard = await connect(parts, directory).then(
    (connection) => hearRenewal(connection, held, random),
    (error) => {
      if (!(error instanceof AcmeProblem)) throw error;
      return { ...held, askAtMs: now() + 3_600_000 };
    },
  );
  saveCertificate(db, heard);
  return heard;
}

async function tryOnce(
  parts: KeeperParts,
  state: CertificateTry,
  before: Certificate | undefined,
): Promise<void> {
  const { db, name, directory, staging, now } = parts;
  const check = await parts.checkName();
  if (check.kind === "bad") {
    const { code, sentence } = check;
    const trouble = { code, sentence, detail: "", isFinal: false, retryAtMs: undefined };
    return fail(parts, { state, isRenewal: before !== undefined }, trouble);
  }
  try {
    const isRisky = state.failures > 0 || check.kind === "doubtful";
    // What does not pass there would only use up the tries that the authority allows.
    if (isRisky && staging !== undefined) await issueCertificate(parts, staging, undefined);
    const certificate = await issueCertificate(parts, directory, before);
    db.quietTransaction(() => {
      saveCertificate(db, certificate);
      const { askedAtMs } = findCertificateTry(db, name, directory);
      saveCertificateTry(db, name, directory, {
        ...{ failures: 0, code: "", sentence: "", detail: "" },
        ...{ failedAtMs: undefined, askedAtMs },
        nextAtMs: Math.round(now() + restAfter(certificate, now())),
      });
    });
    parts.log({
      level: "info",
      message: before === undefined ? "There is a certificate." : "The certificate was renewed.",
      fields: { name, until: new Date(certificate.notAfterMs).toISOString() },
    });
    parts.onCertificate(certificate);
  } catch (error) {
    if (!(error instanceof AcmeProblem) || error.code === "stopped") throw error;
    fail(
      parts,
      { state, isRenewal: before !== undefined },
      describeTrouble(error, name, check),
    );
  }
}

function fail(
  parts: KeeperParts,
  { state, isRenewal }: Readonly<{ state: CertificateTry; isRenewal: boolean }>,
  trouble: Trouble,
): void {
  const { db, name, directory, now, log } = parts;
  // The owner may have asked meanwhile.
  const { askedAtMs } = findCertificateTry(db, name, directory);
  const after = countFailure({ ...state, askedAtMs }, trouble, { nowMs: now(), isRenewal });
  saveCertificateTry(db, name, directory, after);
  tellFailure(log, after);
}

function tellFailure(log: KeeperParts["log"], failed: CertificateTry): void {
  const { code, sentence, detail, nextAtMs } = failed;
  const next = nextAtMs === undefined
    ? "when it is started again"
    : new Date(nextAtMs).toISOString();
  const fields = { reason: code, detail, next };
  log({ level: "warning", message: `No certificate yet: ${sentence}`, fields });
}

/** A keeper at work, until it is stopped. */
export type Keeper = Readonly<{
  /** True while an authority is being asked. */
  isBusy: () => boolean;
  stop: () => Promise<void>;
}>;

/** Takes a turn now and then every few seconds; a turn that breaks is told and taken again a minute later. */
export function keepCertificate(parts: KeeperParts, signal: AbortSignal): Keeper {
  let turn: Promise<void> | undefined;
  let restUntilMs = 0;
  const { db, name, directory, now } = parts;
  // Whoever starts the program again has perhaps changed what it waited for.
  const before = findCertificateTry(db, name, directory);
  if (before.nextAtMs === undefined) updateTryWish(db, name, directory, now());
  else if (before.failures > 0 && before.nextAtMs > now()) tellFailure(parts.log, before);
  const start = () => {
    if (turn !== undefined || signal.aborted || now() < restUntilMs) return;
    turn = takeTurn(parts).catch((error) => {
      if (signal.aborted) return;
      restUntilMs = now() + 60_000;
      parts.log({ level: "error", message: "Looking after the certificate failed.", error });
    }).finally(() => {
      turn = undefined;
    });
  };
  start();
  const timer = setInterval(start, LOOK_MS);
  return {
    isBusy: () => turn !== undefined,
    async stop() {
      clearInterval(timer);
      await turn;
    },
  };
}
