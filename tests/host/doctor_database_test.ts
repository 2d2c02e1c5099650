import { equal, match } from "node:assert/strict";
import { judgeDatabase, lookAtDatabase } from "../../host/doctor/database.ts";
import { saveSigning } from "../../storage/signing.ts";
import { openTestCapsule } from "../support/capsule.ts";

Deno.test("doctor sees an end of the log that a bad disk has changed, unless entries are being fetched back", () => {
  using capsule = openTestCapsule();
  const { db, log } = capsule;
  capsule.post({ text: "Here." });
  match(judgeDatabase(lookAtDatabase(db)).text, /newest entries are whole/);
  capsule.expectDamage();
  db.exec(`pragma foreign_keys = off; delete from entries where log = ${log} and n = 1`);
  const told = judgeDatabase(lookAtDatabase(db));
  equal(told.state, "problem");
  match(told.text, /expected 2 entries, found 1/);
  saveSigning(db, { start: "s", outcome: "behind", detail: "", atMs: capsule.now() });
  equal(judgeDatabase(lookAtDatabase(db)).state, "ok");
});
