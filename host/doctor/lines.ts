/** Findings as lines of a terminal. @module */
import type { Finding } from "../../views/findings.ts";

const MARKS: Readonly<Record<Finding["state"], string>> = {
  ok: "ok",
  warning: "!",
  problem: "!!",
};
const COLOURS: Readonly<Record<Finding["state"], number>> = { ok: 32, warning: 33, problem: 31 };
const WIDTH = 4;

/** One line each: how it is, what it is, what to do. */
export function paintFindings(findings: readonly Finding[], isColoured: boolean): string {
  return findings.map(({ name, state, text, todo }) => {
    const mark = MARKS[state].padEnd(WIDTH);
    const words = oneLine(todo === "" ? text : `${text} ${todo}`);
    if (!isColoured) return `${mark}${name}: ${words}`;
    return `\x1b[${COLOURS[state]}m${mark}\x1b[0m\x1b[1m${name}\x1b[0m: ${words}`;
  }).join("\n");
}

/** What others said is part of some sentences: it stays on its line and commands no terminal. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028-\u202e\u2066-\u2069]+/gu, " ");
}
