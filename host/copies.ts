/** Copies of the database, as commands make and tell them. @module */
import type { Copied } from "../storage/backup.ts";
import type { Database } from "../storage/database.ts";
import type { Verified } from "../storage/verify.ts";
import type { Progress } from "./command.ts";
import { formatCount } from "./counts.ts";
import { formatBytes } from "./files.ts";
import { verifyInTwo } from "./verify_in_two.ts";

/** What copying asks for: a check with two threads, and a bar for both halves of the work. */
export function copyWatched(progress: Progress): Readonly<{
  onCopy: (copied: number, total: number) => void;
  verify: (db: Database) => Promise<Verified>;
}> {
  return { onCopy: progress.update, verify: (db) => verifyInTwo(db, progress.update) };
}

/** A copy for programs. */
export function copiedValue({ id, size, root, ...counts }: Copied): Record<string, unknown> {
  return { id, log: { size, root }, ...counts, verified: true };
}

/** A copy for people, from its second line on. */
export function describeCopied(copied: Copied): string {
  const { size, root, entries, posts, articles, mirrors, pictures } = copied;
  const others = formatCount(entries - size, "entry", "entries");
  return [
    `log       ${formatCount(size, "entry", "entries")}, root ${root}`,
    `pieces    ${formatCount(posts, "post")}, ${formatCount(articles, "article")}`,
    `pictures  ${pictures}`,
    `mirrors   ${mirrors}${mirrors === 0 ? "" : `, ${others}`}`,
    "verified  every signature, the tree, texts, pictures, and what pages show of them",
  ].join("\n");
}

/** "12.3 MB, verified". */
export function describeSize({ bytes }: Copied): string {
  return `${formatBytes(bytes)}, verified`;
}
