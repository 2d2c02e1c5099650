/**
 * The gate, `deno task ok`: every check, one after the other, also after one has failed; then the tests, in two lanes side by
 * side. The counts of tests are the runner's own.
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

/** The first lane's folders; everything else under tests/ is the second's, so that no file is left out. */
const FIRST_LANE = ["binary", "browser", "content", "corpus", "routes", "views"]
  .map((folder) => `tests/${folder}`);
const TEST = ["test", "-A", "--frozen", "--no-check"];

/** Hands a child's output on, and keeps the lines that are the runner's summary. */
async function handOn(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  write: (text: string) => void,
): Promise<RegExpMatchArray[]> {
  const summaries: RegExpMatchArray[] = [];
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    write(text);
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const match = SUMMARY.exec(line);
      if (match !== null) summaries.push(match);
    }
  }
  return summaries;
}

function writeOut(text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
}

type Ended = Readonly<{ isOk: boolean; summaries: readonly RegExpMatchArray[] }>;

async function run(args: string[], write: (text: string) => void = writeOut): Promise<Ended> {
  const command = new Deno.Command(Deno.execPath(), {
    args,
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
    env: { NO_COLOR: "1" },
  });
  const child = command.spawn();
  const [summaries, status] = await Promise.all([handOn(child.stdout, write), child.status]);
  return { isOk: status.success, summaries };
}

const failed: string[] = [];

async function timed(name: string, work: () => Promise<Ended>): Promise<Ended["summaries"]> {
  console.log(`\n── ${name}`);
  const startedAtMs = performance.now();
  const { isOk, summaries } = await work();
  const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1);
  if (!isOk) failed.push(name);
  console.log(`── ${name}: ${isOk ? "ok" : "FAILED"}, ${seconds} s`);
  return summaries;
}

/** Two runners at once, for two cores; what the second says comes after what the first says. Types were checked above. */
async function runTests(): Promise<Ended> {
  let kept: string | undefined = "";
  const first = run([...TEST, ...FIRST_LANE]).finally(() => {
    writeOut(kept ?? "");
    kept = undefined;
  });
  const second = run([...TEST, `--ignore=${FIRST_LANE.join(",")}`, "tests/"], (text) => {
    if (kept === undefined) writeOut(text);
    else kept += text;
  });
  const lanes = await Promise.all([first, second]);
  return {
    isOk: lanes.every(({ isOk }) => isOk),
    summaries: lanes.flatMap(({ summaries }) => summaries),
  };
}

for (const { name, args } of CHECKS) await timed(name, () => run(args));
const summaries = await timed("tests", runTests);

if (failed.length > 0) console.log(`\nnot ok: ${failed.join(", ")}`);
if (summaries.length !== 2) {
  console.log("not ok: a test runner did not say how many tests passed");
  Deno.exit(1);
}
const [passed = 0, failures = 0, ignored = 0] = [1, 2, 3].map((n) =>
  summaries.reduce((sum, found) => sum + Number(found[n] ?? 0), 0)
);
const skipped = ignored === 0 ? "" : `, ${ignored} skipped`;
console.log(`${passed} passed, ${failures} failed${skipped}`);
Deno.exit(failed.length > 0 ? 1 : 0);
