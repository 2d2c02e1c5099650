/** Before and after a command uses the database: what must be right about its files (docs/architecture.md, upgrades). @module */
import { isOlderFile } from "../storage/database_file.ts";
import type { Context } from "./command.ts";
import { checkBeside, forgetDeadServer, hasBeside, refuseEmpty } from "./wal.ts";

/**
 * Runs a command on a database that fits: the file beside it belongs to it, and an older one is brought up to date. Where there is
 * nothing to do that is a look at two files.
 */
export async function runOnDatabase<T>(context: Context, work: () => Promise<T>): Promise<T> {
  // A replica is another program's to write.
  if (context.flag("read-only")) return await work();
  await refuseEmpty(context.dataPath);
  await checkBeside(context);
  const isUsed = hasBeside(context.dataPath);
  if (isOlderFile(context.dataPath)) {
    // Loaded only after an upgrade of the program.
    const { upgradeBeforeUse } = await import("./upgrading.ts");
    await upgradeBeforeUse(context);
  }
  try {
    return await work();
  } finally {
    if (isUsed) forgetDeadServer(context.dataPath);
  }
}
