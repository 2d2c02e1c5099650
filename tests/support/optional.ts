/** Programs that tests use and that may not be on a machine. @module */

const isEverythingNeeded = Deno.env.get("CAPSULE_TEST_ALL") === "1";
const said = new Set<string>();

/**
 * True when `found` is there. Otherwise says in one line, once, what is left out; with CAPSULE_TEST_ALL=1 throws instead, so that no
 * test goes missing without a word where all of them must run.
 */
export function need(what: string, found: unknown): boolean {
  if (found !== undefined && found !== null && found !== false && found !== "") return true;
  if (isEverythingNeeded) throw new Error(`tests want ${what}, which was not found`);
  if (!said.has(what)) console.warn(`left out: tests that use ${what}, which was not found`);
  said.add(what);
  return false;
}

/** Whether a program is on the path, or where the system keeps its own. */
export async function findProgram(name: string): Promise<boolean> {
  const { success } = await new Deno.Command("sh", {
    args: ["-c", `PATH="$PATH:/usr/sbin:/sbin" command -v "$1"`, "sh", name],
    ...{ stdout: "null", stderr: "null" },
  }).output();
  return success;
}

/** Whether this machine has an IPv6 address of its own, `::1`; in Docker's usual network there is none. */
export function hasIpv6(): boolean {
  try {
    Deno.listen({ hostname: "::1", port: 0 }).close();
    return true;
  } catch {
    return false;
  }
}
