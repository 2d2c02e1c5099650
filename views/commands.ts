/** Sentences that name what is to be typed. @module */
import { type Content, html } from "./html.ts";

/** What is to be typed stands between backticks, or is a command of ours between quotation marks. */
export function withCommands(text: string): Content {
  return text.split(/`([^`]+)`|"(capsule [^"]+)"/).map((part, at) =>
    at % 3 === 0 || part === undefined ? part ?? "" : html`<code>${part}</code>`
  );
}
