/** Which backups make room for newer ones. @module */
import type { Backup } from "./backups.ts";
import type { BackupPlan } from "./backup_plan.ts";
import { findOffsetMs } from "./time_zone.ts";

const DAY_MS = 86_400_000;
/** Unix time began on a Thursday; weeks begin on Mondays. */
const FIRST_MONDAY_DAY = 4;
const FORM = /^capsule-\d{4}-\d\d-\d\dT\d{6}Z\.db$/;

/** The name of a backup's file, by the moment it begins (Unix ms, UTC): `capsule-2026-11-22T040312Z.db`. */
export function makeBackupName(nowMs: number): string {
  const text = new Date(nowMs).toISOString();
  return `capsule-${text.slice(0, 10)}T${text.slice(11, 19).replaceAll(":", "")}Z.db`;
}

/** Says whether a name is one that `makeBackupName` makes: nothing else is ever removed. */
export function isBackupName(name: string): boolean {
  return FORM.test(name);
}

/**
 * Chooses among good backups of one folder, the newest first, those that go: of each of the newest `keepDays` days that have
 * one the newest stays, and of each of the newest `keepWeeks` weeks. The newest of all stays always.
 */
export function listRemovals(
  backups: readonly Backup[],
  { keepDays, keepWeeks }: Pick<BackupPlan, "keepDays" | "keepWeeks">,
  timeZone: string,
): Backup[] {
  const days = new Set<number>();
  const weeks = new Set<number>();
  return backups.filter(({ file, begunAtMs }, i) => {
    const day = Math.floor((begunAtMs + findOffsetMs(timeZone, begunAtMs)) / DAY_MS);
    const week = Math.floor((day - FIRST_MONDAY_DAY) / 7);
    const isDays = days.size < keepDays && !days.has(day);
    const isWeeks = weeks.size < keepWeeks && !weeks.has(week);
    days.add(day);
    weeks.add(week);
    return i > 0 && !isDays && !isWeeks && isBackupName(file);
  });
}
