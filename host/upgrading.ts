/** Bringing an older database up to date, unless an older program serves it, and saying so. @module */
import { verifySignature } from "../mesh/verify_signature.ts";
import { openAnyVersion } from "../storage/database.ts";
import { DATABASE_VERSION } from "../storage/migrations.ts";
import { upgradeDatabase } from "../storage/upgrade.ts";
import { COPY_KEPT_DAYS } from "../storage/upgrade_cleaning.ts";
import { CommandProblem, type Context } from "./command.ts";
import { formatBytes } from "./files.ts";
import { findHolder } from "./lease.ts";
import { PROGRAM_CALL, PROGRAM_VERSION } from "./program_version.ts";

/** Work on a larger file is announced before it begins. */
const SHORT_BYTES = 50_000_000;

/** Brings the database up to date; throws CommandProblem or DatabaseProblem with what stands in the way. */
export async function upgradeBeforeUse(
  { dataPath, now, remark }: Pick<Context, "dataPath" | "now" | "remark">,
): Promise<void> {
  using handles = new DisposableStack();
  const { db, version } = openAnyVersion(dataPath);
  using _closed = db;
  // What was written last may have been beside the file.
  if (version === DATABASE_VERSION || version === 0) return;
  const holder = await findHolder(db, now);
  if (holder !== undefined) {
    throw new CommandProblem(
      "being_served",
      `${dataPath} is being served by an older version of this program, at ${holder.url}. ` +
        "Stop that one and start this one in its place: the database is then brought up to date.",
    );
  }
  const done = upgradeDatabase(db, {
    verify: verifySignature,
    program: PROGRAM_VERSION,
    now,
    handles,
    onWaiting: () => remark(`Another program has ${dataPath} open; waiting for it.`),
    onBegin: (from, bytes) => {
      if (bytes < SHORT_BYTES) return;
      remark(`Bringing ${dataPath} (${formatBytes(bytes)}) from version ${from} up to date.`);
    },
  });
  if (done === undefined) return;
  remark(
    `Brought ${dataPath} from version ${done.version} to version ${DATABASE_VERSION}. ` +
      `What it was before is kept in ${done.copy} until the capsule has run for ${COPY_KEPT_DAYS} days; ` +
      `"${PROGRAM_CALL} rollback" goes back to it.`,
  );
}
