/** The compiled program, as it is put on a server, for the rows that measure it beside the same from source. @module */
import { isRuntimeMissing, runWithCompiler } from "../support/binary.ts";

/** How the program is called: from source and, where a runtime can be had to compile with, compiled into this folder. */
export async function listPrograms(
  folder: string,
): Promise<readonly Readonly<{ suffix: string; program?: readonly string[] }>[]> {
  const path = `${folder}/capsule`;
  const compiled = await runWithCompiler([".ci/compile.ts", path]);
  if (compiled.success) return [{ suffix: "" }, { suffix: ", compiled", program: [path] }];
  if (!isRuntimeMissing(compiled)) throw new Error(compiled.said);
  console.warn(
    "left out: the compiled program (no Deno runtime to compile with: DENORT_BIN, or the network)",
  );
  return [{ suffix: "" }];
}
