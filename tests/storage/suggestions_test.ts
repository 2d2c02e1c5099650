/** People two steps away. */
import { deepEqual } from "node:assert/strict";
import { saveBlock } from "../../storage/blocks.ts";
import { listSuggestions } from "../../storage/suggestions.ts";
import { openTestCapsule, START_MS } from "../support/capsule.ts";
import { followAuthor, openTestAuthor } from "../support/mirror.ts";

const ids = ["q", "p", "z", "r"].map((letter) => `cap1${letter.repeat(58)}`);
const [often = "", seldom = "", blocked = "", dropped = ""] = ids;

Deno.test("those whom most of the followed follow come first, without oneself, the followed and the blocked", () => {
  using capsule = openTestCapsule();
  const { db, id: own } = capsule;
  capsule.expectDamage();
  using ada = openTestAuthor({ name: "A", address: "https://a.example", seed: 1 });
  using ben = openTestAuthor({ name: "B", address: "https://b.example", seed: 2 });
  const logs = [ada, ben].map((author) => followAuthor(db, author, { nowMs: START_MS }));
  const insert = db.prepare(
    "insert into follows (log, id, address, n, is_followed) values (?, ?, ?, ?, ?)",
  );
  for (const [n, log] of logs.entries()) {
    insert.run(log, often, "https://often.example", 1, 1);
    insert.run(log, own, "https://own.example", 2, 1);
    insert.run(log, blocked, "https://blocked.example", 3, 1);
    insert.run(log, dropped, "https://dropped.example", 4, 0);
    if (n === 0) insert.run(log, seldom, "https://seldom.example", 5, 1);
    if (n === 0) insert.run(log, ben.id, "https://b.example", 6, 1);
  }
  saveBlock(db, blocked, START_MS);
  const found = listSuggestions(db, { skip: 0, limit: 10 });
  deepEqual(found.map(({ id, address, followers }) => ({ id, address, followers })), [
    { id: often, address: "https://often.example", followers: 2 },
    { id: seldom, address: "https://seldom.example", followers: 1 },
  ]);
  deepEqual(listSuggestions(db, { skip: 1, limit: 10 }).map(({ id }) => id), [seldom]);
});
