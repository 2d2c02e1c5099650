/** `capsule unfollow`: ends following a capsule or a feed; the copy is erased. @module */
import { unfollowFeed } from "../../mesh/feeds.ts";
import { FollowProblem, unfollowCapsule } from "../../mesh/follow.ts";
import { FEEDS_MAX, listFeeds } from "../../storage/feeds.ts";
import { deleteMirrorPart } from "../../storage/mirrors.ts";
import type { Database } from "../../storage/database.ts";
import type { Command, Context } from "../command.ts";
import { findServer } from "../lease.ts";
import { openExisting, requireCapsule } from "../served_database.ts";
import { prepareSigning, SIGNING_OPTIONS } from "../signing.ts";

/** Rows that are erased in one transaction. */
const ERASE_ROWS = 2_000;

/** The command. */
export const command: Command = {
  name: "unfollow",
  summary: "Follow a capsule or a feed no more, and erase the copy",
  usage: "unfollow ADDRESS|ID [options]",
  options: SIGNING_OPTIONS,
  words: { min: 1, max: 1 },
  examples: ["capsule unfollow https://ada.example.org"],
  run,
};

async function run(context: Context): Promise<void> {
  using db = openExisting(context.dataPath);
  requireCapsule(db);
  const [target = ""] = context.words;
  if (leaveFeed(context, db, target)) return;
  await prepareSigning(context, db);
  const left = unfollow(db, context, target);
  if (left === undefined) {
    if (leaveFeed(context, db, findFeedOfSite(db, target))) return;
    throw new FollowProblem("not_followed", `You do not follow ${target}.`);
  }
  const { log, id, address, name } = left;
  if (await findServer(db, context.now) === undefined) {
    while (!deleteMirrorPart(db, log, ERASE_ROWS));
  }
  context.answer({ id, address, name }, `You follow ${name || address || id} no more.`);
}

function leaveFeed(context: Context, db: Database, url: string | undefined): boolean {
  if (url === undefined || !unfollowFeed(db, url)) return false;
  context.answer({ feed: url }, `You follow the feed ${url} no more.`);
  return true;
}

/** A feed is followed by the address of its site too, and so it can be left. */
function findFeedOfSite(db: Database, site: string): string | undefined {
  const href = URL.parse(site)?.href;
  if (href === undefined) return undefined;
  return listFeeds(db, { limit: FEEDS_MAX })
    .find(({ siteUrl }) => URL.parse(siteUrl)?.href === href)?.url;
}

/** Undefined when no capsule of this name is followed. */
function unfollow(db: Database, { now }: Context, target: string) {
  try {
    return unfollowCapsule({ db, now }, target);
  } catch (error) {
    const isAbsent = error instanceof FollowProblem &&
      (error.code === "target_form" || error.code === "not_followed");
    if (!isAbsent) throw error;
    return undefined;
  }
}
