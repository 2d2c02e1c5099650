/** The home page from the page cache, beside a server that knows nothing but those bytes. @module */
import { makeFolder, serveCapsule } from "../support/process.ts";
import { type Bare, startBareProgram } from "./bare.ts";
import { LOADER, readAnswer, requestsPerSecond } from "./load.ts";
import { makeRealCapsule } from "./real_posts.ts";
import type { Row } from "./row.ts";
import { loadInTurns } from "./turns.ts";

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
    const servers = [capsule, bare].map(({ url, pid }) => ({
      url: `${url.replace("localhost", "127.0.0.1")}/`,
      pid,
    }));
    const [own, other] = await loadInTurns(servers, requestsPerSecond);
    if (own === undefined || other === undefined) throw new Error("home-cached: no rates");
    return [{
      what: `home page from the page cache (${LOADER})`,
      value: own.perSecond,
      baseline: other.perSecond,
      unit: "requests/s",
      target: { ratioAtLeast: 0.8 },
    }, {
      what: "the same per second of the server's processor time",
      value: own.perProcessorSecond,
      baseline: other.perProcessorSecond,
      unit: "requests/s",
      target: { ratioAtLeast: 0.8 },
    }];
  },
};
