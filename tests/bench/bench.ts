/** `deno task bench [--json] [--only NAME]`: every row of this folder, one after the other. @module */
import { parseArgs } from "node:util";
import { backup } from "./backup.ts";
import { homeCached } from "./home_cached.ts";
import { homeHttps } from "./home_https.ts";
import { homeRendered } from "./home_rendered.ts";
import { homeSize } from "./home_size.ts";
import { hundred } from "./hundred.ts";
import { idleHttps } from "./idle_https.ts";
import { idleMirrors } from "./idle_mirrors.ts";
import { importText } from "./import_text.ts";
import { millionMirror } from "./million_mirror.ts";
import { millionPosts } from "./million_posts.ts";
import { mirror } from "./mirror.ts";
import { renewal } from "./renewal.ts";
import { type Figure, isMet, ratioOf, type Row, targetText } from "./row.ts";
import { spread } from "./spread.ts";
import { start } from "./start.ts";
import { timeline } from "./timeline.ts";
import { verify } from "./verify.ts";

/** Room for the longest name of a figure. */
const WHAT_WIDTH = 54;

const ROWS: readonly Row[] = [
  homeCached,
  homeHttps,
  idleHttps,
  renewal,
  homeRendered,
  homeSize,
  start,
  importText,
  verify,
  backup,
  mirror,
  idleMirrors,
  millionPosts,
  millionMirror,
  timeline,
  spread,
  hundred,
];

function numberText(value: number): string {
  const digits = value < 10 ? 2 : value < 100 ? 1 : 0;
  return value.toLocaleString("en", { maximumFractionDigits: digits });
}

function lineOf(figure: Figure): string {
  const { what, value, unit, baseline } = figure;
  const ratio = ratioOf(figure);
  return [
    what.padEnd(WHAT_WIDTH),
    `${numberText(value)} ${unit}`.padStart(20),
    (baseline === undefined ? "" : numberText(baseline)).padStart(12),
    (ratio === undefined ? "" : ratio.toFixed(2)).padStart(7),
    `  ${isMet(figure) ? "ok" : "MISSED"}  ${targetText(figure)}`,
  ].join("");
}

/** Ends with what can be asked for; the words of a command line are a person's. */
function refuse(found: string): never {
  const names = ROWS.map(({ name }) => name).join(", ");
  console.error(`bench: expected [--json] [--only ROW], found ${found}. The rows: ${names}.`);
  Deno.exit(2);
}

const { values, tokens } = parseArgs({
  args: Deno.args,
  options: { json: { type: "boolean" }, only: { type: "string" } },
  strict: false,
  tokens: true,
});
for (const token of tokens) {
  const isKnown = token.kind === "option" && (token.name === "json" || token.name === "only");
  if (!isKnown) refuse(token.kind === "option" ? token.rawName : Deno.args[token.index] ?? "");
}
const rows = ROWS.filter(({ name }) => values.only === undefined || name === values.only);
if (rows.length === 0) refuse(`--only ${values.only}`);

const figures: (Figure & { row: string })[] = [];
if (!values.json) {
  console.log(`${"".padEnd(WHAT_WIDTH)}${"figure".padStart(20)}${"baseline".padStart(12)}  ratio`);
}
for (const row of rows) {
  for (const figure of await row.run()) {
    figures.push({ row: row.name, ...figure });
    if (!values.json) console.log(lineOf(figure));
  }
}
if (values.json) {
  const results = figures.map((figure) => ({
    ...figure,
    ratio: ratioOf(figure),
    isMet: isMet(figure),
  }));
  console.log(JSON.stringify(results, null, 2));
}
Deno.exit(figures.every(isMet) ? 0 : 1);
