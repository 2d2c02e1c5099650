/** Numbers among the flags. @module */
import { type Context, UsageProblem } from "./command.ts";

/** A flag that takes a whole number from 0; undefined when it was not given. */
export function readWhole(context: Context, name: string): number | undefined {
  const text = context.text(name);
  if (text === undefined) return undefined;
  if (/^(?:0|[1-9]\d{0,14})$/.test(text)) return Number(text);
  throw new UsageProblem(`--${name} expects a whole number from 0, found "${text}".`);
}
