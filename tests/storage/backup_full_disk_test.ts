/** Copies onto a disk that is full, at every step of the copying. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { verifySignature } from "../../mesh/verify_signature.ts";
import { backupDatabase, restoreDatabase } from "../../storage/backup.ts";
import { type Database, DatabaseProblem } from "../../storage/database.ts";
import { explainFile } from "../../host/files.ts";
import { verifyStore } from "../../storage/verify.ts";
import { openTestCapsule } from "../support/capsule.ts";
import { need } from "../support/optional.ts";
import { listNames, makeFolder } from "../support/process.ts";

const options = { verify: (db: Database) => verifyStore(db, { verify: verifySignature }) };
const DISK_BYTES = 2_048 * 1_024;

async function mount(...args: string[]): Promise<boolean> {
  const [name = "", ...rest] = args;
  return (await new Deno.Command(name, { args: rest, stderr: "null" }).output()).success;
}

Deno.test("on a full disk a backup and a restore end in a sentence, what was there stays, and nothing is left behind", async () => {
  using folder = makeFolder();
  using disk = makeFolder();
  const isMounted = await mount("mount", "-t", "tmpfs", "-o", "size=2048k", "tmpfs", disk.path);
  if (!need("the right to mount a small disk", isMounted)) return;
  try {
    const path = `${folder.path}/capsule.db`;
    // As a command copies; they are closed after the capsule.
    using handles = new DisposableStack();
    using capsule = openTestCapsule({ path });
    capsule.post({ text: "one" });
    const target = `${disk.path}/kept.db`;
    const { bytes } = await backupDatabase(path, target, options);
    const kept = await Deno.readFile(target);
    await backupDatabase(path, `${folder.path}/source.db`, options);
    let outcomes = "";
    for (let room = 0; room <= DISK_BYTES - bytes; room += 160 * 1_024) {
      await Deno.writeFile(`${disk.path}/filler`, new Uint8Array(DISK_BYTES - bytes - room));
      const works = [
        () => backupDatabase(path, `${disk.path}/new.db`, options),
        () => backupDatabase(path, `${disk.path}/new.db`, { ...options, handles }),
        () => restoreDatabase(`${folder.path}/source.db`, `${disk.path}/new.db`, options),
        () =>
          restoreDatabase(`${folder.path}/source.db`, target, { ...options, isOverwriting: true }),
      ];
      for (const work of works) {
        const error = await work().then(() => undefined, (error: unknown) => error);
        outcomes += error === undefined ? "." : "f";
        const names = listNames(disk.path);
        if (error === undefined) {
          await Deno.remove(`${disk.path}/new.db`).catch(() => {});
          continue;
        }
        deepEqual(names, ["filler", "kept.db"]);
        const told = explainFile(error, "Cannot write it", "a folder");
        ok(told instanceof Error);
        match(told.message, /the disk is full/);
        ok(!(error instanceof DatabaseProblem) || error.kind === "full");
        if (!outcomes.includes(".")) {
          equal(kept.toBase64(), (await Deno.readFile(target)).toBase64());
        }
      }
      await Deno.remove(`${disk.path}/filler`);
    }
    match(outcomes, /^f+.*\.\.\.\.$/);
  } finally {
    await mount("umount", disk.path);
  }
});
