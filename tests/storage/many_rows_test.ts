import { deepEqual, equal } from "node:assert/strict";
import { openDatabase } from "../../storage/database.ts";
import { insertRows, type RowForm } from "../../storage/many_rows.ts";

const ROWS: RowForm = {
  into: "numbers (n, text)",
  row: "(?, ?)",
  tail: "on conflict (n) do nothing",
};

Deno.test("insertRows inserts every item once, in order, however many there are", () => {
  using db = openDatabase(":memory:");
  db.exec("create table numbers (n integer primary key, text text) strict");
  for (const count of [0, 1, 7, 8, 9, 31, 32, 33, 41, 72, 100]) {
    db.exec("delete from numbers");
    const items = Array.from({ length: count }, (_, n) => n);
    equal(insertRows(db, ROWS, items, (n) => [n, `text ${n}`]), count);
    const found = db.prepare("select n, text from numbers order by n").all() as { text: string }[];
    deepEqual(found.map(({ text }) => text), items.map((n) => `text ${n}`));
  }
});

Deno.test("insertRows does not count the rows that were there", () => {
  using db = openDatabase(":memory:");
  db.exec("create table numbers (n integer primary key, text text) strict");
  insertRows(db, ROWS, [3, 35, 77], (n) => [n, "old"]);
  const items = Array.from({ length: 80 }, (_, n) => n);
  equal(insertRows(db, ROWS, items, (n) => [n, "new"]), 77);
  const { old } = db.prepare("select count(*) as old from numbers where text = 'old'")
    .get() as { old: number };
  equal(old, 3);
});
