/** Ordinary feeds as the owner's page lists them. @module */
import { FEEDS_MAX, listFeeds } from "../storage/feeds.ts";
import { describeAge } from "../views/ages.ts";
import { problemSentence } from "../views/problem_sentences.ts";
import type { FeedRow } from "../views/studio_mesh.ts";
import type { Deps } from "./app.ts";

/** Every feed that is followed, those with trouble first, then by title. */
export function listFeedRows({ db, now }: Pick<Deps, "db" | "now">): FeedRow[] {
  const order = new Intl.Collator("en", { sensitivity: "base", numeric: true });
  return listFeeds(db, { limit: FEEDS_MAX }).map((feed): FeedRow => {
    const { id, url, problem, seenAtMs } = feed;
    const title = feed.title || URL.parse(url)?.host || url;
    const isTrouble = feed.state === "unreachable" || feed.state === "refused";
    const seen = seenAtMs === undefined ? "not seen yet" : `seen ${describeAge(seenAtMs, now())}`;
    const sentence = isTrouble
      ? `${problemSentence(problem ?? "not_reached")} It was ${seen}.`
      : seen;
    return { id, title, url, sentence, isTrouble };
  }).sort((a, b) => Number(b.isTrouble) - Number(a.isTrouble) || order.compare(a.title, b.title));
}
