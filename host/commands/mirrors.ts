/** `capsule mirrors`: everybody followed, and how their copies are. @module */
import { type Feed, FEEDS_MAX, listFeeds } from "../../storage/feeds.ts";
import { listMirrors, type Mirror, MIRRORS_MAX } from "../../storage/mirrors.ts";
import { listConfirmed } from "../../storage/peers.ts";
import type { Database } from "../../storage/database.ts";
import { describeFreshness, describeMirrorInText } from "../../views/mirror_states.ts";
import { problemSentence } from "../../views/problem_sentences.ts";
import type { Command, Context } from "../command.ts";
import { openServed, requireCapsule } from "../served_database.ts";

/** The command. */
export const command: Command = {
  name: "mirrors",
  summary: "Show everybody you follow and how your copies are",
  usage: "mirrors [options]",
  options: {},
  examples: ["capsule mirrors", "capsule mirrors --json"],
  run,
};

function run(context: Context): void {
  using db = openServed(context.dataPath, context.now, { mustExist: true }).db;
  requireCapsule(db);
  const mirrors = listAll(db).filter(({ state }) => state !== "leaving");
  const feeds = listFeeds(db, { limit: FEEDS_MAX });
  const lines = mirrors.flatMap((mirror) => [
    `${mirror.name || "(no name yet)"} · ${findShownAddress(db, mirror) ?? "no address"}`,
    `  ${mirror.id}`,
    `  ${describeMirrorInText(mirror, context.now())}`,
  ]);
  lines.push(...feeds.flatMap((feed) => describeFeed(feed, context.now())));
  context.answer(
    mirrors.map((mirror) => tell(db, mirror)),
    lines.length === 0 ? "You follow nobody." : lines.join("\n"),
  );
}

function describeFeed(feed: Feed, nowMs: number): string[] {
  const { title, url, problem } = feed;
  const trouble = problem === undefined ? "" : `${problemSentence(problem)} `;
  return [
    `${title || "(no title yet)"} · ${url}`,
    `  An ordinary feed, unsigned. ${trouble}${describeFreshness(feed, nowMs)}.`,
  ];
}

function* pages(db: Database): Generator<readonly Mirror[]> {
  let afterLog: number | undefined;
  for (;;) {
    const page = listMirrors(db, { afterLog, limit: MIRRORS_MAX });
    yield page;
    if (page.length < MIRRORS_MAX) return;
    afterLog = page.at(-1)?.log;
  }
}

function listAll(db: Database): Mirror[] {
  return [...pages(db)].flat();
}

/** The address in force; of one that names none, where it was reached. */
function findShownAddress(db: Database, { id, address }: Mirror): string | null {
  return address ?? listConfirmed(db, id)[0]?.address ?? null;
}

/** As other programs read it: these names do not change. */
function tell(db: Database, mirror: Mirror): Record<string, unknown> {
  const { id, name, size, isComplete, contents, blobBytes, state, seenAtMs } = mirror;
  return {
    id,
    address: findShownAddress(db, mirror),
    name,
    size,
    // Before anybody showed a head nothing is known to be complete.
    complete: isComplete && seenAtMs !== undefined,
    contents,
    blobBytes,
    state,
    lastSeenAt: seenAtMs === undefined ? null : new Date(seenAtMs).toISOString(),
  };
}
