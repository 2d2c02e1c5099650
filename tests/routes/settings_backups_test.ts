import { deepEqual, equal, match, ok } from "node:assert/strict";
import { makeBackupDesk } from "../../host/backup_desk.ts";
import { runPlannedBackup } from "../../host/planned_backup.ts";
import { findBackupPlan } from "../../storage/backup_plan.ts";
import {
  findNewestBackup,
  findNewestRehearsal,
  insertBackup,
  updateBackupFailed,
  updateRehearsal,
} from "../../storage/backups.ts";
import { hashPassword, savePassword } from "../../storage/passwords.ts";
import { checkMarkup } from "../browser/page_checks.ts";
import { openTestCapsule } from "../support/capsule.ts";
import { makeFolder } from "../support/process.ts";
import { openClient, PASSWORD } from "../support/studio_client.ts";

const PAGE = "/studio/settings/backups";
const PLAN = `form[id="plan"]`;

async function open() {
  const folder = makeFolder();
  const path = `${folder.path}/capsule.db`;
  const capsule = openTestCapsule({ path });
  savePassword(capsule.db, await hashPassword(PASSWORD));
  const client = openClient(capsule.db, capsule.now, { backups: makeBackupDesk(path) });
  await client.post("/sign-in", { password: PASSWORD });
  const run = () => runPlannedBackup({ dataPath: path, now: capsule.now, isStopped: () => false });
  return {
    ...capsule,
    client,
    run,
    folder: folder.path,
    [Symbol.dispose]: () => {
      capsule[Symbol.dispose]();
      folder[Symbol.dispose]();
    },
  };
}

Deno.test("the owner switches backups on, sees how they went, asks for one now, and switches them off", async () => {
  using studio = await open();
  const { client, db, run } = studio;
  match((await client.get("/studio/settings")).words, /Backups ?Copies of everything, every night/);
  const page = await client.get(PAGE);
  match(page.words, /Newest ?None yet ?Restored for trial ?Not yet ?Next ?None is planned/);
  ok(!page.words.includes("Back up now") && !page.words.includes("Download"));
  const on = await client.send(
    page,
    { folder: "./disk/capsule/", keepDays: "3", do: "save" },
    PLAN,
  );
  match(on.words, /made every night from now on.*Next ?Within a few seconds/);
  const { folder, keepDays, keepWeeks } = findBackupPlan(db) ?? {};
  deepEqual([folder, keepDays, keepWeeks], ["disk/capsule", 3, 4]);
  equal((await run()).outcome, "good");
  const made = await client.get(PAGE);
  match(
    made.words,
    /Restored for trial ?2 January 2026.*: it worked, 1 entry the same as here; took 1 s/,
  );
  match(made.words, /Kept here ?1 backup, \d+ kB/);
  match(made.words, /Next ?2 January 2026 at 0[45]:\d\d UTC/);
  deepEqual(await checkMarkup(made.html, PAGE), []);
  const asked = await client.post(PAGE, { do: "now" });
  equal(asked.location, `${PAGE}?done=now`);
  equal(findBackupPlan(db)?.isAsked, true);
  const off = await client.send(made, { do: "never" }, PLAN);
  match(off.words, /No backup is planned any more\. Those that are there stay\./);
  equal(findBackupPlan(db), undefined);
});

Deno.test("what went wrong with a backup or its trial stands first, in its own words", async () => {
  using studio = await open();
  const { client, db, now, run } = studio;
  await client.post(PAGE, { folder: "backups", keepDays: "7", keepWeeks: "4", do: "save" });
  await run();
  const nowMs = now() + 1000;
  const id = insertBackup(db, { folder: "backups", file: "x", nowMs });
  updateBackupFailed(db, id, "Cannot write backups/x: the disk is full. <Free> some space.", nowMs);
  const newest = findNewestBackup(db);
  updateRehearsal(db, newest?.id ?? 0, { tookMs: 5, problem: "It does not fit.", nowMs });
  const page = await client.get(PAGE);
  match(page.words, /The last backup failed\. Cannot write backups\/x: the disk is full\. <Free>/);
  match(page.words, /could not be restored for trial: It does not fit\./);
  equal(findNewestRehearsal(db)?.rehearsalProblem, "It does not fit.");
  deepEqual(await checkMarkup(page.html, PAGE), []);
});

Deno.test("a backup is handed out for the password only, and only one that the program made", async () => {
  using studio = await open();
  const { client, db, now, run, folder } = studio;
  await client.post(PAGE, { folder: "backups", keepDays: "7", keepWeeks: "4", do: "save" });
  await run();
  const { id = 0, file = "" } = findNewestBackup(db) ?? {};
  const backup = String(id);
  const wrong = await client.post(`${PAGE}/download`, { backup, password: "a guess" });
  equal(wrong.status, 422);
  match(wrong.words, /This is not your password/);
  const send = (fields: Record<string, string>) =>
    client.request(`${PAGE}/download`, { method: "POST", body: new URLSearchParams(fields) });
  deepEqual(client.logged, []);
  const answer = await send({ backup, password: PASSWORD });
  equal(answer.status, 200);
  deepEqual(client.logged.map(({ fields }) => fields), [{ file }]);
  equal(answer.headers.get("Content-Disposition"), `attachment; filename="${file}"`);
  match(answer.headers.get("Cache-Control") ?? "", /no-store/);
  const bytes = new Uint8Array(await answer.arrayBuffer());
  deepEqual(bytes, await Deno.readFile(`${folder}/backups/${file}`));
  equal(answer.headers.get("Content-Length"), String(bytes.length));
  // A row that points elsewhere, a number that is none, a file that is gone.
  db.prepare(
    "insert into backups (folder, file, state, begun_at_ms) values ('.', 'capsule.db', 'good', 0)",
  ).run();
  const elsewhere = String(
    (db.prepare("select max(id) as id from backups").get() as { id: number }).id,
  );
  await Deno.remove(`${folder}/backups/${file}`);
  for (const asked of [elsewhere, "x", "99", backup]) {
    const refused = await send({ backup: asked, password: PASSWORD });
    equal(refused.status, 422, asked);
    match(await refused.text(), /not there any more/);
  }
  const stranger = openClient(db, now, { backups: makeBackupDesk(`${folder}/capsule.db`) });
  for (const path of [PAGE, `${PAGE}/download`]) {
    const refused = await stranger.post(path, { backup, password: PASSWORD, do: "now" });
    ok(refused.status === 303 || refused.status === 403, `${path}: ${refused.status}`);
  }
});

Deno.test("a folder or a number that cannot be comes back with what was typed", async () => {
  using studio = await open();
  const { client, db } = studio;
  const typed = { folder: "../up", keepDays: "many", keepWeeks: "4", do: "save" };
  const back = await client.post(PAGE, typed);
  equal(back.status, 422);
  match(back.words, /Name a folder inside that of the capsule/);
  match(back.html, /value="many"/);
  equal((await client.post(PAGE, { ...typed, folder: "b" })).status, 422);
  equal(findBackupPlan(db), undefined);
});
