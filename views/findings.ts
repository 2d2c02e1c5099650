/** What was found out about how the capsule is doing: one line each, on a page and in the terminal. @module */

/** One thing that was looked at. */
export type Finding = Readonly<{
  /** A word or two. */
  name: string;
  /** Fine; worth a look; something does not work. */
  state: "ok" | "warning" | "problem";
  /** What is the case, in whole sentences. */
  text: string;
  /** What to do, in whole sentences; "" where nothing is to be done. */
  todo: string;
}>;

/** Nothing to do. */
export function fine(name: string, text: string): Finding {
  return { name, state: "ok", text, todo: "" };
}

/** Worth a look, or not surely wrong. */
export function warning(name: string, text: string, todo: string): Finding {
  return { name, state: "warning", text, todo };
}

/** It does not work, or will soon not. */
export function problem(name: string, text: string, todo: string): Finding {
  return { name, state: "problem", text, todo };
}
