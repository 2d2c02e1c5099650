/** Importing in tests, without a command line. @module */
import { openArchive } from "../../host/import/archive.ts";
import type { Form } from "../../host/import/archive.ts";
import { collectProblems, type Problem } from "../../host/import/problems.ts";
import { importAll, type ImportResult } from "../../host/import/run.ts";
import type { Publisher } from "../../mesh/publish.ts";

/** The sample archive that stands for a corpus. */
export const SAMPLE: string = decodeURIComponent(new URL("../sample/", import.meta.url).pathname);

/** What an import did, its problems among it. */
export type Imported = ImportResult & Readonly<{ problems: Problem[]; base: string | undefined }>;

/** Imports a folder or a file into a capsule. */
export async function importInto(
  capsule: Publisher & Readonly<{ log: number }>,
  path: string,
  options: Readonly<
    {
      form?: Form;
      base?: string;
      isDryRun?: boolean;
      isDraft?: boolean;
      at?: (done: number) => void;
    }
  > = {},
): Promise<Imported> {
  const { db, now, log } = capsule;
  const problems = collectProblems();
  const { form, base, isDryRun = false, isDraft = false, at } = options;
  using archive = await openArchive({ db, log, path, form, base, isDryRun, now, problems });
  const result = await importAll({
    publisher: { db, now },
    log,
    problems,
    isDryRun,
    isDraft,
    onProgress: (done) => at?.(done),
  }, archive.candidates);
  return { ...result, problems: problems.list, base: archive.base() };
}

/** "kind source" of each problem, sorted: for comparing. */
export function sumProblems(problems: readonly Problem[]): string[] {
  return problems.map(({ kind, source }) => `${kind} ${source}`).sort();
}
