/** Capsules this database knows: the own one, and later those it mirrors. @module */
import type { Database } from "./database.ts";

/** A capsule. `log` is its local number, the key of every table about it. */
export type Capsule = Readonly<{
  /** Local number of its log. */
  log: number;
  /** Capsule id, bech32m. */
  id: string;
  /** The name in its newest profile; "" before there is one. */
  name: string;
  /** The https origin in force, or null when it has none. */
  address: string | null;
  /** When this database first knew it, Unix milliseconds. */
  createdAtMs: number;
}>;

/** The owner's own capsule. */
export type OwnCapsule = Capsule;

const CAPSULES = `select c.log, c.id, coalesce(p.name, '') as name, c.address,
  c.created_at_ms as createdAtMs from capsules c left join profiles p on p.log = c.log`;

/** Finds the owner's capsule; undefined before set-up. */
export function findOwnCapsule(db: Database): OwnCapsule | undefined {
  return db.prepare(`${CAPSULES} where c.is_own = 1`).get() as OwnCapsule | undefined;
}

/** Finds a capsule by its id; undefined when this database has no log of it. */
export function findCapsule(db: Database, id: string): Capsule | undefined {
  return db.prepare(`${CAPSULES} where c.id = ?`).get(id) as Capsule | undefined;
}

/** Finds the capsule of a log. */
export function findLogCapsule(db: Database, log: number): Capsule | undefined {
  return db.prepare(`${CAPSULES} where c.log = ?`).get(log) as Capsule | undefined;
}

/** Inserts a capsule and answers its log; throws when the id, or another own capsule, is there already. */
export function insertCapsule(
  db: Database,
  capsule: Readonly<{
    /** Capsule id. */
    id: string;
    /** True for the owner's own; there is at most one. */
    isOwn: boolean;
    /** The https origin, or null. */
    address: string | null;
    /** Unix milliseconds. */
    createdAtMs: number;
  }>,
): number {
  const { id, isOwn, address, createdAtMs } = capsule;
  const insert = db.prepare(
    "insert into capsules (id, is_own, address, created_at_ms) values (?, ?, ?, ?)",
  );
  return insert.run(id, isOwn ? 1 : 0, address, createdAtMs).lastId;
}

/** Updates the address in force. */
export function updateCapsuleAddress(db: Database, log: number, address: string | null): void {
  db.prepare("update capsules set address = ? where log = ?").run(address, log);
}
