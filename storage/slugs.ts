/** Slugs and old paths: once given they lead to the same article for ever, also after it was withdrawn. @module */
import type { Database } from "./database.ts";

/** Finds a free slug: the wish itself, or with -2, -3 … behind it; `reserved` ones count as taken. */
export function findFreeSlug(
  db: Database,
  log: number,
  wish: string,
  reserved: ReadonlySet<string> = new Set(),
): string {
  const find = db.prepare("select 1 from slugs where log = ? and slug = ?");
  const isFree = (slug: string) => !reserved.has(slug) && find.get(log, slug) === undefined;
  if (isFree(wish)) return wish;
  // Doubling and halving: the thousandth article of one name asks about twenty times.
  let taken = 1;
  let free = 2;
  while (!isFree(`${wish}-${free}`)) {
    taken = free;
    free *= 2;
  }
  while (free - taken > 1) {
    const middle = Math.floor((taken + free) / 2);
    if (isFree(`${wish}-${middle}`)) free = middle;
    else taken = middle;
  }
  return `${wish}-${free}`;
}

/** Gives an article its slug, for ever; a log that gives one slug twice gets its index behind the second. */
export function insertSlug(db: Database, log: number, wish: string, index: number): string {
  const insert = db.prepare(
    "insert into slugs (log, slug, n) values (?, ?, ?) on conflict do nothing",
  );
  if (insert.run(log, wish, index).changes === 1) return wish;
  const slug = findFreeSlug(db, log, `${wish}-${index}`);
  insert.run(log, slug, index);
  return slug;
}

/** Makes old paths lead to an article; a path that leads somewhere already stays. */
export function insertAliases(
  db: Database,
  log: number,
  paths: readonly string[],
  index: number,
): void {
  for (const path of paths) {
    db.prepare("insert into aliases (log, path, n) values (?, ?, ?) on conflict do nothing")
      .run(log, path, index);
  }
}
