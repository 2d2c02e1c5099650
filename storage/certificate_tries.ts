/** How the newest tries to get a certificate went, kept so that a restart forgets no limit of an authority. @module */
import type { Database } from "./database.ts";

/** The owner may ask for a try at most this often. */
export const TRY_PAUSE_MS = 12 * 60_000;

/** The state of getting a certificate for a name from an authority. */
export type CertificateTry = Readonly<{
  /** Failures one after the other; 0 when the newest try succeeded, or there was none. */
  failures: number;
  /** Why the newest one failed, for programs; "" without failures. */
  code: string;
  /** The same as a sentence that says what to do; "" without failures. */
  sentence: string;
  /** The authority's own words; "" where there are none. */
  detail: string;
  /** When it failed, Unix ms; undefined without failures. */
  failedAtMs: number | undefined;
  /** Not tried before this moment, Unix ms; undefined: not until a setting changes or the owner asks. */
  nextAtMs: number | undefined;
  /** When the owner asked last, Unix ms; undefined for never. */
  askedAtMs: number | undefined;
}>;

const NONE: CertificateTry = {
  failures: 0,
  code: "",
  sentence: "",
  detail: "",
  failedAtMs: undefined,
  nextAtMs: 0,
  askedAtMs: undefined,
};

type Row = { [K in keyof CertificateTry]: CertificateTry[K] | null };

/** Finds how it stands; a name that was never tried may be tried at once. */
export function findCertificateTry(db: Database, name: string, directory: string): CertificateTry {
  const row = db.prepare(
    `select failures, code, sentence, detail, failed_at_ms as failedAtMs, next_at_ms as nextAtMs,
     asked_at_ms as askedAtMs from certificate_tries where name = ? and directory = ?`,
  ).get(name, directory) as Row | undefined;
  if (row === undefined) return NONE;
  return {
    failures: row.failures ?? 0,
    code: row.code ?? "",
    sentence: row.sentence ?? "",
    detail: row.detail ?? "",
    failedAtMs: row.failedAtMs ?? undefined,
    nextAtMs: row.nextAtMs ?? undefined,
    askedAtMs: row.askedAtMs ?? undefined,
  };
}

/** Finds the newest try for a name that failed, whatever the authority; undefined when none did. */
export function findFailedTry(db: Database, name: string): CertificateTry | undefined {
  const row = db.prepare(
    `select directory from certificate_tries where name = ? and failures > 0
     order by failed_at_ms desc, directory limit 1`,
  ).get(name) as { directory: string } | undefined;
  return row && findCertificateTry(db, name, row.directory);
}

/** Saves how it stands. No page of a reader shows it: the change mark stays. */
export function saveCertificateTry(
  db: Database,
  name: string,
  directory: string,
  state: CertificateTry,
): void {
  db.quietTransaction(() => {
    db.prepare(
      `insert or replace into certificate_tries
       (name, directory, failures, code, sentence, detail, failed_at_ms, next_at_ms, asked_at_ms)
       values (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ).run(
      ...[name, directory, state.failures, state.code, state.sentence, state.detail],
      ...[state.failedAtMs ?? null, state.nextAtMs ?? null, state.askedAtMs ?? null],
    );
  });
}

/** The owner's wish to try now. Answers 0, or how many milliseconds are left of the pause since the wish before. */
export function updateTryWish(
  db: Database,
  name: string,
  directory: string,
  nowMs: number,
): number {
  return db.quietTransaction(() => {
    const found = findCertificateTry(db, name, directory);
    const { askedAtMs } = found;
    // A clock that was set back makes nobody wait for longer than the pause.
    const passedMs = askedAtMs === undefined ? TRY_PAUSE_MS : Math.abs(nowMs - askedAtMs);
    if (passedMs < TRY_PAUSE_MS) return TRY_PAUSE_MS - passedMs;
    saveCertificateTry(db, name, directory, { ...found, nextAtMs: nowMs, askedAtMs: nowMs });
    return 0;
  });
}
