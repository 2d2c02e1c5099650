// What changed between two versions of a text, for people: words inside changed lines, lines elsewhere.
import { diffArrays, diffWordsWithSpace } from "diff";

export type Difference = Readonly<{ kind: "same" | "added" | "removed"; text: string }>;

const TEXT_CHARS_MAX = 1_000_000;
const LINE_EDITS_MAX = 2_000;
const WORD_EDITS_MAX = 400;
const WORD_CHARS_MAX = 20_000;
// All word comparisons of one call together; lines that come after are shown whole.
const COMPARED_CHARS_MAX = 200_000;

/**
 * The differences in order: joined, the "same" and "removed" texts are `before`, the "same" and "added" ones `after`.
 * Texts that differ too much to compare in reasonable time come back as one removed and one added text.
 */
export function diffTexts(before: string, after: string): Difference[] {
  if (before === after) return before === "" ? [] : [{ kind: "same", text: before }];
  const isLong = before.length + after.length > TEXT_CHARS_MAX;
  const changes = isLong
    ? undefined
    : diffArrays(splitLines(before), splitLines(after), { maxEditLength: LINE_EDITS_MAX });
  if (!changes) return replaced(before, after);
  const differences: Difference[] = [];
  let removed = "";
  let added = "";
  let comparable = COMPARED_CHARS_MAX;
  const flush = () => {
    comparable -= removed.length + added.length;
    differences.push(...(comparable > 0 ? diffWords(removed, added) : replaced(removed, added)));
    removed = "";
    added = "";
  };
  for (const change of changes) {
    const text = change.value.join("");
    if (change.removed) removed += text;
    else if (change.added) added += text;
    else {
      flush();
      differences.push({ kind: "same", text });
    }
  }
  flush();
  return join(differences);
}

function diffWords(removed: string, added: string): Difference[] {
  if (removed === "" || added === "" || removed.length + added.length > WORD_CHARS_MAX) {
    return replaced(removed, added);
  }
  const changes = diffWordsWithSpace(removed, added, { maxEditLength: WORD_EDITS_MAX });
  if (!changes) return replaced(removed, added);
  return changes.map(({ value, added, removed }) => ({
    kind: added ? "added" : removed ? "removed" : "same",
    text: value,
  }));
}

function replaced(removed: string, added: string): Difference[] {
  const differences: Difference[] = [];
  if (removed !== "") differences.push({ kind: "removed", text: removed });
  if (added !== "") differences.push({ kind: "added", text: added });
  return differences;
}

function join(differences: readonly Difference[]): Difference[] {
  const joined: { kind: Difference["kind"]; text: string }[] = [];
  for (const { kind, text } of differences) {
    const last = joined.at(-1);
    if (last?.kind === kind) last.text += text;
    else if (text !== "") joined.push({ kind, text });
  }
  return joined;
}

function splitLines(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}
