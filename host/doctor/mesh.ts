/** How the copies are, who has copies of ours, and whether outgoing requests are guarded. @module */
import { makeAsk } from "../../mesh/fetch.ts";
import type { Database } from "../../storage/database.ts";
import { countDeliveries } from "../../storage/deliveries.ts";
import { countFollowers } from "../../storage/followers.ts";
import { type HoldingsSummary, summarizeHoldings } from "../../storage/holdings.ts";
import { countMirrorStates, type MirrorCounts } from "../../storage/mirror_counts.ts";
import type { MirrorState } from "../../storage/mirrors.ts";
import { countOf } from "../../views/ages.ts";
import { type Finding, fine, problem, warning } from "../../views/findings.ts";

/** What is known of the copies. */
export type CopyFacts = Readonly<{ counts: MirrorCounts; isServed: boolean; nowMs: number }>;

/** A copy that waits longer than this though it is due is not asked for at all. */
const OVERDUE_MS = 3_600_000;
/** States in which a copy waits for the owner. */
const WAITING: readonly MirrorState[] = ["refused", "flooding", "large", "forked"];
const COPIES = "Copies";

/** Judges the copies. */
export function judgeCopies({ counts, isServed, nowMs }: CopyFacts): Finding {
  const { states, dueAtMs, unconfirmed } = counts;
  const all = Object.values(states).reduce((sum, count) => sum + count, 0);
  if (all === 0) return fine(COPIES, "You follow no capsule.");
  const total = countOf(all, "copy", "copies");
  if (isServed && dueAtMs !== undefined && dueAtMs < nowMs - OVERDUE_MS) {
    return problem(
      COPIES,
      `${total}; none was asked for in ${
        countOf(Math.floor((nowMs - dueAtMs) / 3_600_000), "hour")
      }, though that was due.`,
      "Start the server anew. If it comes again, its log says why.",
    );
  }
  const unreachable = states.unreachable ?? 0;
  if (unreachable === all && all > 1) {
    return problem(
      COPIES,
      `None of the ${total} can be brought up to date: nobody answers.`,
      "Look whether this machine can reach the internet over HTTPS.",
    );
  }
  const waiting = WAITING.filter((state) => (states[state] ?? 0) > 0);
  if (waiting.length > 0) {
    return warning(
      COPIES,
      `${total}, of which ${waiting.map((state) => `${states[state]} ${state}`).join(", ")}.`,
      "People → Following says what each of these means and what helps.",
    );
  }
  const more = [
    ...(unreachable > 0 ? [`${unreachable} not reached now`] : []),
    ...(unconfirmed > 0 ? [`${unconfirmed} not yet confirmed`] : []),
  ];
  return fine(
    COPIES,
    `${total}${more.length > 0 ? `, of which ${more.join(", ")}` : ", all well"}.`,
  );
}

/** What is known of the followers. */
export type FollowerFacts = Readonly<{
  followers: number;
  holdings: HoldingsSummary;
  /** What is still to be told to others. */
  deliveries: number;
}>;

const FOLLOWERS = "Followers";
/** More than a push of one post to everybody who is told directly, many times over. */
const DELIVERIES_MANY = 1_000;

/** Judges what followers hold. */
export function judgeFollowers({ followers, holdings, deliveries }: FollowerFacts): Finding {
  if (deliveries > DELIVERIES_MANY) {
    return warning(
      FOLLOWERS,
      `${countOf(deliveries, "message")} to others wait to be delivered.`,
      "Look whether this machine can reach the internet over HTTPS. Nothing is lost meanwhile: followers ask by themselves.",
    );
  }
  if (followers === 0) {
    return fine(FOLLOWERS, "Nobody follows you yet, so your backups are the only copies.");
  }
  const told = countOf(followers, "capsule follows you", "capsules follow you");
  const { all, some, none } = holdings;
  if (all === 0 && some + none > 0) {
    return warning(
      FOLLOWERS,
      `${told}; none of them has said that it holds all of your work.`,
      "Leave the server running so that they can fetch it. Keep backups until then.",
    );
  }
  const wait = deliveries > 0 ? `; ${countOf(deliveries, "message")} on the way` : "";
  return fine(
    FOLLOWERS,
    `${told}, ${all === 0 ? "not asked yet" : `${all} with all of your work`}${wait}.`,
  );
}

/** Counts the copies. */
export function lookAtCopies(
  db: Database,
  { nowMs, isServed }: Pick<CopyFacts, "nowMs" | "isServed">,
): CopyFacts {
  return { counts: countMirrorStates(db), isServed, nowMs };
}

/** Counts followers, what they hold and what is on its way to them. */
export function lookAtFollowers(db: Database): FollowerFacts {
  return {
    followers: countFollowers(db),
    holdings: summarizeHoldings(db),
    deliveries: countDeliveries(db),
  };
}

const GUARD = "Guard";

/** Starts the guard of outgoing requests, has it test itself, and ends it. Nobody outside is asked. */
export async function lookAtGuard(): Promise<Finding> {
  try {
    await using _asker = await makeAsk({ isDev: false });
    return fine(
      GUARD,
      "Nobody can have the capsule send requests to this machine or its own network.",
    );
  } catch (error) {
    return problem(
      GUARD,
      error instanceof Error ? error.message.replace(/\. .*$/s, ".") : String(error),
      "Start the program without NO_PROXY in its environment.",
    );
  }
}
