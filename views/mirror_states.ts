/** One sentence for every state of a mirror, and what its owner can do. For pages and for the terminal. @module */
import type { MirrorAct } from "../mesh/mirror_acts.ts";
import type { Mirror } from "../storage/mirrors.ts";
import { countOf, describeAge } from "./ages.ts";
import { problemSentence } from "./problem_sentences.ts";
import { formatDate, type TimeStyle } from "./time.ts";

/** What a mirror's state means to its owner. */
export type MirrorWords = Readonly<{
  /** One or two words. */
  label: string;
  /** What is the case. */
  sentence: string;
  /** What comes of it, or what to do; undefined where nothing needs to be done. */
  advice?: string | undefined;
  /** What helps, as a verb for a button and what it does. */
  act?: Readonly<{ act: MirrorAct; verb: string }> | undefined;
  /** 0 all is well, 1 worth a look, 2 waits for the owner. */
  trouble: 0 | 1 | 2;
}>;

/** Dates in the terminal are those of UTC. */
const UTC: TimeStyle = { timeZone: "UTC", language: "en" };

const NO_ROOM: MirrorWords = {
  label: "No room",
  sentence: "The disk here is full, so copying waits. What is here already stays and can be read.",
  advice: "It goes on by itself when there is room: free some space, or unfollow somebody.",
  trouble: 2,
};

const TRY_AGAIN = { act: "ask", verb: "Try again" } as const;

/** Says in plain words how a mirror is. */
export function describeMirror(mirror: Mirror, style: TimeStyle = UTC): MirrorWords {
  const isWaiting = mirror.problem === "disk_full" && mirror.state !== "leaving";
  const words = isWaiting ? NO_ROOM : describeState(mirror, style);
  if (mirror.isConfirmed || words.trouble > 0) return words;
  return {
    label: "Not yet confirmed",
    sentence:
      "There is a newer identity record, and nobody has proved yet that your copy belongs to it. It is shown as not yet confirmed.",
    advice: "Their capsule, or somebody who follows it, has to answer once. Nothing is lost.",
    trouble: 1,
  };
}

/** The same on one line, without a date that needs a zone: for `capsule mirrors`. */
export function describeMirrorInText(mirror: Mirror, nowMs: number): string {
  const { sentence, advice } = describeMirror(mirror);
  return [sentence, advice, `${describeFreshness(mirror, nowMs)}.`]
    .filter((text) => text !== undefined).join(" ");
}

/** "Seen 3 minutes ago", or that nobody was reached yet. */
export function describeFreshness(
  mirror: Readonly<{ seenAtMs: number | undefined }>,
  nowMs: number,
): string {
  return typeof mirror.seenAtMs === "number"
    ? `Seen ${describeAge(mirror.seenAtMs, nowMs)}`
    : "Not seen yet";
}

/** "All 2,310 entries", "None yet", or how many of them. */
export function describeCompleteness(
  { isComplete, entries, size }: Pick<Mirror, "isComplete" | "entries" | "size">,
): string {
  if (size === 0) return "None yet";
  if (isComplete && entries >= size) return `All ${countOf(size, "entry", "entries")}`;
  if (entries < size) {
    return `${entries.toLocaleString("en")} of ${countOf(size, "entry", "entries")}`;
  }
  return `${countOf(size, "entry", "entries")}, some of their texts are still missing`;
}

function describeState(mirror: Mirror, style: TimeStyle): MirrorWords {
  const problem = mirror.problem === undefined ? "" : problemSentence(mirror.problem);
  switch (mirror.state) {
    case "new":
      return { label: "New", sentence: "The first copy has not begun yet.", trouble: 0 };
    case "pulling":
      return {
        label: "Copying",
        sentence: "It is being copied, the newest first. You can read what is here already.",
        trouble: 0,
      };
    case "current":
      return describeCurrent(mirror, problem);
    case "unreachable":
      return describeUnreachable(mirror, problem, style);
    case "refused":
      return {
        label: "Refused",
        sentence: `${
          problem || "It broke a rule of the protocol."
        } Nothing more is taken from there${
          mirror.problem === undefined ? "" : ` (${mirror.problem})`
        }.`,
        advice:
          "What was proved before stays and is shown. It is tried again once a day; tell them if you can.",
        act: TRY_AGAIN,
        trouble: 2,
      };
    case "flooding":
      return {
        label: "Flooding",
        sentence: "It grew by more in one day than people write. Copying waits for you.",
        advice: "If they moved an archive in, go on. If it is noise, unfollow.",
        act: { act: "go-on", verb: "Go on" },
        trouble: 2,
      };
    case "large":
      return {
        label: "Very large",
        sentence: `It is larger than what is copied unasked: ${
          countOf(mirror.size, "entry", "entries")
        } and their contents.`,
        advice: "Copying it may take hours and gigabytes.",
        act: { act: "copy", verb: "Copy it" },
        trouble: 2,
      };
    default:
      return describeEnd(mirror.state);
  }
}

function describeCurrent(
  { size, isComplete, problem: code }: Mirror,
  problem: string,
): MirrorWords {
  if (size === 0) {
    const sentence = isComplete
      ? "They have published nothing yet."
      : "Their address answers and shows nothing that is signed yet. What they publish will be copied.";
    return { label: "Nothing yet", sentence, trouble: 0 };
  }
  if (code !== "contents_missing" && code !== "contents_taken_down") {
    return { label: "Up to date", sentence: "Your copy is up to date.", trouble: 0 };
  }
  return {
    label: "Not complete",
    sentence: `Your copy has the newest entries, but not all of their texts. ${problem}`,
    advice: "They are asked for again by themselves, also of others who turn up with a copy.",
    act: { act: "ask", verb: "Ask now" },
    trouble: 1,
  };
}

function describeUnreachable(
  { seenAtMs }: Pick<Mirror, "seenAtMs">,
  problem: string,
  style: TimeStyle,
): MirrorWords {
  const since = typeof seenAtMs === "number"
    ? `Not reached since ${formatDate(seenAtMs, style)}.`
    : "It was never reached.";
  return {
    label: "Unreachable",
    sentence: `${since} ${problem}`.trim(),
    advice:
      "Your copy stays readable. It is asked again, less and less often; others who follow it are asked too.",
    act: { act: "ask", verb: "Ask now" },
    trouble: 1,
  };
}

function describeEnd(state: "forked" | "paused" | "closed" | "leaving"): MirrorWords {
  switch (state) {
    case "forked":
      return {
        label: "Forked",
        sentence:
          "Two versions of it that contradict each other are signed with the same key. You keep what you saw first, and nothing newer is taken.",
        advice:
          "Either their key was stolen, or they started an old backup. They can end it with their recovery phrase; then your copy goes on by itself.",
        trouble: 2,
      };
    case "paused":
      return {
        label: "Paused",
        sentence: "You paused it. Nothing new comes; what is here stays readable.",
        act: { act: "resume", verb: "Resume" },
        trouble: 1,
      };
    case "closed":
      return {
        label: "Closed",
        sentence:
          "The author closed this identity. Nothing new will come; your copy stays readable.",
        trouble: 1,
      };
    case "leaving":
      return {
        label: "Leaving",
        sentence: "You do not follow it any more. Your copy is being erased.",
        trouble: 0,
      };
  }
}
