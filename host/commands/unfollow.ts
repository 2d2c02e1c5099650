/** `capsule unfollow`: ends following a capsule or a feed; the copy is erased. @module */
import { unfollowFeed } from "../../mesh/feeds.ts";
import { FollowProblem, unfollowCapsule } from "../../mesh/follow.ts";
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
  if (unfollowFeed(db, target)) {
    context.answer({ feed: target }, `You follow the feed ${target} no more.`);
    return;
  }
  await prepareSigning(context, db);
  const { log, id, address, name } = unfollow(db, context, target);
  if (await findServer(db, context.now) === undefined) {
    while (!deleteMirrorPart(db, log, ERASE_ROWS));
  }
  context.answer({ id, address, name }, `You follow ${name || address || id} no more.`);
}

function unfollow(db: Database, { now }: Context, target: string) {
  try {
    return unfollowCapsule({ db, now }, target);
  } catch (error) {
    if (!(error instanceof FollowProblem) || error.code !== "target_form") throw error;
    throw new FollowProblem("not_followed", `You do not follow ${target}.`);
  }
}
