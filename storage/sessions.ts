/** Sessions: the browsers in which the owner is signed in. @module */
import type { Database } from "./database.ts";
import { hashSecret } from "./secret_hash.ts";

/** One signed-in browser. */
export type Session = Readonly<{
  /** Number of the session, for lists and for ending it. */
  id: number;
  /** When it was signed in, Unix milliseconds. */
  createdAtMs: number;
  /** When it was last used, Unix milliseconds, true to the hour. */
  seenAtMs: number;
  /** What the browser called itself, at most 300 characters. */
  agent: string;
}>;

/** A session ends this long after its last use. */
export const SESSION_MS: number = 30 * 86_400_000;
/** More browsers than this are not kept: the longest unused is signed out. */
export const SESSIONS_MAX = 50;
const SEEN_STEP_MS = 3_600_000;
const COLUMNS = "id, created_at_ms as createdAtMs, seen_at_ms as seenAtMs, agent";

/** Inserts a session for a token of 32 random bytes; only the token's hash is stored. */
export function insertSession(
  db: Database,
  token: Uint8Array,
  { agent, nowMs }: Readonly<{ agent: string; nowMs: number }>,
): Session {
  if (token.length !== 32) {
    throw new RangeError(`Cannot insert session: expected a token of 32 bytes`);
  }
  return db.transaction(() => {
    db.prepare("delete from sessions where seen_at_ms < ?").run(nowMs - SESSION_MS);
    db.prepare(
      "delete from sessions where id in (select id from sessions order by seen_at_ms desc, id desc limit -1 offset ?)",
    ).run(SESSIONS_MAX - 1);
    const short = agent.slice(0, 300);
    const { lastId } = db.prepare(
      "insert into sessions (token_hash, created_at_ms, seen_at_ms, agent) values (?, ?, ?, ?)",
    ).run(hashSecret(token), nowMs, nowMs, short);
    return { id: lastId, createdAtMs: nowMs, seenAtMs: nowMs, agent: short };
  });
}

/** Finds the session of a token and extends it; undefined when it is unknown, ended or older than 30 days. */
export function findSession(db: Database, token: Uint8Array, nowMs: number): Session | undefined {
  if (token.length !== 32) return undefined;
  const session = db.prepare(`select ${COLUMNS} from sessions where token_hash = ?`)
    .get(hashSecret(token)) as Session | undefined;
  if (session === undefined || session.seenAtMs < nowMs - SESSION_MS) return undefined;
  if (db.isReadOnly || nowMs - session.seenAtMs < SEEN_STEP_MS) return session;
  // No page but the list of sessions shows this.
  db.quietTransaction(() => {
    db.prepare("update sessions set seen_at_ms = ? where id = ?").run(nowMs, session.id);
  });
  return { ...session, seenAtMs: nowMs };
}

/** Lists the sessions in force, the last used first. */
export function listSessions(db: Database, nowMs: number): Session[] {
  return db.prepare(
    `select ${COLUMNS} from sessions where seen_at_ms >= ? order by seen_at_ms desc, id desc limit ?`,
  ).all(nowMs - SESSION_MS, SESSIONS_MAX) as Session[];
}

/** Ends one session; false when there was none of that number. */
export function deleteSession(db: Database, id: number): boolean {
  return db.prepare("delete from sessions where id = ?").run(id).changes === 1;
}

/** Ends every session but one; answers how many ended. */
export function deleteOtherSessions(db: Database, keptId: number): number {
  return db.prepare("delete from sessions where id <> ?").run(keptId).changes;
}

/** Ends every session, as a new password does; answers how many ended. */
export function deleteSessions(db: Database): number {
  return db.prepare("delete from sessions").run().changes;
}
