/** What an import could not do: counted, listed up to a bound, and never a reason to stop. @module */

/** Every kind of problem, for programs; the sentence beside it is for people. */
export type ProblemKind =
  | "unreadable"
  | "too_large"
  | "encoding"
  | "front_matter"
  | "empty"
  | "date"
  | "duplicate_slug"
  | "duplicate"
  | "html"
  | "shortcode"
  | "picture_missing"
  | "picture_remote"
  | "picture_unusable"
  | "link"
  | "symbolic_link"
  | "feed"
  | "refused";

/** One problem. `source` is a file below the folder, or an item of a feed. */
export type Problem = Readonly<{ source: string; kind: ProblemKind; problem: string }>;

/** Where problems are collected. */
export type Problems = {
  readonly list: Problem[];
  /** All of them, listed or not, by kind. */
  readonly counts: Map<ProblemKind, number>;
  add: (source: string, kind: ProblemKind, problem: string) => void;
};

/** Problems that are listed; beyond it they are only counted, so that memory stays flat. */
const LISTED_MAX = 5_000;
const SENTENCE_CHARS_MAX = 400;

/** An empty collection. */
export function collectProblems(): Problems {
  const list: Problem[] = [];
  const counts = new Map<ProblemKind, number>();
  return {
    list,
    counts,
    add(source, kind, problem) {
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
      if (list.length >= LISTED_MAX) return;
      const sentence = problem.length > SENTENCE_CHARS_MAX
        ? `${problem.slice(0, SENTENCE_CHARS_MAX - 1)}…`
        : problem;
      list.push({ source, kind, problem: sentence.toWellFormed() });
    },
  };
}
