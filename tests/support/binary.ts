/**
 * The compiled program for tests. A file of tests that is run with the stub's compiler in the place of this one compiles what the
 * stub can run.
 * @module
 */

/** The checkout. */
export const ROOT: string = new URL("../../", import.meta.url).pathname;
/** The compiler whose payload a stub named by DENORT_BIN understands; without a stub it is the one that runs the tests. */
const STUB_COMPILER = ["npx", "--yes", "deno@2.6.8"];

/** How a script ended. */
export type Ended = Readonly<{ success: boolean; said: string }>;

/** Runs a script of .ci/ or tests/ with the compiler, in a checkout. */
export async function runWithCompiler(
  args: readonly string[],
  { cwd = ROOT, env = {} }: Readonly<{ cwd?: string; env?: Readonly<Record<string, string>> }> = {},
): Promise<Ended> {
  const [path = "", ...before] = Deno.env.get("DENORT_BIN") ? STUB_COMPILER : [Deno.execPath()];
  try {
    const { success, stdout, stderr } = await new Deno.Command(path, {
      args: [...before, "run", "--allow-all", ...args],
      cwd,
      stdin: "null",
      env: { NO_COLOR: "1", ...env },
    }).output();
    const decoder = new TextDecoder();
    return { success, said: decoder.decode(stdout) + decoder.decode(stderr) };
  } catch (error) {
    return { success: false, said: String(error) };
  }
}

/** True when no program can be made here because no runtime for it can be had; anything else that fails is a fault. */
export function isRuntimeMissing({ success, said }: Ended): boolean {
  return !success && /denort-\S+\.zip|No such file or directory.*npx/.test(said);
}
