import { deepEqual, equal, match } from "node:assert/strict";
import { verifyInTwo } from "../../host/verify_in_two.ts";
import { openTestCapsule } from "../support/capsule.ts";
import { makeFolder } from "../support/process.ts";

const quiet = () => {};

Deno.test("two threads find a whole store in order, with every entry counted once", async () => {
  using folder = makeFolder();
  using capsule = openTestCapsule({ path: `${folder.path}/capsule.db` });
  for (let n = 0; n < 5; n++) capsule.post({ text: `Words ${n} #tag` });
  deepEqual(await verifyInTwo(capsule.db, quiet), { ok: true, entries: 6, problems: [] });
});

Deno.test("what either thread finds is told", async () => {
  using folder = makeFolder();
  using capsule = openTestCapsule({ path: `${folder.path}/capsule.db` });
  for (let n = 0; n < 5; n++) capsule.post({ text: `Words ${n} #tag` });
  const { db } = capsule;
  const shown = "update pieces set text = ? where n = 2";
  db.prepare(shown).run("Other words");
  const told = await verifyInTwo(db, quiet);
  equal(told.ok, false);
  match(told.problems.join("\n"), /entry 2: the piece shows another text/);
  db.prepare(shown).run("Words 1 #tag");

  const log = "update entries set time_ms = time_ms + ? where n = 3";
  db.prepare(log).run(1);
  match((await verifyInTwo(db, quiet)).problems.join("\n"), /entry 3: its time/);
  db.prepare(log).run(-1);
  equal((await verifyInTwo(db, quiet)).ok, true);
});
