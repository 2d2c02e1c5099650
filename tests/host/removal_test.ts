import { deepEqual, equal, match } from "node:assert/strict";
import { findMirror } from "../../storage/mirrors.ts";
import { openDatabase } from "../../storage/database.ts";
import { findCheckpoint } from "../../storage/checkpoints.ts";
import { openTestCapsule, START_MS } from "../support/capsule.ts";
import { copyAuthor, followAuthor, openTestAuthor } from "../support/mirror.ts";
import { initCapsule, makeFolder, runCapsule } from "../support/process.ts";
import { publishPost } from "../../mesh/publish.ts";
import { block } from "../../mesh/removal.ts";

Deno.test("takedown, block and unblock work from a terminal (P12)", async () => {
  using folder = makeFolder();
  const data = `${folder.path}/capsule.db`;
  await initCapsule(folder.path);
  using author = openTestAuthor({ name: "Bea", address: "https://b.example", seed: 9 });
  const { index, hash } = publishPost(author, { text: "bad words" });
  {
    using db = openDatabase(data);
    const log = followAuthor(db, author, { nowMs: START_MS });
    copyAuthor(db, author, { log, nowMs: START_MS });
  }
  const run = (...args: string[]) => runCapsule([...args, "--data", data]);

  equal((await run("takedown", hash)).code, 2);
  const absent = await run("takedown", `https://b.example/p/${index + 9}`, "--reason", "spam");
  equal(absent.code, 1);
  match(absent.stderr, /nothing of somebody else's here/);
  const own = await run("takedown", "http://localhost:8000/p/0", "--reason", "spam");
  equal(own.code, 1);

  const done = await run(
    "takedown",
    `https://b.example/p/${index}`,
    "--reason",
    "Privacy: asked by letter",
    "--json",
  );
  deepEqual(JSON.parse(done.stdout), { kind: "entry", reason: "privacy", state: "taken_down" });
  match((await run("takedown", hash, "--reason", "a long story")).stdout, /taken down before/);
  {
    using db = openDatabase(data);
    const rows = db.prepare("select reason, note from takedowns where part_of is null").all();
    deepEqual(rows.map((row) => ({ ...row as object })), [{
      reason: "privacy",
      note: "asked by letter",
    }]);
  }

  const whole = await run("takedown", author.id, "--reason", "spam");
  match(
    whole.stdout,
    /^Taken down: “Bea”\. .*copy is being erased.*copies on other capsules stay\./,
  );
  deepEqual(JSON.parse((await run("block", "b.example", "--json")).stdout), {
    target: "b.example",
    state: "blocked",
  });
  match((await run("block", "https://b.example/")).stdout, /blocked before/);
  {
    using db = openDatabase(data);
    equal(findMirror(db, author.id)?.state ?? "leaving", "leaving");
  }
  match((await run("unblock", "b.example")).stdout, /Not blocked any more/);
  const unknown = await run("unblock", "b.example");
  equal(unknown.code, 1);
  match(unknown.stderr, /is not blocked/);
  equal((await run("block", "no such thing")).code, 1);
  equal((await run("verify", "--all")).code, 0);
});

Deno.test("a block of a host with a port says in the log that who was there is followed no more", () => {
  using owner = openTestCapsule({ address: "https://ida.example:8443" });
  using author = openTestAuthor({ name: "Bea", address: "https://b.example:8443", seed: 9 });
  const { db, log } = owner;
  followAuthor(db, author, { nowMs: START_MS });
  const before = findCheckpoint(db, log)?.size ?? 0;
  equal(block(owner, "b.example:8443"), "blocked");
  equal(findMirror(db, author.id)?.state, "leaving");
  equal(findCheckpoint(db, log)?.size, before + 1);
  equal(block(owner, "ida.example:8443"), "own");
});
