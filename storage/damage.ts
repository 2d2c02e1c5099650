/** Damage: once found, the capsule reads and never signs again until a backup is restored. @module */
import type { Database } from "./database.ts";

/** Finds the sentence that says what is damaged; undefined when nothing is known to be. */
export function findDamage(db: Database): string | undefined {
  if (db.damage !== undefined) return db.damage;
  const row = db.prepare("select sentence from damage where id = 1").get() as
    | { sentence: string }
    | undefined;
  return row?.sentence;
}

/**
 * Saves what is damaged; the first finding stays. When the row cannot be written this connection remembers it, so that
 * this process does not sign either.
 */
export function saveDamage(db: Database, sentence: string, nowMs: number): void {
  db.damage ??= sentence;
  try {
    db.prepare(
      "insert into damage (id, sentence, at_ms) values (1, ?, ?) on conflict (id) do nothing",
    ).run(sentence, nowMs);
  } catch {
    // Expected on a damaged or read-only file: the sentence in memory is what counts.
  }
}

/** Forgets a finding, after `verifyStore` found the whole store in order. */
export function deleteDamage(db: Database): void {
  db.prepare("delete from damage").run();
  db.damage = undefined;
}
