// Raised and lowered figures, which Markdown has no mark for: x² and not x2.

const PLAIN = "0123456789+-=()";
const RAISED = [..."⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾"];
const LOWERED = [..."₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎"];

/** The words of a <sup> or <sub>, as characters that stand high or low where they are figures; others stay as they are. */
export function raiseDigits(name: string, words: string): string {
  // What was made Markdown already may have a mark before its sign.
  const figures = words.trim().replaceAll("\\", "");
  if (!/^[0-9+\-=()]{1,20}$/.test(figures)) return words;
  const marks = name === "sub" ? LOWERED : RAISED;
  return [...figures].map((figure) => marks[PLAIN.indexOf(figure)]).join("");
}

/** Whether the words of a <sup> or <sub> say the same where they stand on the line: figures, endings of ordinals, marks and links to notes. */
export function isRaisable(words: string, before: string): boolean {
  const text = words.trim().replaceAll("\\", "");
  if (text === "" || /^[0-9+\-=()]{1,20}$/.test(text) || /[[\]]/.test(text)) return true;
  if (/^(?:TM|SM|[^\p{L}\p{N}]+)$/u.test(text)) return true;
  return /\d$/.test(before) &&
    /^(?:st|n?d|rd|th|e|ers?|re|ère|[eè]mes?|de|[ao]s?)\.?$/iu.test(text);
}
