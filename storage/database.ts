/** The one way to the database: cached statements, transactions, a mark that changes with every commit. @module */
import { DatabaseSync } from "node:sqlite";
import {
  DatabaseProblem,
  explainError,
  explainOpenError,
  fullProblem,
  isDamageError,
} from "./database_problem.ts";
import { checkDatabaseFile, removeIfEmpty } from "./database_file.ts";
import {
  applyMigrations,
  createTables,
  DATABASE_VERSION,
  findVersion,
  makeOlderProblem,
} from "./migrations.ts";
import { hasRoom } from "./room.ts";
import { Statement } from "./statement.ts";

export { DatabaseProblem, type DatabaseProblemKind } from "./database_problem.ts";

/** How many prepared statements are kept; the program has fewer than this. */
const STATEMENTS_MAX = 256;
/** Memory for pages, in KiB: enough for the upper levels of every index of a million posts. */
const CACHE_KIB = 8_192;
/** How long a write waits for another writer. */
const WAIT = "pragma busy_timeout = 5000";
/** A commit is on the disk before it is over. */
const DURABLE = "pragma synchronous = full";
/** How often it is looked whether a disk that was full has room again. */
const ROOM_LOOK_MS = 500;
/** Pages of the -wal file from which they go into the database: less often writes those only once that change all the time. */
const CHECKPOINT_PAGES = 4_000;

/**
 * What may be done with a database: everything; reading beside others; or, where the disk has not even room for the memory that connections
 * share, reading as the only one: all others, readers too, find it busy.
 */
export type Access = "writing" | "reading" | "alone";

/** A connection to one capsule's database. Each thread opens its own. */
export class Database implements Disposable {
  /** The file's path, or ":memory:". */
  readonly path: string;
  /** What may be done with it. */
  readonly access: Access;
  /** A sentence once a read met a damaged page; `findDamage` reads it. */
  damage: string | undefined;
  readonly #connection: DatabaseSync;
  readonly #statements = new Map<string, Statement>();
  #dataVersion: Statement | undefined;
  #depth = 0;
  #commits = 0;
  #isChanged = false;
  #isFull = false;
  #isUrgent = false;
  #roomLookedAtMs = 0;

  /** Wraps an open connection; use `openDatabase`. */
  constructor(connection: DatabaseSync, path: string, access: Access = "writing") {
    this.#connection = connection;
    this.path = path;
    this.access = access;
  }

  /** True where every write is refused. */
  get isReadOnly(): boolean {
    return this.access !== "writing";
  }

  /** A cached prepared statement for this text. */
  prepare(sql: string): Statement {
    const cached = this.#statements.get(sql);
    if (cached !== undefined) return cached;
    const statement = this.#newStatement(sql);
    if (this.#statements.size >= STATEMENTS_MAX) {
      const oldest = this.#statements.keys().next().value;
      if (oldest !== undefined) this.#statements.delete(oldest);
    }
    this.#statements.set(sql, statement);
    return statement;
  }

  /** Runs one or more statements without values. */
  exec(sql: string): void {
    try {
      this.#connection.exec(sql);
    } catch (error) {
      throw this.#explain(error);
    }
    this.#markChange();
  }

