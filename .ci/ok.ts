/**
 * The gate, `deno task ok`: every check and every test, three at a time, also after one has failed. What each says is
 * shown when it has ended. The counts of tests are the runner's own.
 * @module
 */
import { listFiles } from "./files.ts";

/** One thing that must hold: a name for people, and the arguments for `deno`. */
type Job = Readonly<{ name: string; args: readonly string[] }>;
type Ended = Readonly<{ isOk: boolean; said: string }>;

const documents = ["README.md", "CONTRIBUTING.md", "SECURITY.md", ...listFiles("docs", ".md")];
const documented = ["mesh", "storage"].flatMap((folder) => listFiles(folder, ".ts"));

const CHECKS: readonly Job[] = [
  { name: "types", args: ["check", "--quiet", "--frozen", "."] },
  { name: "format", args: ["fmt", "--check"] },
  { name: "lint", args: ["lint"] },
  { name: "code in documents", args: ["check", "--quiet", "--frozen", "--doc-only", ...documents] },
  { name: "documentation", args: ["doc", "--lint", ...documented] },
  {
    name: "vectors up to date",
    args: ["run", "--frozen", "-A", "tests/vectors/generate.ts", "--check"],
  },
];

/** Files of one runner: few enough that the runners end together. */
const FILES = 6;
/** What takes long is begun first. */
const SLOW = ["tests/binary", "tests/browser", "tests/corpus", "tests/host", "tests/mesh"];
const files = listFiles("tests", "_test.ts").sort((a, b) => Number(isSlow(b)) - Number(isSlow(a)));
const TESTS: readonly Job[] = Array.from({ length: Math.ceil(files.length / FILES) }, (_, n) => {
  const some = files.slice(n * FILES, (n + 1) * FILES);
  // Types are checked above.
  return {
    name: `tests from ${some[0]}`,
    args: ["test", "-A", "--frozen", "--no-check", ...some],
  };
});
/** One more than cores: tests with processes of their own wait a good deal. */
const LANES = 3;

/** What the runner says at its end: `ok | 12 passed | 0 failed | 1 ignored (3s)`. */
const SUMMARY =
  /^(?:ok|FAILED) \| (\d+) passed(?: \([^)]*\))? \| (\d+) failed(?:.*? (\d+) ignored)?/m;

function isSlow(path: string): boolean {
  return SLOW.some((folder) => path.startsWith(folder));
}

async function run(args: readonly string[]): Promise<Ended> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    env: { NO_COLOR: "1" },
  }).output();
  const decoder = new TextDecoder();
  return { isOk: success, said: decoder.decode(stderr) + decoder.decode(stdout) };
}

function writeOut(text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
}

const waiting = [...CHECKS, ...TESTS];
const failed: string[] = [];
const counts = { runners: 0, passed: 0, failed: 0, ignored: 0 };

async function work(): Promise<void> {
  for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) {
    const startedAtMs = performance.now();
    const { isOk, said } = await run(job.args);
    const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1);
    if (!isOk) failed.push(job.name);
    writeOut(`\n── ${job.name}\n${said}── ${job.name}: ${isOk ? "ok" : "FAILED"}, ${seconds} s\n`);
    if (TESTS.includes(job)) count(said);
  }
}

function count(said: string): void {
  const found = SUMMARY.exec(said);
  if (found === null) return;
  counts.runners += 1;
  counts.passed += Number(found[1]);
  counts.failed += Number(found[2]);
  counts.ignored += Number(found[3] ?? 0);
}

writeOut("Every check and every test, three at a time; what each says comes at its end.\n");
await Promise.all(Array.from({ length: LANES }, work));

if (failed.length > 0) console.log(`\nnot ok: ${failed.join(", ")}`);
if (counts.runners !== TESTS.length) {
  console.log("not ok: a test runner did not say how many tests passed");
  Deno.exit(1);
}
const skipped = counts.ignored === 0 ? "" : `, ${counts.ignored} skipped`;
console.log(`\n${counts.passed} passed, ${counts.failed} failed${skipped}`);
Deno.exit(failed.length > 0 ? 1 : 0);
