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
