/** Following from a form: whom it means, bounded time, and one sentence for each way in which it fails. @module */
import { AskProblem } from "../mesh/ask.ts";
import { ConfirmProblem } from "../mesh/confirm.ts";
import { FeedProblem, followFeed } from "../mesh/feeds.ts";
import { followCapsule, FollowProblem, unfollowCapsule } from "../mesh/follow.ts";
import type { Mesh } from "../mesh/mesh.ts";
import { isCapsuleId } from "../mesh/protocol/capsule_id.ts";
import { ProtocolError } from "../mesh/protocol/errors.ts";
import { PublishProblem } from "../mesh/publish.ts";
import { SourceProblem } from "../mesh/pull_problem.ts";
import { problemSentence } from "../views/problem_sentences.ts";
import type { FollowForm } from "../views/studio_follow.ts";
import type { Problems } from "../views/studio_fields.ts";
import type { Deps } from "./app.ts";
import { readUrl } from "./mesh_target.ts";

/** How long an owner waits for an answer at most, whatever has to be asked. */
const PATIENCE_MS = 25_000;
/** Answers after which the same address may still be that of a feed. */
const MAYBE_FEED = new Set(["no_capsule", "redirect_refused", "answer_broken", "too_long"]);

/** Codes of those who may be there another time. */
const MAY_COME_BACK = new Set(["not_reached", "too_slow", "busy"]);
const LATER =
  "If the address is right, try again later, or give a link to a copy that somebody has of it.";

/** What came of it. */
export type FollowOutcome =
  | Readonly<{ id: string; isNew: boolean }>
  | Readonly<{ feed: string; isNew: boolean }>
  | Readonly<{ problems: Problems; needsSource: boolean }>;

/** Follows whom the form means: a capsule, else the feed of a site. */
export async function tryFollow(mesh: Mesh, form: FollowForm): Promise<FollowOutcome> {
  const { target, isQuiet } = form;
  const hurried = withPatience(mesh);
  const from = form.from === "" ? undefined : form.from;
  const capsule = await settle(followCapsule(hurried, { target, from, isQuiet }));
  if (!(capsule instanceof Error)) return { id: capsule.id, isNew: capsule.isNew };
  if (!MAYBE_FEED.has(codeOf(capsule)) || from !== undefined) return explain(capsule, form);
  const feed = await settle(followFeed(hurried, target));
  if (!(feed instanceof Error)) return { feed: feed.title || feed.url, isNew: feed.isNew };
  if (codeOf(feed) !== "no_feed") return explain(feed, form);
  const nothing = "There is neither a capsule nor a feed at this address.";
  return { problems: { target: nothing }, needsSource: false };
}

/** Unfollows; a problem is a sentence for the owner. Whoever is not followed stays so. */
export function tryUnfollow({ db, now }: Pick<Deps, "db" | "now">, id: string): string | undefined {
  try {
    unfollowCapsule({ db, now }, id);
    return undefined;
  } catch (error) {
    if (error instanceof PublishProblem) return error.message;
    if (error instanceof FollowProblem) return undefined;
    throw error;
  }
}

/** The same mesh, whose questions together end after the owner's patience. */
function withPatience(mesh: Mesh): Mesh {
  const end = AbortSignal.timeout(PATIENCE_MS);
  return {
    ...mesh,
    ask: (question) => {
      const signal = question.signal === undefined ? end : AbortSignal.any([question.signal, end]);
      return mesh.ask({ ...question, signal });
    },
  };
}

type Expected =
  | AskProblem
  | ConfirmProblem
  | FeedProblem
  | FollowProblem
  | ProtocolError
  | PublishProblem
  | SourceProblem;

/** The value, or a problem that an owner can be told; everything else is not ours. */
async function settle<T>(work: Promise<T>): Promise<T | Expected> {
  try {
    return await work;
  } catch (error) {
    if (isExpected(error)) return error;
    throw error;
  }
}

function isExpected(error: unknown): error is Expected {
  return [
    AskProblem,
    ConfirmProblem,
    FeedProblem,
    FollowProblem,
    ProtocolError,
    PublishProblem,
    SourceProblem,
  ].some((kind) => error instanceof kind);
}

/** What ran out is the owner's patience. */
function codeOf({ code }: Expected): string {
  return code === "stopped" ? "too_slow" : code;
}

function explain(problem: Expected, form: FollowForm): FollowOutcome {
  const code = codeOf(problem);
  return {
    problems: { [fieldOf(problem, code, form)]: sentenceOf(problem, code, form) },
    needsSource: code === "from_needed",
  };
}

/** The field that the sentence stands beside: where a copy was looked for, or who is meant. */
function fieldOf(problem: Expected, code: string, { from, target }: FollowForm): string {
  if (problem instanceof PublishProblem) return "";
  if (code === "from_needed") return "from";
  if (from === "") return "target";
  if (isFormCode(code)) {
    const isTargetFine = isCapsuleId(target) || readUrl(target) !== undefined;
    return isTargetFine ? "from" : "target";
  }
  // Blocked, one's own, just unfollowed: about the one who is meant.
  return problem instanceof FollowProblem ? "target" : "from";
}

function isFormCode(code: string): boolean {
  return code === "target_form" || code === "address_form";
}

function sentenceOf(problem: Expected, code: string, { target, from }: FollowForm): string {
  if (from === "" && /^cap1[a-z0-9]*$/i.test(target) && !isCapsuleId(target)) {
    return "A capsule id is cap1 and 58 letters and digits: a part of this one is missing, or mistyped.";
  }
  if (code === "from_needed") {
    return "No address of this capsule is known here. Say where it can be asked for.";
  }
  if (isFormCode(code)) {
    return "This does not look like an address: capsule.example.org is expected, a link to a copy, or a capsule id.";
  }
  const isForOwner = problem instanceof FollowProblem || problem instanceof PublishProblem;
  if (isForOwner) return problem.message;
  return MAY_COME_BACK.has(code) ? `${problemSentence(code)} ${LATER}` : problemSentence(code);
}
