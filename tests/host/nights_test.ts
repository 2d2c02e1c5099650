import { deepEqual, equal } from "node:assert/strict";
import { watchNights } from "../../host/nights.ts";
import type { LogLine } from "../../routes/app.ts";
import { openDatabase } from "../../storage/database.ts";
import { findNewestUpkeepRun } from "../../storage/upkeep_runs.ts";
import { openTestCapsule } from "../support/capsule.ts";
import { waitUntil } from "../support/mesh_rig.ts";
import { listNames, makeFolder, runCapsule } from "../support/process.ts";

Deno.test("a serving program tidies its database in another thread, once, and stops in order", async () => {
  using folder = makeFolder();
  const dataPath = `${folder.path}/capsule.db`;
  openTestCapsule({ path: dataPath })[Symbol.dispose]();
  const logged: LogLine[] = [];
  let isLater = false;
  {
    using db = openDatabase(dataPath);
    const watch = watchNights({
      db,
      dataPath,
      // Half an hour after its start a night that was missed is made up for.
      now: () => Date.now() - (isLater ? 0 : 1_800_000),
      log: (line) => void logged.push(line),
      lookMs: 10,
    });
    isLater = true;
    await waitUntil("the night is over", () => Promise.resolve(logged.length > 0));
    await watch.stop();
    equal(findNewestUpkeepRun(db)?.outcome, "whole");
    equal(db.prepare("select 1 from upkeep_runs").all().length, 1);
  }
  deepEqual(logged.map(({ message }) => message), ["The nightly upkeep is done."]);
  deepEqual(listNames(folder.path), ["capsule.db"]);
  const { code, stdout, stderr } = await runCapsule(["upkeep", "--json"], { cwd: folder.path });
  equal(code, 0, stderr);
  const run = JSON.parse(stdout);
  equal(run.outcome, "whole");
  const status = (await runCapsule(["status", "--json"], { cwd: folder.path })).json();
  deepEqual({ ...status.upkeep as object, removed: [] }, run);
});
