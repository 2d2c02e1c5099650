/** Plain sentences for every state and code. */
import { equal, match, ok } from "node:assert/strict";
import { PROTOCOL_CODES } from "../../mesh/protocol/errors.ts";
import { PULL_CODES } from "../../mesh/pull_problem.ts";
import type { Mirror, MirrorState } from "../../storage/mirrors.ts";
import { countOf, describeAge, describeBytes } from "../../views/ages.ts";
import {
  describeCompleteness,
  describeMirror,
  describeMirrorInText,
} from "../../views/mirror_states.ts";
import { explainCodes, hasSentence, problemSentence } from "../../views/problem_sentences.ts";
import { describeSigningInText } from "../../views/signing_states.ts";

const NOW_MS = Date.UTC(2026, 10, 22, 12);
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const MIRROR: Mirror = {
  log: 2,
  id: "cap1x",
  name: "Cleo",
  address: "https://cleo.example",
  isQuiet: false,
  followedAtMs: 0,
  state: "current",
  problem: undefined,
  isConfirmed: true,
  firstSize: 10,
  allowedSize: undefined,
  size: 2_310,
  recordN: 0,
  isComplete: true,
  entries: 2_310,
  contents: 2_310,
  contentBytes: 1,
  blobs: 0,
  blobBytes: 0,
  budgetBytes: 1,
  seenAtMs: NOW_MS - 3 * MINUTE_MS,
  originSeenAtMs: undefined,
  nextPullAtMs: 0,
  intervalMs: 1,
  failures: 0,
};

Deno.test("every state has words of its own, and what waits for the owner has something to do or to know", () => {
  const states: Record<MirrorState, 0 | 1 | 2> = {
    new: 0,
    pulling: 0,
    current: 0,
    leaving: 0,
    unreachable: 1,
    paused: 1,
    closed: 1,
    refused: 2,
    flooding: 2,
    forked: 2,
    large: 2,
  };
  const sentences = new Set<string>();
  for (const [state, trouble] of Object.entries(states)) {
    const words = describeMirror({ ...MIRROR, state: state as MirrorState, problem: "note_form" });
    equal(words.trouble, trouble, state);
    ok(trouble < 2 || words.act !== undefined || words.advice !== undefined, state);
    match(words.sentence, /^[A-Z].*\.$/, state);
    sentences.add(words.sentence);
  }
  equal(sentences.size, Object.keys(states).length);
});

Deno.test("a refused mirror says what was broken, and by which code", () => {
  const words = describeMirror({ ...MIRROR, state: "refused", problem: "content_mismatch" });
  match(words.sentence, /words or pictures other than those its author signed.*content_mismatch/);
});

Deno.test("a copy that the newest record does not confirm yet says so, unless something worse is the case", () => {
  equal(describeMirror({ ...MIRROR, isConfirmed: false }).label, "Not yet confirmed");
  equal(describeMirror({ ...MIRROR, isConfirmed: false, state: "forked" }).label, "Forked");
});

Deno.test("in the terminal a mirror is one line", () => {
  equal(
    describeMirrorInText(MIRROR, NOW_MS),
    "Your copy is up to date. Seen 3 minutes ago.",
  );
});

Deno.test("completeness is a number, never assumed", () => {
  equal(describeCompleteness(MIRROR), "All 2,310 entries");
  equal(
    describeCompleteness({ ...MIRROR, entries: 300, isComplete: false }),
    "300 of 2,310 entries",
  );
  match(describeCompleteness({ ...MIRROR, isComplete: false }), /still missing/);
});

Deno.test("every code of docs/protocol.md and of pulling has a sentence; an unknown one is named", () => {
  const specification = Deno.readTextFileSync(new URL("../../docs/protocol.md", import.meta.url));
  const [, section = ""] = /^## 14\. Error codes$([\s\S]*?)^## /m.exec(specification) ?? [];
  const named = [...section.matchAll(/^\| `([a-z0-9_]+)`/gm)].map(([, code]) => code ?? "");
  ok(named.length >= PROTOCOL_CODES.length);
  for (const code of [...named, ...PROTOCOL_CODES, ...PULL_CODES]) {
    ok(hasSentence(code), code);
    match(problemSentence(code), /^[A-Z].*\.$/, code);
  }
  match(problemSentence("odd_code"), /odd_code/);
  equal(
    explainCodes("Asked: https://a.example (not_reached), b (odd_code)."),
    "Asked: https://a.example (nothing answers there now), b (odd_code).",
  );
});

Deno.test("publishing that is allowed needs no words, every other outcome has some", () => {
  equal(describeSigningInText("allowed"), undefined);
  match(describeSigningInText("another_copy") ?? "", /Another copy.*Stop one of them/);
});

Deno.test("ages and sizes are said as people say them", () => {
  const ages: [number, string][] = [
    [-HOUR_MS, "just now"],
    [30_000, "just now"],
    [MINUTE_MS, "1 minute ago"],
    [59 * MINUTE_MS, "59 minutes ago"],
    [HOUR_MS, "1 hour ago"],
    [25 * HOUR_MS, "yesterday"],
    [3 * DAY_MS, "3 days ago"],
    [100 * DAY_MS, "3 months ago"],
    [800 * DAY_MS, "2 years ago"],
  ];
  for (const [age, words] of ages) equal(describeAge(NOW_MS - age, NOW_MS), words);
  equal(describeBytes(340_400), "340 kB");
  equal(describeBytes(12_400_000), "12.4 MB");
  equal(describeBytes(1_073_741_824), "1.1 GB");
  equal(countOf(1, "entry", "entries"), "1 entry");
  equal(countOf(1_200, "post"), "1,200 posts");
});
