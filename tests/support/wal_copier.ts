/** Copies a database as Litestream does: one snapshot, then every frame of its -wal, over as many checkpoints as there are. @module */
import { DatabaseSync } from "node:sqlite";

const WAL_HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;

/** What a checkpoint answered. */
type Checkpoint = Readonly<{ busy: number; log: number; checkpointed: number }>;

/**
 * Holds a read transaction, so that nobody else's checkpoint starts the -wal anew, and does the checkpoints itself; the two
 * tables are those that Litestream makes. What is copied stands in `folder`: `snapshot.db`, `00000.wal`, `00001.wal` …
 */
export class WalCopier implements Disposable {
  readonly #path: string;
  readonly #folder: string;
  readonly #connection: DatabaseSync;
  #index = -1;
  #copied = 0;
  #salt = "";

  /** Takes the snapshot. */
  constructor(path: string, folder: string) {
    this.#path = path;
    this.#folder = folder;
    this.#connection = new DatabaseSync(path);
    this.#connection.exec(
      `pragma busy_timeout = 5000; pragma wal_autocheckpoint = 0;
       create table if not exists _litestream_seq (id integer primary key, seq integer);
       create table if not exists _litestream_lock (id integer);`,
    );
    this.#begin();
  }

  /** How many pieces of -wal there are. */
  get pieces(): number {
    return this.#index + 1;
  }

  /** Copies what was committed since; false when the -wal was started anew by somebody else: frames may be missing. */
  sync(): boolean {
    const wal = Deno.readFileSync(`${this.#path}-wal`);
    if (saltOf(wal) !== this.#salt) return false;
    const end = findCommitEnd(wal);
    if (end > this.#copied) {
      const name = `${this.#folder}/${String(this.#index).padStart(5, "0")}.wal`;
      Deno.writeFileSync(name, wal.subarray(this.#copied, end), { append: true });
      this.#copied = end;
    }
    return true;
  }

  /** Moves everything into the database and starts the -wal anew; a new snapshot where somebody wrote in between. */
  checkpoint(): void {
    this.sync();
    this.#connection.exec("rollback");
    const found = this.#connection.prepare("pragma wal_checkpoint(restart)").get() as Checkpoint;
    const pageBytes = this.#readPageBytes();
    const frames = (this.#copied - WAL_HEADER_BYTES) / (FRAME_HEADER_BYTES + pageBytes);
    const isWhole = found.busy === 0 && found.log === frames && this.#bump();
    if (isWhole) this.#follow();
    else this.#begin();
  }

  /** Lets go, as a process that is killed does. */
  [Symbol.dispose](): void {
    this.#connection.close();
  }

  /** From the beginning: a checkpoint, a snapshot of the file, and a lock on what comes. */
  #begin(): void {
    for (const { name } of [...Deno.readDirSync(this.#folder)]) {
      Deno.removeSync(`${this.#folder}/${name}`);
    }
    this.#index = -1;
    for (;;) {
      // With the write lock nobody adds to the -wal between the checkpoint and the snapshot.
      this.#connection.exec("pragma wal_checkpoint(truncate); begin immediate");
      if (Deno.statSync(`${this.#path}-wal`).size === 0) break;
      this.#connection.exec("rollback");
    }
    Deno.copyFileSync(this.#path, `${this.#folder}/snapshot.db`);
    this.#connection.exec(
      "insert into _litestream_seq values (1, 1) on conflict (id) do update set seq = seq + 1",
    );
    this.#connection.exec("commit");
    this.#follow();
  }

  /** Writes one page, the first frame of a new -wal; false when somebody else was first. */
  #bump(): boolean {
    const before = this.#salt;
    this.#connection.exec("update _litestream_seq set seq = seq + 1 where id = 1");
    const wal = Deno.readFileSync(`${this.#path}-wal`);
    return saltOf(wal) !== before;
  }

  #follow(): void {
    this.#connection.exec("begin");
    this.#connection.prepare("select count(*) from _litestream_seq").get();
    this.#index += 1;
    this.#copied = 0;
    this.#salt = saltOf(Deno.readFileSync(`${this.#path}-wal`));
    this.sync();
  }

  #readPageBytes(): number {
    return (this.#connection.prepare("pragma page_size").get() as { page_size: number }).page_size;
  }
}

/** Puts a copy together in a new file, by SQLite alone: each piece becomes its -wal in turn. */
export function restoreWalCopy(folder: string, path: string): void {
  Deno.copyFileSync(`${folder}/snapshot.db`, path);
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) =>
    name.endsWith(".wal")
  );
  for (const name of names.sort()) {
    Deno.copyFileSync(`${folder}/${name}`, `${path}-wal`);
    const db = new DatabaseSync(path);
    db.exec("pragma wal_checkpoint(truncate)");
    db.close();
  }
}

function saltOf(wal: Uint8Array): string {
  return wal.subarray(16, 24).toHex();
}

/** The end of the last frame that commits, and that belongs to this -wal (SQLite's file format, 4.1). */
function findCommitEnd(wal: Uint8Array): number {
  const view = new DataView(wal.buffer, wal.byteOffset, wal.length);
  const frameBytes = FRAME_HEADER_BYTES + view.getUint32(8);
  const salt = saltOf(wal);
  let end = 0;
  for (let at = WAL_HEADER_BYTES; at + frameBytes <= wal.length; at += frameBytes) {
    if (wal.subarray(at + 8, at + 16).toHex() !== salt) break;
    if (view.getUint32(at + 4) > 0) end = at + frameBytes;
  }
  return end;
}
