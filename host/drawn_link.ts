/** A link as a picture for a phone's camera, in a terminal. @module */
import { renderUnicodeCompact } from "uqr";
import { isLoopbackHost } from "./address.ts";

/** Light modules around it, without which phones do not see it on a dark ground. */
const QR_BORDER = 2;
/** White on black of the fixed palette: the colours of a terminal may be the other way round, and no theme changes these. */
const QR_COLOURS = "\x1b[38;5;231;48;5;16m";

/** For a phone's camera; "" for a link that only this machine can open, and where the window is too narrow for it. */
export function drawCode(
  url: string,
  { columns, isColoured }: Readonly<{ columns: number; isColoured: boolean }>,
): string {
  if (isLoopbackHost(new URL(url).hostname)) return "";
  const lines = renderUnicodeCompact(url, { border: QR_BORDER }).split("\n");
  if ((lines[0] ?? "").length > columns) return "";
  const painted = isColoured ? lines.map((line) => `${QR_COLOURS}${line}\x1b[0m`) : lines;
  return `\n${painted.join("\n")}\n\n`;
}
