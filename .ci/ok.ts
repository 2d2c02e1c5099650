/**
 * The gate, `deno task ok`: every check, one after the other, also after one has failed. The count of tests is the runner's own.
 * @module
 */
import { listFiles } from "./files.ts";

/** One check: a name for people, and the arguments for `deno`. */
type Check = { name: string; args: string[] };

const documents = ["README.md", "CONTRIBUTING.md", "SECURITY.md", ...listFiles("docs", ".md")];
const documented = ["mesh", "storage"].flatMap((folder) => listFiles(folder, ".ts"));

const CHECKS: readonly Check[] = [
  { name: "format", args: ["fmt", "--check"] },
  { name: "lint", args: ["lint"] },
  { name: "types", args: ["check", "--quiet", "--frozen", "."] },
  { name: "code in documents", args: ["check", "--quiet", "--frozen", "--doc-only", ...documents] },
  { name: "documentation", args: ["doc", "--lint", ...documented] },
  {
    name: "vectors up to date",
    args: ["run", "--frozen", "-A", "tests/vectors/generate.ts", "--check"],
  },
];

/** What the runner said at its end: `ok | 12 passed | 0 failed | 1 ignored (3s)`. */
const SUMMARY =
  /^(?:ok|FAILED) \| (\d+) passed(?: \([^)]*\))? \| (\d+) failed(?:.*? (\d+) ignored)?/;

/** Hands a child's output on as it comes, and keeps the lines that are the runner's summary. */
async function handOn(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
): Promise<RegExpMatchArray[]> {
  const summaries: RegExpMatchArray[] = [];
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    Deno.stdout.writeSync(new TextEncoder().encode(text));
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const match = SUMMARY.exec(line);
      if (match !== null) summaries.push(match);
    }
  }
  return summaries;
}

async function run(args: string[]): Promise<{ isOk: boolean; summaries: RegExpMatchArray[] }> {
  const command = new Deno.Command(Deno.execPath(), {
    args,
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
    env: { NO_COLOR: "1" },
  });
  const child = command.spawn();
  const [summaries, status] = await Promise.all([handOn(child.stdout), child.status]);
  return { isOk: status.success, summaries };
}

const failed: string[] = [];

async function timed(name: string, args: string[]): Promise<RegExpMatchArray[]> {
  console.log(`\n── ${name}`);
  const startedAtMs = performance.now();
  const { isOk, summaries } = await run(args);
  const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1);
  if (!isOk) failed.push(name);
  console.log(`── ${name}: ${isOk ? "ok" : "FAILED"}, ${seconds} s`);
  return summaries;
}

for (const { name, args } of CHECKS) await timed(name, args);
// Types were checked above, over the same files.
const summaries = await timed("tests", ["test", "-A", "--frozen", "--no-check", "tests/"]);

if (failed.length > 0) console.log(`\nnot ok: ${failed.join(", ")}`);
const [last] = summaries;
if (last === undefined || summaries.length !== 1) {
  console.log("not ok: the test runner did not say how many tests passed");
  Deno.exit(1);
}
const [, passed, failures, ignored] = last;
const skipped = ignored === undefined ? "" : `, ${ignored} skipped`;
console.log(`${passed} passed, ${failures} failed${skipped}`);
Deno.exit(failed.length > 0 ? 1 : 0);
