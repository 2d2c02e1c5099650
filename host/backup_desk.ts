/** Files of backups, for the owner's browser. @module */
import { join } from "node:path";
import type { BackupDesk } from "../routes/app.ts";
import { isBackupName } from "../storage/backup_rotation.ts";
import { backupFolder } from "./backup_folder.ts";

/** Makes the desk; it opens only what the plan made. */
export function makeBackupDesk(dataPath: string): BackupDesk {
  return {
    async open({ folder, file, state }) {
      if (folder === null || state !== "good" || !isBackupName(file)) return undefined;
      let opened: Deno.FsFile;
      try {
        opened = await Deno.open(join(backupFolder(dataPath, { folder }), file), { read: true });
      } catch {
        // Gone, or on a disk that is not mounted now: the row says that it was there.
        return undefined;
      }
      const { size } = await opened.stat();
      return { name: file, bytes: size, stream: opened.readable };
    },
  };
}
