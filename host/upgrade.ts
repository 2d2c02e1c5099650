/** Before a command opens the database: an older one is brought up to date (docs/architecture.md, upgrades). @module */
import { isOlderFile } from "../storage/database_file.ts";
import type { Context } from "./command.ts";

/** Brings an older database up to date, and says so; a look at one page of the file where there is nothing to do. */
export async function bringUpToDate(context: Context): Promise<void> {
  // A replica is another program's to write.
  if (context.flag("read-only") || !isOlderFile(context.dataPath)) return;
  // Loaded only after an upgrade of the program.
  const { upgradeBeforeUse } = await import("./upgrading.ts");
  await upgradeBeforeUse(context);
}
