/** Publishes what an archive holds: oldest first, in batches, each with its checkpoint, nothing twice. @module */
import { publishBatch, type Publisher } from "../../mesh/publish.ts";
import { PublishProblem } from "../../mesh/publish_problem.ts";
import { DatabaseProblem } from "../../storage/database_problem.ts";
import { insertDraft } from "../../storage/drafts.ts";
import { findImport, insertImports } from "../../storage/imports.ts";
import { CommandProblem } from "../command.ts";
import type { Candidate, Candidates, LoadedPiece } from "./candidate.ts";
import { makeDraftFields } from "./drafts.ts";
import type { Problems } from "./problems.ts";

/** What an import did. */
export type ImportResult = Readonly<{
  /** Pieces published, and drafts saved. */
  imported: number;
  /** Of these, the ones saved as drafts. */
  drafts: number;
  /** Pieces that an earlier import brought. */
  skipped: number;
}>;

/** Where pieces go, and how the work is watched. */
export type ImportRun = Readonly<{
  publisher: Publisher;
  log: number;
  problems: Problems;
  /** True publishes nothing. */
  isDryRun: boolean;
  /** True saves everything as drafts. */
  isDraft: boolean;
  onProgress: (done: number, total: number) => void;
}>;

type Item = Readonly<{ candidate: Candidate; piece: LoadedPiece }>;

/** Entries of one transaction. */
const BATCH_ENTRIES = 250;
/** Characters of text of one transaction: what is in memory at once. */
const BATCH_CHARS = 4_000_000;
const OF_THE_CAPSULE: ReadonlySet<string> = new Set(["no_capsule", "damaged", "busy"]);

/**
 * Publishes all candidates that are not in the log yet. Can be killed at any time and started again. Throws CommandProblem, which says how
 * many came, when the database takes no more.
 */
export async function importAll(
  run: ImportRun,
  candidates: Candidates,
): Promise<ImportResult> {
  const counts = { imported: 0, drafts: 0, skipped: 0 };
  try {
    await importInto(counts, run, candidates);
  } catch (error) {
    throw error instanceof DatabaseProblem ? explainStop(error, counts) : error;
  }
  const { imported, drafts, skipped } = counts;
  return { imported: imported + drafts, drafts, skipped };
}

/** What came before stays: the sentence of a single write would say that nothing was changed. */
function explainStop(
  { kind, message }: DatabaseProblem,
  { imported, drafts }: Readonly<{ imported: number; drafts: number }>,
): CommandProblem {
  const stopped = kind === "full"
    ? "the disk is full. Free some space and try again"
    : `${message} Then try again`;
  return new CommandProblem(
    `database_${kind}`,
    `Imported ${imported + drafts}, then it stopped: ${stopped}; it goes on where it stopped.`,
  );
}

async function importInto(
  counts: { imported: number; drafts: number; skipped: number },
  run: ImportRun,
  candidates: Candidates,
): Promise<void> {
  let batch: Item[] = [];
  let chars = 0;
  let at = 0;
  for (const candidate of candidates) {
    run.onProgress(at, candidates.length);
    at += 1;
    if (findImport(run.publisher.db, run.log, candidate.key) !== undefined) {
      counts.skipped += 1;
      continue;
    }
    const piece = await load(run, candidate);
    if (piece === undefined) continue;
    if (candidate.isDraft || run.isDraft) {
      if (saveDraft(run, candidate, piece)) counts.drafts += 1;
      continue;
    }
    batch.push({ candidate, piece });
    chars += piece.kind === "post" ? piece.text.length : piece.markdown.length;
    if (batch.length >= BATCH_ENTRIES || chars >= BATCH_CHARS) {
      counts.imported += publish(run, batch);
      batch = [];
      chars = 0;
    }
  }
  counts.imported += publish(run, batch);
  run.onProgress(at, candidates.length);
}

/** One piece that cannot be read is a problem of that piece alone. */
async function load(run: ImportRun, candidate: Candidate): Promise<LoadedPiece | undefined> {
  try {
    return await candidate.load();
  } catch (error) {
    // Its pictures could not be stored: no other piece's will be.
    if (error instanceof DatabaseProblem) throw error;
    const reason = error instanceof Error ? error.message : "unknown";
    run.problems.add(candidate.source, "refused", `this piece cannot be read: ${reason}`);
    return undefined;
  }
}

/** Publishes a batch in one transaction with its keys; what is refused is noted and left out. Answers how many were published. */
function publish(run: ImportRun, items: readonly Item[]): number {
  if (items.length === 0 || run.isDryRun) return items.length;
  try {
    publishTogether(run, items);
    return items.length;
  } catch (error) {
    // What is wrong with the capsule is wrong for every piece.
    if (!(error instanceof PublishProblem) || OF_THE_CAPSULE.has(error.code)) throw error;
    const [first] = items;
    if (items.length === 1 && first) {
      run.problems.add(first.candidate.source, "refused", `not published: ${error.message}`);
      return 0;
    }
    const middle = items.length >> 1;
    return publish(run, items.slice(0, middle)) + publish(run, items.slice(middle));
  }
}

function publishTogether({ publisher, log }: ImportRun, items: readonly Item[]): void {
  publisher.db.transaction(() => {
    const published = publishBatch(publisher, items.map(({ piece }) => piece));
    insertImports(
      publisher.db,
      log,
      items.map(({ candidate }, at) => ({
        sourceKey: candidate.key,
        index: published[at]?.index,
      })),
    );
  });
}

function saveDraft(
  { publisher: { db, now }, log, problems, isDryRun }: ImportRun,
  { source, key }: Candidate,
  piece: LoadedPiece,
): boolean {
  if (isDryRun) return true;
  try {
    db.transaction(() => {
      insertDraft(db, { kind: piece.kind, fields: makeDraftFields(piece), nowMs: now() });
      insertImports(db, log, [{ sourceKey: key, index: undefined }]);
    });
    return true;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    problems.add(source, "too_large", "this draft is too long to be saved");
    return false;
  }
}
