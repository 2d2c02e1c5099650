/**
 * The program without a runtime to compile it with: the very files that are embedded, with the rights that are compiled in, run by the
 * Deno of the tests, which is the version that a release is made with.
 * @module
 */
import { CACHE, PROGRAM_FLAGS, stageProgram } from "../../.ci/program.ts";
import type { RunOptions } from "./process.ts";

/** Stages it in an empty folder; how it is called. It finds nothing outside of that folder but the working folder. */
export function stageToRun(folder: string): Required<Pick<RunOptions, "program" | "env">> {
  stageProgram(folder);
  const flags = PROGRAM_FLAGS.map((flag) => flag === "--allow-read=." ? `${flag},${folder}` : flag);
  const run = [Deno.execPath(), "run", "--quiet", "--cached-only", ...flags];
  return {
    program: [...run, `--config=${folder}/deno.json`, `${folder}/main.ts`],
    env: { DENO_DIR: `${folder}/${CACHE}` },
  };
}