  /**
   * Runs `work` in one transaction that takes the write lock at once: all of it is stored, or, when it throws, nothing.
   * Inside another transaction it is a savepoint. `work` must be synchronous: a promise as its result throws TypeError.
   */
  transaction<T>(work: () => T): T {
    const isOuter = this.#depth === 0;
    if (isOuter && this.#isFull) this.#needRoom();
    // Prepared, unlike `exec`, so that errors carry a code; `get`, because `run` would report an older change.
    this.prepare(isOuter ? "begin immediate" : `savepoint s${this.#depth}`).get();
    this.#depth += 1;
    let result: T;
    try {
      result = work();
      if (result instanceof Promise) {
        throw new TypeError("Cannot commit: expected synchronous work, found a promise");
      }
      this.prepare(isOuter ? "commit" : `release s${this.#depth - 1}`).get();
    } catch (error) {
      this.#depth -= 1;
      this.#rollBack(isOuter);
      throw error;
    }
    this.#depth -= 1;
    if (isOuter && this.#isChanged) {
      this.#isChanged = false;
      this.#commits += 1;
    }
    return result;
  }

  /**
   * Like `transaction`, for rows that no page shows (the lease's heartbeat): `changeMark` of this connection stays.
   * Other connections still see their mark change.
   */
  quietTransaction<T>(work: () => T): T {
    const commits = this.#commits;
    const isChanged = this.#isChanged;
    const result = this.transaction(work);
    if (this.#depth === 0) this.#commits = commits;
    this.#isChanged = isChanged;
    return result;
  }

  /**
   * Like `transaction`, without waiting for the disk: a power cut may take the newest of these, in their order, and with the next
   * `transaction` of anybody they are as safe as that one. For what others have too and is asked for again.
   */
  hastyTransaction<T>(work: () => T): T {
    if (this.#depth > 0) return this.transaction(work);
    this.prepare("pragma synchronous = normal").get();
    try {
      return this.transaction(work);
    } finally {
      this.prepare(DURABLE).get();
    }
  }

  /**
   * Runs `work` without waiting for another writer: where one holds the lock, DatabaseProblem "busy" is thrown at once.
   * For housework of a serving program: waiting holds up every page.
   */
  withoutWaiting<T>(work: () => T): T {
    return this.waitingFor(0, work);
  }

  /** Runs `work` with another limit for waiting for others, in milliseconds. */
  waitingFor<T>(ms: 0 | 200, work: () => T): T {
    this.prepare(`pragma busy_timeout = ${ms}`).get();
    try {
      return work();
    } finally {
      this.prepare(WAIT).get();
    }
  }

  /**
   * Runs `work`, which a full disk is not to keep from being done, such as a withdrawal: once the disk was found full other transactions of
   * this connection are refused until there is room, and these use what `keepRoom` kept. Where that does not suffice at once, the pages of
   * the -wal file go into the database, so that it can be written over, and `work` runs once more: all that it does is in transactions.
   */
  urgently<T>(work: () => T): T {
    const before = this.#isUrgent;
    this.#isUrgent = true;
    try {
      return work();
    } catch (error) {
      if (!(error instanceof DatabaseProblem) || error.kind !== "full") throw error;
      if (this.#depth > 0 || this.isReadOnly) throw error;
      this.prepare("pragma wal_checkpoint(passive)").get();
      return work();
    } finally {
      this.#isUrgent = before;
    }
  }

  /** Runs `work`, which only reads, over one unchanging state of the database, beside any writer. */
  readTransaction<T>(work: () => T): T {
    if (this.#depth > 0) return work();
    this.prepare("begin deferred").get();
    this.#depth += 1;
    try {
      return work();
    } finally {
      this.#depth -= 1;
      this.#rollBack(true);
    }
  }

  /** Changes whenever anything was committed, here or by any other connection. Costs a few microseconds. */
  changeMark(): string {
    this.#dataVersion ??= this.#newStatement("pragma data_version");
    const row = this.#dataVersion.get() as { data_version: number };
    return `${row.data_version}.${this.#commits}`;
  }

  /** How often this connection committed something; what others committed only `changeMark` knows. */
  get ownCommits(): number {
    return this.#commits;
  }

  /** True while a transaction of this connection is open. */
  get isInTransaction(): boolean {
    return this.#depth > 0;
  }

  /** Closes the connection; further use throws. Closing twice is allowed. */
  close(): void {
    this.#statements.clear();
    this.#dataVersion = undefined;
    if (this.#connection.isOpen) this.#connection.close();
  }

  /** The driver's own connection, for `backup.ts` only. */
  get connection(): DatabaseSync {
    return this.#connection;
  }

  /** Closes the connection at the end of its scope. */
  [Symbol.dispose](): void {
    this.close();
  }

  #newStatement(sql: string): Statement {
    try {
      const statement = this.#connection.prepare(sql);
      return new Statement(statement, () => this.#markChange(), (error) => this.#explain(error));
    } catch (error) {
      throw this.#explain(error);
    }
  }

  /** Refuses a transaction while the disk is full, so that what is kept for urgent ones is not used up. */
  #needRoom(): void {
    if (this.#isUrgent) return;
    const nowMs = performance.now();
    if (nowMs - this.#roomLookedAtMs > ROOM_LOOK_MS) {
      this.#roomLookedAtMs = nowMs;
      this.#isFull = !hasRoom(this.path);
    }
    if (this.#isFull) throw fullProblem(this.path);
  }

  #markChange(): void {
    if (this.#depth === 0) this.#commits += 1;
    else this.#isChanged = true;
  }

  #rollBack(isOuter: boolean): void {
    try {
      if (isOuter) {
        this.#isChanged = false;
        // SQLite has already rolled back by itself after some errors, such as a full disk.
        if (this.#connection.isTransaction) this.#connection.exec("rollback");
      } else {
        this.#connection.exec(`rollback to s${this.#depth}; release s${this.#depth}`);
      }
    } catch {
      // The first error says more; a connection that cannot roll back refuses the next begin.
    }
  }

  #explain(error: unknown): unknown {
    const explained = explainError(error, this.path, this.access === "alone");
    if (explained instanceof DatabaseProblem && explained.kind === "full") {
      this.#isFull = this.path !== ":memory:";
    }
    if (isDamageError(error) && explained instanceof Error) this.damage ??= explained.message;
    return explained;
  }
}

/** How a database is opened. */
export type OpenOptions = Readonly<{
  /** Reads only: nothing is created, migrated or written. */
  isReadOnly?: boolean;
  /** Reads only, as the only one; works on a disk without any room. */
  isAlone?: boolean;
  /** Refuses, with kind "missing", a file that is not there instead of creating it. */
  mustExist?: boolean;
  /** Brings an older one up to date without keeping a copy: for files that are copies. `storage/upgrade.ts` keeps one. */
  isOlderChanged?: boolean;
}>;

/**
 * Opens the database at a path, or a new one in memory for ":memory:"; creates it as needed.
 * Throws DatabaseProblem for a missing folder, a file that is no database, is damaged, of another version or not writable.
 */
export function openDatabase(path: string, options: OpenOptions = {}): Database {
  const access = options.isAlone ? "alone" : options.isReadOnly ? "reading" : "writing";
  const isReadOnly = access !== "writing";
  const isNew = path !== ":memory:" &&
    checkDatabaseFile(path, { isReadOnly, mustExist: options.mustExist ?? false }) === "created";
  const db = connect(path, access);
  try {
    // Before anything is written: the file of another program stays as it is.
    const version = findVersion(db);
    // Only before the first table, and again it would be a write: freed pages can then be given back without rewriting the file.
    if (version === 0 && !isReadOnly) db.prepare("pragma auto_vacuum = incremental").get();
    configure(db);
    if (version === DATABASE_VERSION) return db;
    if (version > 0 && options.isOlderChanged === true) changeCopy(db, version);
    else if (version > 0 || isReadOnly) throw makeOlderProblem(db, version);
    else createTables(db);
    return db;
  } catch (error) {
    db.close();
    // An empty file would be taken for a capsule that is gone.
    if (isNew) removeIfEmpty(path);
    throw error;
  }
}

/** Opens a file of this program's version, an older or also a newer one, as it is; nothing is created or written. */
export function openAnyVersion(
  path: string,
  options: Readonly<{ isNewerTaken?: boolean }> = {},
): Readonly<{ db: Database; version: number }> {
  checkDatabaseFile(path, { isReadOnly: false, mustExist: true });
  const db = connect(path, "writing");
  try {
    return { db, version: findVersion(db, options) };
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Opens a file of whatever version for a look: nothing is written to it, nor taken in from what stands beside it. */
export function openLookedAt(path: string): Database {
  const db = connect(path, "reading");
  db.prepare("pragma query_only = on").get();
  return db;
}

function connect(path: string, access: Access): Database {
  let connection: DatabaseSync;
  try {
    // The lock of the only reader needs a file that may be written.
    connection = new DatabaseSync(path, { readOnly: access === "reading" });
  } catch (error) {
    throw explainOpenError(error, path);
  }
  const db = new Database(connection, path, access);
  db.prepare(WAIT).get();
  // Before anything is read: then what connections share otherwise is kept in this one's memory.
  if (access === "alone") db.prepare("pragma locking_mode = exclusive").get();
  return db;
}

function changeCopy(db: Database, version: number): void {
  db.prepare("pragma temp_store = file").get();
  db.transaction(() => applyMigrations(db, version));
  db.prepare("pragma temp_store = memory").get();
}

/** Sets what every connection has. */
export function configure(db: Database): void {
  db.prepare("pragma foreign_keys = on").get();
  db.prepare("pragma trusted_schema = off").get();
  db.prepare(`pragma cache_size = -${CACHE_KIB}`).get();
  db.prepare("pragma temp_store = memory").get();
  if (db.isReadOnly) db.prepare("pragma query_only = on").get();
  if (db.isReadOnly) return;
  db.prepare("pragma journal_mode = wal").get();
  // What was deleted is overwritten with zeros instead of lying about on free pages.
  db.prepare("pragma secure_delete = on").get();
  db.prepare(DURABLE).get();
  db.prepare(`pragma wal_autocheckpoint = ${CHECKPOINT_PAGES}`).get();
  // The -wal file is cut back to this after a large import.
  db.prepare("pragma journal_size_limit = 67108864").get();
}
