/**
 * Makes the database of a released program with that very program: `deno run -A tests/storage/released/make.ts COMMIT`, from the
 * root of a checkout that knows the commit. Run it once for the newest commit of each version of the tables, before the next
 * migration lands; the file that it writes here is never made again.
 * @module
 */
import { findFreePort } from "../../support/mesh_rig.ts";
import { makeFolder, runCapsule, type RunOptions, serveCapsule } from "../../support/process.ts";
import { gzipSync } from "node:zlib";

const VERSION_OFFSET = 60;
const SAMPLE = "tests/sample/blog";
const WAIT_MS = 60_000;

type Capsule = Readonly<{
  folder: string;
  run: (...args: string[]) => Promise<Record<string, unknown>>;
  options: RunOptions;
}>;

const [commit = "HEAD"] = Deno.args;
using place = makeFolder();
const tree = `${place.path}/tree`;
await git("worktree", "add", "--detach", tree, commit);
try {
  const has = await Deno.stat(`${tree}/host/commands/follow.ts`).then(() => true, () => false);
  const ada = await makeCapsule("ada", "Ada Lovelace");
  await publish(ada);
  if (has) await befriend(ada);
  await keep(ada);
} finally {
  await git("worktree", "remove", "--force", tree);
}

async function makeCapsule(folderName: string, name: string): Promise<Capsule> {
  const folder = `${place.path}/${folderName}`;
  await Deno.mkdir(folder);
  const flags = ["--allow-all", "--quiet", `--config=${tree}/deno.json`];
  const options = {
    cwd: folder,
    program: [Deno.execPath(), "run", ...flags, `${tree}/main.ts`],
  };
  const run = async (...args: string[]) => {
    const answer = await runCapsule([...args, "--json"], {
      ...options,
      stdin: "correct horse battery\n",
    });
    if (answer.code !== 0) throw new Error(`${args.join(" ")}: ${answer.stderr}`);
    return answer.json();
  };
  await run("init", "--name", name, "--line", "Notes on engines", "--password-stdin");
  return { folder, run, options };
}

/** Everything that a lone author can do on the command line. */
async function publish({ folder, run }: Capsule): Promise<void> {
  for (const name of ["tides.png", "harbour/boat.png"]) {
    await Deno.copyFile(`${SAMPLE}/${name}`, `${folder}/${name.replace("/", "-")}`);
  }
  await run("post", "The first post");
  await run("post", "With a picture", "--image", "tides.png", "--alt", "A table", "--tag", "sea");
  await run("post", "This one is taken back");
  await run("withdraw", "3");
  await run("post", "A tpyo");
  await run("revise", "5", "A typo");
  await Deno.writeTextFile(
    `${folder}/engine.md`,
    "---\ntitle: The engine\ntags: [engines, Sea]\n---\n\nIt weaves *patterns*.\n\n![Boat](harbour-boat.png)\n",
  );
  await run("article", "engine.md");
  await Deno.mkdir(`${folder}/old`);
  const dated =
    "---\ntitle: Old words\ndate: 2019-03-04\naliases: [/2019/old]\n---\n\nFrom before.\n";
  await Deno.writeTextFile(`${folder}/old/words.md`, dated);
  await Deno.writeTextFile(
    `${folder}/old/later.md`,
    "---\ntitle: Later\ndraft: true\n---\n\nNot yet.\n",
  );
  await run("import", "old");
}

/** Two capsules that follow each other: mirrors, followers, deliveries. */
async function befriend(ada: Capsule): Promise<void> {
  const ben = await makeCapsule("ben", "Ben");
  await ben.run("post", "Hello from Ben");
  const served = [];
  for (const { options } of [ada, ben]) {
    const port = String(findFreePort());
    const address = `http://127.0.0.1:${port}`;
    served.push(await serveCapsule(["--dev", "--port", port, "--address", address], options));
  }
  const [atAda, atBen] = served;
  if (atAda === undefined || atBen === undefined) throw new Error("not served");
  await ada.run("follow", atBen.url.replace("localhost", "127.0.0.1"));
  await ben.run("follow", atAda.url.replace("localhost", "127.0.0.1"));
  const deadlineMs = Date.now() + WAIT_MS;
  while (Date.now() < deadlineMs) {
    const mirrors = await ada.run("mirrors");
    const { followers } = await ada.run("status");
    if (JSON.stringify(mirrors).includes(`"complete":true`) && followers === 1) break;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  for (const one of served) await one.stop();
}

async function keep({ folder, run }: Capsule): Promise<void> {
  console.log(JSON.stringify(await run("status"), null, 2));
  const bytes = await Deno.readFile(`${folder}/capsule.db`);
  const version = new DataView(bytes.buffer).getUint32(VERSION_OFFSET);
  const path = new URL(`version-${version}.db.gz`, import.meta.url);
  await Deno.writeFile(path, gzipSync(bytes, { level: 9 }));
  console.log(`${path.pathname}: ${bytes.length} bytes of ${commit}`);
}

async function git(...args: string[]): Promise<void> {
  const { code } = await new Deno.Command("git", { args, stdout: "null" }).spawn().status;
  if (code !== 0) throw new Error(`git ${args.join(" ")} failed`);
}
