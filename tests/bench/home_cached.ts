/** The home page from the page cache, beside a server that knows nothing but those bytes. @module */
import { makeFolder, serveCapsule } from "../support/process.ts";
import { type Bare, startBareProgram } from "./bare.ts";
import { LOADER, readAnswer, requestsPerSecond } from "./load.ts";
import { makeRealCapsule } from "./real_posts.ts";
import { median, type Row } from "./row.ts";

const TURNS = 5;
const TURN_SECONDS = 2;

/** Starts the server of `bare_server.ts` with the given answer. */
async function startBare(
  folder: string,
  answer: Awaited<ReturnType<typeof readAnswer>>,
): Promise<Bare> {
  // What the runtime writes itself would be there twice.
  const own = answer.headers.filter(([name]) => !/^(date|connection|content-length)$/.test(name));
  await Deno.writeTextFile(`${folder}/headers.json`, JSON.stringify(own));
  await Deno.writeFile(`${folder}/body`, answer.body);
  return await startBareProgram("bare_server.ts", [
    `${folder}/headers.json`,
    `${folder}/body`,
  ]);
}

/** The row. */
export const homeCached: Row = {
  name: "home-cached",
  async run() {
    using folder = makeFolder();
    makeRealCapsule(`${folder.path}/capsule.db`);
    await using capsule = await serveCapsule([], { cwd: folder.path });
    await using bare = await startBare(folder.path, await readAnswer(capsule.url, "/"));
    const rates: [number[], number[]] = [[], []];
    for (let turn = 0; turn <= TURNS; turn++) {
      for (const [i, url] of [capsule.url, bare.url].entries()) {
        const rate = await requestsPerSecond(
          `${url.replace("localhost", "127.0.0.1")}/`,
          TURN_SECONDS,
        );
        // The first turn warms up.
        if (turn > 0) rates[i]?.push(rate);
      }
    }
    return [{
      what: `home page from the page cache (${LOADER})`,
      value: median(rates[0]),
      baseline: median(rates[1]),
      unit: "requests/s",
      target: { ratioAtLeast: 0.8 },
    }];
  },
};
