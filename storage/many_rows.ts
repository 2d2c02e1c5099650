/** Inserting many rows with few statements: handing one over costs as much as the row in it. @module */
import type { Database } from "./database.ts";
import type { Value } from "./statement.ts";

/** How rows of a table are inserted. Made once for each table: its statements are kept by it. */
export type RowForm = Readonly<{
  /** Table and columns: "entries (log, n)". */
  into: string;
  /** One row: "(?, ?)"; what is the same in all of them stands in it. */
  row: string;
  /** What follows the rows, such as "on conflict (id) do nothing"; nothing if absent. */
  tail?: string;
}>;

/** Rows of one statement; what is left over goes with the smaller ones. */
const SIZES = [32, 8, 1];

const texts = new WeakMap<RowForm, readonly string[]>();

/** Inserts rows, each with the values of its form; answers how many were inserted. */
export function insertRows(
  db: Database,
  form: RowForm,
  rows: readonly (readonly Value[])[],
): number {
  let sqls = texts.get(form);
  if (sqls === undefined) texts.set(form, sqls = SIZES.map((size) => makeInsert(form, size)));
  let inserted = 0;
  let at = 0;
  for (const [i, size] of SIZES.entries()) {
    for (; rows.length - at >= size; at += size) {
      const values: Value[] = [];
      for (let n = at; n < at + size; n += 1) values.push(...rows[n] as Value[]);
      inserted += db.prepare(sqls[i] ?? "").run(...values).changes;
    }
  }
  return inserted;
}

function makeInsert({ into, row, tail = "" }: RowForm, size: number): string {
  return `insert into ${into} values ${new Array(size).fill(row).join(", ")} ${tail}`;
}
