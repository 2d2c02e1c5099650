/** Real capsule processes for tests: started on a free port, stopped by their number, their words read. @module */

const MAIN = new URL("../../main.ts", import.meta.url).pathname;
const CONFIG = new URL("../../deno.json", import.meta.url).pathname;
const START_MS = 30_000;
const RUN_MS = 120_000;
const STOP_MS = 30_000;

/** From source, with every right; a test of the binary gives its path instead. */
export const SOURCE: readonly string[] = [
  Deno.execPath(),
  "run",
  "--allow-all",
  "--quiet",
  // As the tasks of deno.json and the compiled program have it.
  "--v8-flags=--max-semi-space-size=2,--heap-growing-percent=30,--expose-gc",
  `--config=${CONFIG}`,
  MAIN,
];

/** How a program is run. */
export type RunOptions = Readonly<{
  /** The working folder. */
  cwd?: string;
  /** What it reads on stdin; nothing if absent. */
  stdin?: string | Uint8Array;
  env?: Readonly<Record<string, string>>;
  /** The program and the words before the command; `SOURCE` if absent. */
  program?: readonly string[];
  clearEnv?: boolean;
}>;

/** What a command answered. */
export type Answer = Readonly<{
  code: number;
  stdout: string;
  stderr: string;
  bytes: Uint8Array;
  /** Stdout as JSON; throws with both outputs when it is none. */
  json: <T = Record<string, unknown>>() => T;
}>;

/** An empty folder that goes with the test. */
export function makeFolder(): Readonly<{ path: string } & Disposable> {
  const path = Deno.makeTempDirSync({ prefix: "capsule-test-" });
  return { path, [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }) };
}

/** The names in a folder, sorted. */
export function listNames(path: string): string[] {
  return [...Deno.readDirSync(path)].map(({ name }) => name).sort();
}

/** Sends a signal; one that comes after the program has ended by itself, however closely, is for nobody. */
export function killIfAlive(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    child.kill(signal);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
}

/** Runs one command to its end; a command that does not end in two minutes is killed. */
export async function runCapsule(
  args: readonly string[],
  options: RunOptions = {},
): Promise<Answer> {
  const child = spawn(args, options, options.stdin === undefined ? "null" : "piped");
  const timer = setTimeout(() => killIfAlive(child, "SIGKILL"), RUN_MS);
  if (options.stdin !== undefined) await feed(child.stdin, options.stdin);
  const { code, stdout, stderr } = await child.output();
  clearTimeout(timer);
  const out = new TextDecoder().decode(stdout);
  const err = new TextDecoder().decode(stderr);
  return {
    code,
    stdout: out,
    stderr: err,
    bytes: stdout,
    json<T>() {
      try {
        return JSON.parse(out) as T;
      } catch {
        throw new Error(`${args.join(" ")}: no JSON (status ${code})\n${out}\n${err}`);
      }
    },
  };
}

/** A capsule that serves. */
export type Served = Readonly<
  {
    /** As printed: `http://…` without a slash at its end. */
    url: string;
    pid: number;
    stdout: () => string;
    stderr: () => string;
    /** Waits until stdout matches; throws after ten seconds. */
    waitFor: (pattern: RegExp) => Promise<RegExpMatchArray>;
    /** The same for stderr. */
    waitForError: (pattern: RegExp) => Promise<RegExpMatchArray>;
    /** SIGTERM, and the exit status. */
    stop: () => Promise<number>;
    /** SIGKILL, as a power cut would. */
    kill: () => Promise<void>;
    /** The exit status, when it ends by itself. */
    status: Promise<number>;
  } & AsyncDisposable
>;

