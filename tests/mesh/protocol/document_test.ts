/** docs/protocol.md is what the code says: sections, codes, limits, example. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { MESH_CODES } from "../../../routes/mesh_answers.ts";
import { PROTOCOL_CODES } from "../../../mesh/protocol/errors.ts";
import { PULL_CODES } from "../../../mesh/pull_problem.ts";
import * as limits from "../../../mesh/protocol/limits.ts";
import { exampleTexts } from "../../vectors/example.ts";

const ROOT = new URL("../../../", import.meta.url);
const page = Deno.readTextFileSync(new URL("docs/protocol.md", ROOT));
const sections = new Set(
  [...page.matchAll(/^#{2,3} ([0-9]+(?:\.[0-9]+)?)\.? /gm)].map((m) => m[1]),
);

function* sourceFiles(folder: URL): Generator<URL> {
  for (const item of Deno.readDirSync(folder)) {
    if (item.isDirectory) yield* sourceFiles(new URL(`${item.name}/`, folder));
    else if (/\.tsx?$/.test(item.name)) yield new URL(item.name, folder);
  }
}

function section(number: number): string {
  const start = page.indexOf(`\n## ${number}. `);
  const end = page.indexOf(`\n## ${number + 1}. `);
  return page.slice(start, end === -1 ? undefined : end);
}

Deno.test("every section of docs/protocol.md that code cites exists", () => {
  let citations = 0;
  const missing: string[] = [];
  for (const folder of ["mesh/", "storage/", "routes/", "host/"]) {
    for (const file of sourceFiles(new URL(folder, ROOT))) {
      const source = Deno.readTextFileSync(file);
      const isProtocol = file.pathname.includes("/mesh/protocol/");
      const pattern = isProtocol
        ? /§([0-9]+(?:\.[0-9]+)?)/g
        : /protocol\.md §([0-9]+(?:\.[0-9]+)?)/g;
      for (const [, cited] of source.matchAll(pattern)) {
        citations++;
        if (!sections.has(cited)) missing.push(`${file.pathname}: §${cited}`);
      }
    }
  }
  deepEqual(missing, []);
  ok(citations > 30, `found only ${citations}`);
});

Deno.test("sections are numbered without gaps and cite only each other", () => {
  const numbers = [...page.matchAll(/^## ([0-9]+)\. /gm)].map((m) => Number(m[1]));
  deepEqual(numbers, numbers.map((_, i) => i + 1));
  const cited = [...page.matchAll(/§([0-9]+(?:\.[0-9]+)?)/g)].map((m) => m[1]);
  deepEqual(cited.filter((number) => !sections.has(number)), []);
});

Deno.test("the table of error codes lists exactly the codes of the program, each with its section", () => {
  const rows = [...section(14).matchAll(/^\| `([a-z0-9_]+)` +\|.*\| ([0-9., ]+?) *\|$/gm)];
  const codes = new Set<string | undefined>([...PROTOCOL_CODES, ...MESH_CODES, ...PULL_CODES]);
  deepEqual(rows.map((row) => row[1]).sort(), [...codes].sort());
  for (const [, code, cited] of rows) {
    for (const number of (cited as string).split(", ")) {
      ok(sections.has(number), `${code}: §${number}`);
      const body = section(Number(number.split(".")[0]));
      ok(body.includes(`\`${code}\``), `${code} is not explained in §${number}`);
    }
  }
});

Deno.test("the table of limits holds every number of limits.ts", () => {
  const table = section(15).replaceAll(",", "");
  for (const [name, value] of Object.entries(limits)) {
    if (typeof value === "number") ok(table.includes(String(value)), `${name}: ${value}`);
  }
});

Deno.test("the tiny example is what the program computes", () => {
  for (const text of exampleTexts()) ok(page.includes(text.replace(/\n$/, "")), text);
  equal(exampleTexts().length, 12);
});
