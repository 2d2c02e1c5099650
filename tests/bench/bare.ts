/** Baselines that are servers: programs of this folder which print where they listen. @module */

/** A running one. */
export type Bare = Readonly<{ url: string; pid: number } & AsyncDisposable>;

/** Starts a program of this folder. */
export async function startBareProgram(name: string, args: readonly string[]): Promise<Bare> {
  const program = decodeURIComponent(new URL(name, import.meta.url).pathname);
  const config = decodeURIComponent(new URL("../../deno.json", import.meta.url).pathname);
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", "--no-check", `--config=${config}`, program, ...args],
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  const url = new TextDecoder().decode((await reader.read()).value).trim();
  reader.releaseLock();
  return {
    url,
    pid: child.pid,
    async [Symbol.asyncDispose]() {
      child.kill();
      await Promise.all([child.status, child.stdout.cancel()]);
    },
  };
}
