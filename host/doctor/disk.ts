/** Is there room on the disk? @module */
import { statfs } from "node:fs/promises";
import { describeBytes } from "../../views/ages.ts";
import { type Finding, fine, problem, warning } from "../../views/findings.ts";

/** What is known of it; undefined where the system does not say. */
export type DiskFacts =
  | Readonly<{
    /** Bytes that this user may still write. */
    freeBytes: number;
    totalBytes: number;
    /** Files that can still be made; undefined where the disk does not count them. */
    freeFiles: number | undefined;
    /** The database: an upgrade and a backup make a copy of it. */
    databaseBytes: number;
  }>
  | undefined;

const NAME = "Disk";
/** Less than this, and a picture or an import may fail. */
const BYTES_MIN = 64_000_000;
const FILES_MIN = 16;
/** Beside a copy of the database this much should be left. */
const REST_BYTES = 200_000_000;
const ROOM = "Make room on the disk, or take a larger one.";

/** Judges it. */
export function judgeDisk(facts: DiskFacts): Finding {
  if (facts === undefined) return fine(NAME, "The system does not say how much room is left.");
  const { freeBytes, totalBytes, freeFiles, databaseBytes } = facts;
  const free = describeBytes(freeBytes);
  if (freeBytes < BYTES_MIN) return problem(NAME, `Only ${free} are free.`, ROOM);
  if (freeFiles !== undefined && freeFiles < FILES_MIN) {
    return problem(NAME, "It can take no more files, though there is room in bytes.", ROOM);
  }
  if (freeBytes < databaseBytes + REST_BYTES) {
    return warning(
      NAME,
      `${free} are free. A copy of the database (${describeBytes(databaseBytes)}), ` +
        "as an upgrade or a backup makes one, leaves too little.",
      ROOM,
    );
  }
  return fine(NAME, `${free} of ${describeBytes(totalBytes)} are free.`);
}

/** Looks at the disk on which a folder is. The program may do so of its own folder only, and needs --allow-sys=statfs for it. */
export async function lookAtDisk(folder: string, databaseBytes: number): Promise<DiskFacts> {
  try {
    const { bavail, bsize, blocks, files, ffree } = await statfs(folder);
    return {
      freeBytes: bavail * bsize,
      totalBytes: blocks * bsize,
      freeFiles: files > 0 ? ffree : undefined,
      databaseBytes,
    };
  } catch {
    // Not allowed, or a system that does not count: nothing can be said.
    return undefined;
  }
}
