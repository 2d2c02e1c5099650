/** Certificates for HTTPS, and the keys of the accounts that they were ordered with. @module */
import type { Database } from "./database.ts";

/** A certificate with its key, and when it is to be renewed. */
export type Certificate = Readonly<{
  /** The host name, lower case. */
  name: string;
  /** URL of the authority's directory; "" for one that this capsule signed itself. */
  directory: string;
  /** PEM, the certificate itself first. */
  chain: string;
  /** PEM, PKCS #8. Never in a log or an answer. */
  key: string;
  /** Unix ms. */
  notBeforeMs: number;
  /** Unix ms. */
  notAfterMs: number;
  /** Its id for renewal information (RFC 9773); undefined where it has none. */
  renewalId: string | undefined;
  /** When the authority wants it renewed; undefined while it has not said. */
  window: RenewalSpan | undefined;
  /** The moment chosen for renewal, Unix ms. */
  renewAtMs: number;
  /** When the authority is asked again about the window, Unix ms. */
  askAtMs: number;
}>;

/** Unix ms both; the end is after the start. */
export type RenewalSpan = Readonly<{ startMs: number; endMs: number }>;

type Row = Omit<Certificate, "window" | "renewalId"> & {
  renewalId: string | null;
  startMs: number | null;
  endMs: number | null;
};

/** Finds the certificate of a name by this authority. */
export function findCertificate(
  db: Database,
  name: string,
  directory: string,
): Certificate | undefined {
  const row = db.prepare(
    `select name, directory, chain, key, not_before_ms as notBeforeMs, not_after_ms as notAfterMs,
     renewal_id as renewalId, window_start_ms as startMs, window_end_ms as endMs,
     renew_at_ms as renewAtMs, ask_at_ms as askAtMs
     from certificates where name = ? and directory = ?`,
  ).get(name, directory) as Row | undefined;
  if (row === undefined) return undefined;
  const { startMs, endMs, renewalId, ...rest } = row;
  const window = startMs === null || endMs === null ? undefined : { startMs, endMs };
  return { ...rest, renewalId: renewalId ?? undefined, window };
}

/** Lists the certificates of a name, whoever gave them: those that are valid longest first, at most 20. */
export function listCertificates(db: Database, name: string): Certificate[] {
  const rows = db.prepare(
    "select directory from certificates where name = ? order by not_after_ms desc, directory limit 20",
  ).all(name) as { directory: string }[];
  return rows.map(({ directory }) => findCertificate(db, name, directory))
    .filter((one) => one !== undefined);
}

/** Finds the name for which a certificate was made last, by an authority or here; undefined when there is none. */
export function findCertifiedName(db: Database): string | undefined {
  const row = db.prepare(
    "select name from certificates order by not_before_ms desc, name limit 1",
  ).get() as { name: string } | undefined;
  return row?.name;
}

/** Finds the authority (URL of its directory) that was asked for a certificate, in vain or not; undefined when none ever was. */
export function findAuthority(db: Database): string | undefined {
  const row = db.prepare(
    `select directory from (select directory from acme_accounts union
     select directory from certificate_tries) order by directory limit 1`,
  ).get() as
    | { directory: string }
    | undefined;
  return row?.directory;
}

/** Saves a certificate in the place of the one of the same name and authority. No page shows it: the change mark stays. */
export function saveCertificate(db: Database, certificate: Certificate): void {
  const { name, directory, chain, key, notBeforeMs, notAfterMs, window } = certificate;
  db.quietTransaction(() => {
    db.prepare(
      `insert or replace into certificates (name, directory, chain, key, not_before_ms, not_after_ms,
       renewal_id, window_start_ms, window_end_ms, renew_at_ms, ask_at_ms)
       values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ).run(
      ...[name, directory, chain, key, notBeforeMs, notAfterMs],
      ...[certificate.renewalId ?? null, window?.startMs ?? null, window?.endMs ?? null],
      ...[certificate.renewAtMs, certificate.askAtMs],
    );
  });
}

/** Finds the key of the account at an authority, PKCS #8. */
export function findAccountKey(
  db: Database,
  directory: string,
): Uint8Array<ArrayBuffer> | undefined {
  const row = db.prepare("select key from acme_accounts where directory = ?").get(directory) as
    | { key: Uint8Array<ArrayBuffer> }
    | undefined;
  return row?.key;
}

/** Saves the key of the account at an authority, PKCS #8. */
export function saveAccountKey(db: Database, directory: string, key: Uint8Array): void {
  db.quietTransaction(() => {
    db.prepare("insert or replace into acme_accounts (directory, key) values (?, ?)")
      .run(directory, key);
  });
}
