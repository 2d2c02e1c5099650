/** The compiled program for tests. @module */

/** The checkout. */
export const ROOT: string = new URL("../../", import.meta.url).pathname;

/** How a script ended. */
export type Ended = Readonly<{ success: boolean; said: string }>;

/** Runs a script of .ci/ or tests/ with the compiler, in a checkout. */
export async function runWithCompiler(
  args: readonly string[],
  { cwd = ROOT, env = {} }: Readonly<{ cwd?: string; env?: Readonly<Record<string, string>> }> = {},
): Promise<Ended> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", ...args],
    cwd,
    stdin: "null",
    env: { NO_COLOR: "1", ...env },
  }).output();
  const decoder = new TextDecoder();
  return { success, said: decoder.decode(stdout) + decoder.decode(stderr) };
}

/** True when no program can be made here because no runtime for it can be had; anything else that fails is a fault. */
export function isRuntimeMissing({ success, said }: Ended): boolean {
  return !success && /denort-\S+\.zip/.test(said);
}
