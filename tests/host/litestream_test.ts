/** Beside Litestream: what it does, done by the test (it is no package of Debian or npm), and a restore from what it copied. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { publishPost } from "../../mesh/publish.ts";
import { saveBlob } from "../../storage/blobs.ts";
import { openDatabase } from "../../storage/database.ts";
import { publishManyPosts } from "../support/many_posts.ts";
import { initCapsule, makeFolder, runCapsule, serveCapsule } from "../support/process.ts";
import { restoreWalCopy, WalCopier } from "../support/wal_copier.ts";

Deno.test("a capsule that was replicated page by page is restored whole, and goes on", async () => {
  using folder = makeFolder();
  const [cwd, copy, again] = ["capsule", "copy", "again"].map((name) => `${folder.path}/${name}`);
  for (const path of [cwd, copy, again]) await Deno.mkdir(path ?? "");
  ok(cwd && copy && again);
  await initCapsule(cwd);
  const served = await serveCapsule([], { cwd });
  const path = `${cwd}/capsule.db`;
  {
    using copier = new WalCopier(path, copy);
    // Far more than after what the program lets go of its -wal by itself: it must not while it is being copied.
    using db = openDatabase(path);
    const publisher = { db, now: Date.now };
    for (let n = 0; n < 12; n += 1) {
      const hash = saveBlob(db, randomBytes(1_500_000), {
        ...{ type: "image/png", width: 1, height: 1 },
      }, Date.now());
      publishPost(publisher, { text: `Picture ${n}`, pictures: [{ hash, description: "Noise" }] });
      if (n % 4 === 0) ok(copier.sync(), "the -wal was started anew while it was held");
    }
    // A heartbeat of the server in the very moment makes the copier begin anew, as Litestream does.
    while (copier.pieces < 2) copier.checkpoint();
    publishManyPosts(publisher, { count: 100, fromMs: 0, stepMs: 60_000 });
    equal((await runCapsule(["post", "By a command"], { cwd })).code, 0);
    equal((await runCapsule(["backup", "backup.db"], { cwd })).code, 0);
    equal(copier.sync(), true);
    copier.checkpoint();
    equal((await runCapsule(["post", "The last words"], { cwd })).code, 0);
    db.close();
    // The end of the program leaves the -wal to the one who still copies it.
    equal(await served.stop(), 0);
    equal(copier.sync(), true);
  }
  const before = (await runCapsule(["status", "--json"], { cwd })).json();
  // The machine is gone.
  await Deno.remove(cwd, { recursive: true });
  restoreWalCopy(copy, `${again}/capsule.db`);
  const verified = await runCapsule(["verify", "--all", "--json"], { cwd: again });
  deepEqual(verified.json().problems, []);
  const after = (await runCapsule(["status", "--json"], { cwd: again })).json();
  deepEqual([after.id, after.log, after.posts], [before.id, before.log, before.posts]);
  await using anew = await serveCapsule([], { cwd: again });
  match(await (await fetch(anew.url)).text(), /The last words/);
  equal((await runCapsule(["post", "Going on"], { cwd: again })).code, 0);
});

Deno.test("a copy of file and -wal without the newest piece is the capsule of a moment before", async () => {
  using folder = makeFolder();
  const [cwd, copy] = [`${folder.path}/capsule`, `${folder.path}/copy`];
  await Deno.mkdir(cwd);
  await Deno.mkdir(copy);
  await initCapsule(cwd);
  {
    using copier = new WalCopier(`${cwd}/capsule.db`, copy);
    await runCapsule(["post", "one"], { cwd });
    copier.sync();
    await runCapsule(["post", "two"], { cwd });
  }
  restoreWalCopy(copy, `${folder.path}/capsule.db`);
  const options = { cwd: folder.path };
  deepEqual((await runCapsule(["verify", "--all", "--json"], options)).json().problems, []);
  equal((await runCapsule(["status", "--json"], options)).json().posts, 1);
});
