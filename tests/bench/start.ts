/** From nothing to the first answer, and what the program takes of the machine then. @module */
import { makeFolder, serveCapsule } from "../support/process.ts";
import { makeRealCapsule } from "./real_posts.ts";
import { median, type Row } from "./row.ts";

const STARTS = 5;
const REQUESTS = 200;

/** Resident memory of a process in MB. */
export function residentMegabytes(pid: number): number {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024 / 1e6;
}

/** Asks until there is an answer; milliseconds since `startedAtMs`. */
export async function firstAnswer(
  url: string,
  startedAtMs: number,
  client?: Deno.HttpClient,
): Promise<number> {
  while (performance.now() - startedAtMs < 10_000) {
    try {
      const response = await fetch(url, client === undefined ? {} : { client });
      await response.arrayBuffer();
      if (response.ok) return performance.now() - startedAtMs;
    } catch {
      // Nobody listens yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  throw new Error(`start: no answer from ${url} within ten seconds`);
}

/** Starts a server on this database a few times; the middle of the times and of the memory. */
export async function measureStarts(
  folder: string,
  paths: readonly string[],
  requests = REQUESTS,
): Promise<{ ms: number; megabytes: number }> {
  const taken: number[] = [];
  const resident: number[] = [];
  for (let i = 0; i <= STARTS; i++) {
    const port = freePort();
    const startedAtMs = performance.now();
    const starting = serveCapsule(["--port", `${port}`], { cwd: folder });
    const ms = await firstAnswer(`http://127.0.0.1:${port}/up`, startedAtMs);
    await using capsule = await starting;
    for (let request = 0; request < requests; request++) {
      await (await fetch(capsule.url + (paths[request % paths.length] ?? "/"))).arrayBuffer();
    }
    // The first start compiles.
    if (i > 0) taken.push(ms);
    if (i > 0) resident.push(residentMegabytes(capsule.pid));
  }
  return { ms: median(taken), megabytes: median(resident) };
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** The row. */
export const start: Row = {
  name: "start",
  async run() {
    using folder = makeFolder();
    makeRealCapsule(`${folder.path}/capsule.db`);
    const { ms, megabytes } = await measureStarts(folder.path, [
      "/",
      "/posts",
      "/p/2",
      "/feed.json",
    ]);
    return [
      { what: "start to the first answer", value: ms, unit: "ms", target: { below: 300 } },
      {
        what: `resident after ${REQUESTS} pages`,
        value: megabytes,
        unit: "MB",
        target: { below: 100 },
      },
    ];
  },
};
