/** Settings: the few things the owner chooses. @module */
import { rebuildArchive } from "./archive.ts";
import type { Database } from "./database.ts";
import { isTimeZone } from "./time_zone.ts";
import { parseStored } from "./stored_values.ts";

/** What the owner chose, or the defaults. */
export type Settings = Readonly<{
  /** IANA name of the zone in which dates are shown and the archive's years begin. */
  timeZone: string;
  /** Name or colour of the accent, as the appearance page offers it; "" for the design's own. */
  accent: string;
  /** What robots.txt allows: everybody, everybody but crawlers that train models, or nobody. */
  crawlers: "all" | "no-ai" | "none";
  /** Pieces on a page of a list, 5 to 50. */
  postsPerPage: number;
}>;

/** The settings of a new capsule. */
export const DEFAULT_SETTINGS: Settings = {
  timeZone: "UTC",
  accent: "",
  crawlers: "all",
  postsPerPage: 20,
};

/** Finds the settings; what was never saved has its default. */
export function findSettings(db: Database): Settings {
  const rows = db.prepare("select key, value from settings limit 100").all() as {
    key: string;
    value: string;
  }[];
  const saved = Object.fromEntries(rows.map((row) => [row.key, parseStored(row.value)]));
  return { ...DEFAULT_SETTINGS, ...saved };
}

/**
 * Saves the given settings and keeps the others. A new time zone recounts the archive in the same transaction.
 * Throws RangeError, saving nothing, for a value outside its range: forms check with `isTimeZone` first.
 */
export function saveSettings(db: Database, changes: Partial<Settings>): void {
  checkSettings(changes);
  db.transaction(() => {
    const before = findSettings(db);
    for (const key of Object.keys(DEFAULT_SETTINGS) as (keyof Settings)[]) {
      const value = changes[key];
      if (value === undefined) continue;
      db.prepare(
        "insert into settings (key, value) values (?, ?) on conflict (key) do update set value = excluded.value",
      ).run(key, JSON.stringify(value));
    }
    const { timeZone } = changes;
    if (timeZone !== undefined && timeZone !== before.timeZone) rebuildArchive(db, timeZone);
  });
}

function checkSettings(changes: Partial<Settings>): void {
  const { timeZone, accent, crawlers, postsPerPage } = changes;
  const isKnown = crawlers === undefined || ["all", "no-ai", "none"].includes(crawlers);
  if (!isKnown) throw new RangeError(`Cannot save setting crawlers: found ${crawlers}`);
  if (timeZone !== undefined && !isTimeZone(timeZone)) {
    throw new RangeError(`Cannot save setting timeZone: found ${timeZone.slice(0, 80)}`);
  }
  if (accent !== undefined && accent.length > 40) {
    throw new RangeError("Cannot save setting accent: expected at most 40 characters");
  }
  if (postsPerPage === undefined) return;
  if (!Number.isInteger(postsPerPage) || postsPerPage < 5 || postsPerPage > 50) {
    throw new RangeError(`Cannot save setting postsPerPage: expected 5 to 50`);
  }
}
