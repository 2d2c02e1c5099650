/** A serving program that is killed while it makes backups by itself, at moments drawn at random. */
import { deepEqual, equal, ok } from "node:assert/strict";
import {
  findBackupPlan,
  saveBackupPlan,
  updateBackupWish,
  USUAL_PLAN,
} from "../../storage/backup_plan.ts";
import { isBackupName } from "../../storage/backup_rotation.ts";
import { saveBlob } from "../../storage/blobs.ts";
import { openDatabase } from "../../storage/database.ts";
import { openTestCapsule } from "../support/capsule.ts";
import { publishManyPosts } from "../support/many_posts.ts";
import { waitUntil } from "../support/mesh_rig.ts";
import { listNames, makeFolder, runCapsule, serveCapsule } from "../support/process.ts";

const KILLS = Deno.env.get("CAPSULE_TEST_SOAK") === "1" ? 40 : 1;

/** 20 MB: copying and verifying take long enough to be hit. */
function makeCapsule(path: string): void {
  using capsule = openTestCapsule({ path });
  publishManyPosts(capsule, { count: 3_000, fromMs: 0, stepMs: 60_000 });
  for (let n = 0; n < 15; n += 1) {
    const bytes = new Uint8Array(1_000_000).fill(n + 1);
    const info = { type: "image/png", width: 1, height: 1 };
    const hash = saveBlob(capsule.db, bytes, info, capsule.now());
    capsule.post({ text: `${n}`, pictures: [{ hash, description: "Even" }] });
  }
  saveBackupPlan(capsule.db, USUAL_PLAN, capsule.now());
}

Deno.test("killed at any moment of a nightly backup, files under their last name are whole, and the next run tidies up", async () => {
  using folder = makeFolder();
  const cwd = folder.path;
  makeCapsule(`${cwd}/capsule.db`);
  const wish = () => {
    using db = openDatabase(`${cwd}/capsule.db`);
    updateBackupWish(db);
  };
  for (let kill = 0; kill < KILLS; kill += 1) {
    wish();
    await using served = await serveCapsule([], { cwd });
    await waitUntil("one has begun", () => {
      using db = openDatabase(`${cwd}/capsule.db`);
      return Promise.resolve(findBackupPlan(db)?.isAsked === false);
    });
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 900));
    await served.kill();
  }
  wish();
  await using served = await serveCapsule([], { cwd });
  await served.waitForError(/A backup was made and verified/);
  equal(await served.stop(), 0);
  const names = listNames(`${cwd}/backups`);
  const backups = names.filter(isBackupName);
  ok(backups.length > 0);
  deepEqual(names, ["CAPSULE-BACKUPS.txt", ...backups]);
  for (const name of backups) {
    const { code, stderr } = await runCapsule(["restore", `backups/${name}`, "--check"], { cwd });
    equal(code, 0, stderr);
  }
  deepEqual(listNames(cwd), ["backups", "capsule.db"]);
});
