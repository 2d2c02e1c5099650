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

/**
 * Gives an article its slug and answers it. Of two that wish for one slug the lower index has it, whichever came first: each has
 * a list of names (the wish, then with its index behind it, then with 2, 3 … behind that) and goes down it until no lower index
 * has the name; whom it displaces goes on down its own. So the end is the same for any order. An honest author's slugs never meet.
 */
export function insertSlug(db: Database, log: number, wish: string, index: number): string {
  const find = db.prepare("select n, step from slugs where log = ? and slug = ?");
  const save = db.prepare(
    "insert or replace into slugs (log, slug, n, step) values (?, ?, ?, ?)",
  );
  let own: string | undefined;
  let claim = { wish, index, step: 0 };
  while (true) {
    const slug = makeName(claim);
    const holder = find.get(log, slug) as { n: number; step: number } | undefined;
    if (holder !== undefined && holder.n < claim.index) {
      claim = { ...claim, step: claim.step + 1 };
      continue;
    }
    save.run(log, slug, claim.index, claim.step);
    if (claim.index === index) own = slug;
    else updatePieceSlug(db, log, claim.index, slug);
    if (holder === undefined || holder.n === claim.index) return own ?? slug;
    claim = { ...readClaim(slug, holder.n, holder.step), step: holder.step + 1 };
  }
}

/** Frees the slugs of articles in [from, to); those that had gone down their lists move up. */
export function deleteSlugs(db: Database, log: number, from: number, to: number): void {
  db.prepare("delete from slugs where log = ? and n >= ? and n < ?").run(log, from, to);
  const others = db.prepare(
    `select slug, n, step from slugs where log = ? and step > 0 order by n`,
  ).all(log) as { slug: string; n: number; step: number }[];
  db.prepare("delete from slugs where log = ? and step > 0").run(log);
  for (const { slug, n, step } of others) {
    const name = insertSlug(db, log, readClaim(slug, n, step).wish, n);
    if (name !== slug) updatePieceSlug(db, log, n, name);
  }
}

type Claim = Readonly<{ wish: string; index: number; step: number }>;

/** The name on an article's list at a step. */
function makeName({ wish, index, step }: Claim): string {
  if (step === 0) return wish;
  return step === 1 ? `${wish}-${index}` : `${wish}-${index}-${step}`;
}

/** What was wished for, from the name at a step. */
function readClaim(slug: string, index: number, step: number): Claim {
  const end = makeName({ wish: "", index, step });
  return { wish: slug.slice(0, slug.length - end.length), index, step };
}

function updatePieceSlug(db: Database, log: number, index: number, slug: string): void {
  db.prepare("update pieces set slug = ? where log = ? and n = ?").run(slug, log, index);
}

/** Makes old paths lead to an article; of two that have one, the lower index counts. */
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

/** Takes away the old paths of articles in [from, to). */
export function deleteAliases(db: Database, log: number, from: number, to: number): void {
  db.prepare("delete from aliases where log = ? and n >= ? and n < ?").run(log, from, to);
}
