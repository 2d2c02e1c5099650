/** Locks on files, as Linux lists them. @module */

/** Locks on a file that this process holds, as the system lists them. A list that changes while it is read may skip some: the most of ten. */
export async function countLocks(path: string): Promise<number> {
  const { ino } = await Deno.stat(path);
  let most = 0;
  for (let n = 0; n < 10; n++) {
    const locks = (await Deno.readTextFile("/proc/locks")).split("\n")
      .filter((line) => line.includes(` ${Deno.pid} `) && line.includes(`:${ino} `));
    most = Math.max(most, locks.length);
  }
  return most;
}
