/** How backups stand, in words: for pages and for the terminal. @module */
import type { BackupPlan } from "../storage/backup_plan.ts";
import type { Backup } from "../storage/backups.ts";
import { countOf, describeBytes } from "./ages.ts";
import { formatDateTime, type TimeStyle, UTC } from "./time.ts";

/** "keeping one for each of 7 days and 4 weeks". */
export function describeKept({ keepDays, keepWeeks }: BackupPlan): string {
  const weeks = keepWeeks === 0 ? "" : ` and ${countOf(keepWeeks, "week")}`;
  return `keeping one for each of ${countOf(keepDays, "day")}${weeks}`;
}

/** "24.1 MB, 1,204 entries verified". */
export function describeBackup({ bytes, entries }: Backup): string {
  return `${describeBytes(bytes ?? 0)}, ${countOf(entries ?? 0, "entry", "entries")} verified`;
}

/** How the newest trial went; undefined when there was none. */
export function describeRehearsal(
  backup: Backup | undefined,
  style: TimeStyle = UTC,
): string | undefined {
  if (backup?.rehearsedAtMs === null || backup === undefined) return undefined;
  const when = formatDateTime(backup.rehearsedAtMs, style);
  if (backup.rehearsalProblem !== "") return `failed, ${when}: ${backup.rehearsalProblem}`;
  const seconds = Math.max(1, Math.round((backup.rehearsalMs ?? 0) / 1_000));
  return `${when}: it worked, ${
    countOf(backup.entries ?? 0, "entry", "entries")
  } the same as here; ` +
    `took ${seconds} s`;
}

/** Lines for the terminal, the first without a label. */
export function describeBackups(
  { plan, newest, newestTry, rehearsal }: Readonly<{
    plan: BackupPlan | undefined;
    newest: Backup | undefined;
    newestTry: Backup | undefined;
    rehearsal: Backup | undefined;
  }>,
): string[] {
  const made = newest === undefined
    ? "none yet"
    : `newest of ${formatDateTime(newest.begunAtMs, UTC)}, ${describeBackup(newest)}`;
  const planned = plan === undefined
    ? "none planned"
    : `every night into ${plan.folder}, ${describeKept(plan)}`;
  const trial = describeRehearsal(rehearsal);
  return [
    `${made}; ${planned}`,
    ...(plan !== undefined && newestTry?.state === "failed"
      ? [`the last one failed: ${newestTry.problem}`]
      : []),
    ...(trial === undefined ? [] : [`restored for trial: ${trial}`]),
  ];
}
