/** Where nightly backups are. @module */
import { dirname, join } from "node:path";
import type { BackupPlan } from "../storage/backup_plan.ts";

/** The path of a plan's folder: below the folder of the database. */
export function backupFolder(dataPath: string, { folder }: Pick<BackupPlan, "folder">): string {
  return join(dirname(dataPath), folder);
}