/** Starts `serve` with more flags and waits until it listens; throws with its words when it ends instead. */
export async function serveCapsule(
  args: readonly string[] = [],
  options: RunOptions = {},
): Promise<Served> {
  const port = args.includes("--port") || args.includes("--http-port") ? [] : ["--port", "0"];
  const child = spawn(["serve", ...port, ...args], options, "null");
  const out = collect(child.stdout);
  const err = collect(child.stderr);
  const ended = Promise.all([child.status, out.done, err.done]).then(([{ code }]) => code);
  const finish = async (signal: Deno.Signal) => {
    killIfAlive(child, signal);
    // One that does not end says so by its status, and holds up no other test.
    const late = setTimeout(() => killIfAlive(child, "SIGKILL"), STOP_MS);
    const code = await ended;
    clearTimeout(late);
    return code;
  };
  const said = await Promise.race([
    out.find(/(?:Listening on |"listening":")(http[^\s"]+)/, START_MS),
    ended.then(() => undefined),
  ]);
  if (said === undefined) {
    await finish("SIGKILL");
    throw new Error(`capsule did not start\n${out.text()}\n${err.text()}`);
  }
  return {
    url: (said[1] ?? "").replace(/\/$/, ""),
    pid: child.pid,
    stdout: out.text,
    stderr: err.text,
    waitFor: (pattern) => needWords(out, pattern),
    waitForError: (pattern) => needWords(err, pattern),
    stop: () => finish("SIGTERM"),
    kill: async () => void await finish("SIGKILL"),
    status: ended,
    [Symbol.asyncDispose]: async () => void await finish("SIGTERM"),
  };
}

/** A capsule that is set up: database, id, phrase. The password is "correct horse battery". */
export async function initCapsule(
  folder: string,
  args: readonly string[] = [],
  options: RunOptions = {},
): Promise<{ id: string; phrase: string; address: string | null }> {
  const answer = await runCapsule(
    [
      "init",
      ...(args.includes("--name") ? [] : ["--name", "Ida Greenwald"]),
      "--password-stdin",
      "--json",
      ...args,
    ],
    { cwd: folder, stdin: "correct horse battery\n", ...options },
  );
  if (answer.code !== 0) throw new Error(`init failed: ${answer.stderr}`);
  return answer.json();
}

/** Opens a set-up link as a browser does; the status of the page behind it. */
export async function openSetup(url: string): Promise<number> {
  const link = await fetch(url, { redirect: "manual" });
  await link.body?.cancel();
  const [cookie = ""] = link.headers.get("set-cookie")?.split(";") ?? [];
  const next = new URL(link.headers.get("location") ?? "/", url);
  const page = await fetch(next, { headers: { cookie } });
  await page.body?.cancel();
  return page.status;
}

async function needWords(
  stream: ReturnType<typeof collect>,
  pattern: RegExp,
): Promise<RegExpMatchArray> {
  const found = await stream.find(pattern, 10_000);
  if (found === undefined) throw new Error(`not printed: ${pattern}\n${stream.text()}`);
  return found;
}

function spawn(
  args: readonly string[],
  { cwd, env, program = SOURCE, clearEnv }: RunOptions,
  stdin: "null" | "piped",
): Deno.ChildProcess {
  const [path = "", ...before] = program;
  return new Deno.Command(path, {
    args: [...before, ...args],
    stdin,
    stdout: "piped",
    stderr: "piped",
    ...(cwd === undefined ? {} : { cwd }),
    ...(env === undefined ? {} : { env: { ...env } }),
    ...(clearEnv === undefined ? {} : { clearEnv }),
  }).spawn();
}

async function feed(stdin: WritableStream<Uint8Array>, input: string | Uint8Array): Promise<void> {
  const writer = stdin.getWriter();
  try {
    await writer.write(typeof input === "string" ? new TextEncoder().encode(input) : input);
    await writer.close();
  } catch {
    // The command ended without reading: its answer tells why.
  }
}

function collect(stream: ReadableStream<Uint8Array>): {
  text: () => string;
  done: Promise<void>;
  find: (pattern: RegExp, ms: number) => Promise<RegExpMatchArray | undefined>;
} {
  let text = "";
  let wake = Promise.withResolvers<void>();
  let isDone = false;
  const done = (async () => {
    const decoder = new TextDecoder();
    for await (const chunk of stream) {
      text += decoder.decode(chunk, { stream: true });
      wake.resolve();
      wake = Promise.withResolvers<void>();
    }
    isDone = true;
    wake.resolve();
  })();
  return {
    text: () => text,
    done,
    async find(pattern, ms) {
      const late = Promise.withResolvers<void>();
      let isLate = false;
      const timer = setTimeout(() => {
        isLate = true;
        late.resolve();
      }, ms);
      try {
        while (true) {
          const found = text.match(pattern);
          if (found !== null) return found;
          if (isDone || isLate) return undefined;
          await Promise.race([wake.promise, late.promise]);
        }
      } finally {
        clearTimeout(timer);
      }
    },
  };
}
