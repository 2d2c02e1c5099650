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

/** Inserts a row for each item, whose values `give` hands over in the order of the form; answers how many rows were inserted. */
export function insertRows<T>(
  db: Database,
  form: RowForm,
  items: readonly T[],
  give: (item: T) => readonly Value[],
): number {
  let sqls = texts.get(form);
  if (sqls === undefined) texts.set(form, sqls = SIZES.map((size) => makeInsert(form, size)));
  let inserted = 0;
  let at = 0;
  for (const [i, size] of SIZES.entries()) {
    for (; items.length - at >= size; at += size) {
      const values: Value[] = [];
      for (let n = at; n < at + size; n += 1) {
        for (const value of give(items[n] as T)) values.push(value);
      }
      inserted += db.prepare(sqls[i] ?? "").run(...values).changes;
    }
  }
  return inserted;
}

function makeInsert({ into, row, tail = "" }: RowForm, size: number): string {
  return `insert into ${into} values ${new Array(size).fill(row).join(", ")} ${tail}`;
}
