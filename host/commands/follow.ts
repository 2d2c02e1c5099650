/** `capsule follow`: follows a capsule, an ordinary feed, or everybody on a list. @module */
import { ConfirmProblem } from "../../mesh/confirm.ts";
import { followFeed } from "../../mesh/feeds.ts";
import { followCapsule, type Followed, FollowProblem } from "../../mesh/follow.ts";
import type { Mesh } from "../../mesh/mesh.ts";
import { importOpml, OPML_BYTES_MAX } from "../../mesh/opml.ts";
import { pullMirror } from "../../mesh/pull_mirror.ts";
import { isDiskFull } from "../../mesh/pull_problem.ts";
import { findLogMirror, type Mirror } from "../../storage/mirrors.ts";
import { describeMirrorInText } from "../../views/mirror_states.ts";
import { type Command, CommandProblem, type Context, UsageProblem } from "../command.ts";
import { formatCount } from "../counts.ts";
import { findServer } from "../lease.ts";
import { withMesh } from "../mesh.ts";
import { readTextFile } from "../pieces.ts";
import { problemOf } from "../problems.ts";
import { openExisting, requireCapsule } from "../served_database.ts";
import { prepareSigning, SIGNING_OPTIONS } from "../signing.ts";

/** The command. */
export const command: Command = {
  name: "follow",
  summary: "Follow a capsule, or an ordinary feed, and keep a copy",
  usage: "follow ADDRESS [--quiet] [--from ADDRESS] [options]",
  options: {
    quiet: { type: "boolean", text: "tell nobody: in no log, on no page" },
    from: {
      type: "string",
      value: "ADDRESS",
      text: "for a capsule id: where a copy of it is",
    },
    opml: {
      type: "string",
      value: "FILE",
      text: `follow everybody on a list from another reader ("-": standard input)`,
    },
    ...SIGNING_OPTIONS,
  },
  words: { min: 0, max: 1 },
  details:
    "ADDRESS is the address of a capsule, of a copy of it on another capsule, or of a feed; or a\n" +
    "capsule id. Beside a running server the server makes the copy; without one it is made before the\n" +
    "command ends.",
  examples: [
    "capsule follow https://ada.example.org",
    "capsule follow https://mirror.example.org/~cap1gxjk… --quiet",
    "capsule follow --opml subscriptions.opml",
  ],
  run,
};

async function run(context: Context): Promise<number | void> {
  const list = context.text("opml");
  const [target] = context.words;
  if ((list === undefined) === (target === undefined)) {
    throw new UsageProblem("follow: expected an address, or a list with --opml FILE.");
  }
  using db = openExisting(context.dataPath);
  requireCapsule(db);
  if (!context.flag("quiet")) await prepareSigning(context, db);
  return await withMesh(context, db, async (mesh) => {
    if (list !== undefined) return await followList(context, mesh, list);
    await followOne(context, mesh, target ?? "");
  });
}

async function followOne(context: Context, mesh: Mesh, target: string): Promise<void> {
  const followed = await followAny(context, mesh, target);
  if ("feed" in followed) {
    const { feed, title } = followed;
    context.answer({ feed, title }, `Following the feed ${title || feed}.`);
    return;
  }
  const isServed = await findServer(mesh.db, context.now) !== undefined;
  if (!isServed) await pullNow(context, mesh, followed);
  const mirror = findNow(mesh, followed);
  const { id, isNew } = followed;
  const { address, name, size, state } = mirror;
  const label = name || address || id;
  const words = isNew ? `Following ${label}.` : `You follow ${label} already.`;
  context.answer({ id, address, name, size, state }, `${words} ${mirror.sentence}`.trim());
}

type Now = Pick<Followed, "address" | "name" | "size" | "state"> & Readonly<{ sentence: string }>;

/** What the copy is like now; the name and size that were shown, while there is nothing of it yet. */
function findNow({ db, now }: Mesh, followed: Followed): Now {
  const mirror = findLogMirror(db, followed.log);
  if (mirror === undefined) return { ...followed, sentence: "" };
  const { state } = mirror;
  const address = mirror.address ?? followed.address;
  const sentence = describeMirrorInText(mirror, now());
  const name = mirror.name || followed.name;
  return { address, name, size: Math.max(mirror.size, followed.size), state, sentence };
}

async function pullNow(context: Context, mesh: Mesh, { log, name, id }: Followed): Promise<void> {
  const progress = context.progress(name || id.slice(0, 16));
  try {
    await pullMirror(mesh, log, { onProgress: progress.update });
  } catch (error) {
    if (!isDiskFull(error)) throw error;
    throw explainFull(findLogMirror(mesh.db, log), name || id);
  } finally {
    progress.end();
  }
}

/** What came is there, and the follow is published: neither is taken back. */
function explainFull(mirror: Mirror | undefined, label: string): CommandProblem {
  const { entries = 0, size = 0 } = mirror ?? {};
  const part = size === 0
    ? "nothing of the copy is here yet"
    : `${entries.toLocaleString("en")} of ${formatCount(size, "entry", "entries")} are here`;
  return new CommandProblem(
    "disk_full",
    `You follow ${label}, and the disk is full: ${part}. That stays. Free some space: the copy goes on by itself while the capsule is served, or when you run this again.`,
  );
}

/** A capsule, or what is none but names a feed. */
async function followAny(
  context: Context,
  mesh: Mesh,
  target: string,
): Promise<Followed | Readonly<{ feed: string; title: string }>> {
  const from = context.text("from");
  const isQuiet = context.flag("quiet");
  try {
    return await followCapsule(mesh, { target, from, isQuiet });
  } catch (error) {
    if (!(error instanceof ConfirmProblem) || error.code !== "no_capsule") throw error;
    const { url, title } = await followFeed(mesh, target);
    return { feed: url, title };
  }
}

/** Feeds are rows at once; capsules are confirmed one by one. One that cannot be followed does not keep back the others. */
async function followList(context: Context, mesh: Mesh, path: string): Promise<number> {
  const text = await readTextFile(path, OPML_BYTES_MAX, "list");
  const options = { nowMs: context.now(), isDev: mesh.isDev };
  const list = await importOpml(mesh.db, text, options);
  if (list === undefined) {
    throw new UsageProblem(`follow: ${path} is no list (OPML). Export one from your reader.`);
  }
  let { added, known } = list;
  const refused = list.refused.map((target) => ({ target, problem: "url_refused" }));
  const isQuiet = context.flag("quiet");
  for (const { id, address } of list.capsules) {
    try {
      const { isNew } = await followCapsule(mesh, { target: id, from: address, isQuiet });
      if (isNew) added += 1;
      else known += 1;
    } catch (error) {
      if (error instanceof FollowProblem && error.code === "no_capsule") throw error;
      const problem = problemOf(error);
      if (problem.code === "internal") throw error;
      refused.push({ target: address, problem: problem.code });
      context.remark(`${address}: ${problem.message}`);
    }
  }
  context.answer(
    { followed: added, known, refused },
    `Following ${formatCount(added, "more", "more")}; ${known} were followed already` +
      (refused.length === 0 ? "." : `; ${refused.length} cannot be followed.`),
  );
  return refused.length === 0 ? 0 : 1;
}
