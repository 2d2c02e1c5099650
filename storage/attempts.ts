/** Failed sign-ins, and wrong codes of the set-up link, kept in the database so that a restart forgets none. @module */
import type { Database } from "./database.ts";

/** Failed sign-ins are counted over this long. */
export const ATTEMPT_WINDOW_MS = 15 * 60_000;
/** Failed sign-ins in the window of one network (an IPv4 /24 or IPv6 /48) or of one browser that is known. */
export const NETWORK_ATTEMPTS_MAX = 10;
/** Failed sign-ins of everybody in the window; who is counted apart is not held up by it. */
export const TOTAL_ATTEMPTS_MAX = 100;

/**
 * How long a network must wait before it may try again, in milliseconds; 0 when it may now. One that is counted apart
 * waits for its own tries only.
 */
export function findAttemptWait(
  db: Database,
  network: string,
  nowMs: number,
  { isApart = false }: Readonly<{ isApart?: boolean }> = {},
): number {
  const since = nowMs - ATTEMPT_WINDOW_MS;
  const own = db.prepare(
    `select at_ms as atMs from attempts where network = ? and at_ms > ?
     order by at_ms desc limit 1 offset ?`,
  ).get(network, since, NETWORK_ATTEMPTS_MAX - 1) as { atMs: number } | undefined;
  const all = isApart ? undefined : db.prepare(
    "select at_ms as atMs from attempts where at_ms > ? order by at_ms desc limit 1 offset ?",
  ).get(since, TOTAL_ATTEMPTS_MAX - 1) as { atMs: number } | undefined;
  const free = Math.max(own?.atMs ?? since, all?.atMs ?? since) + ATTEMPT_WINDOW_MS;
  return Math.max(0, free - nowMs);
}

/** Inserts an attempt before its password is checked, so that parallel ones count too; forgets old ones. */
export function insertAttempt(db: Database, network: string, nowMs: number): void {
  db.quietTransaction(() => {
    db.prepare("delete from attempts where at_ms <= ?").run(nowMs - ATTEMPT_WINDOW_MS);
    db.prepare("insert into attempts (network, at_ms) values (?, ?)")
      .run(network.slice(0, 64), nowMs);
  });
}

/** Deletes a network's attempts after it signed in. */
export function deleteAttempts(db: Database, network: string): void {
  db.quietTransaction(() => {
    db.prepare("delete from attempts where network = ?").run(network.slice(0, 64));
  });
}
