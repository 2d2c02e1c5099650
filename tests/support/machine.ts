/**
 * A machine for the commands of docs/operations.md: its folders in a temporary one, `capsule` on its path, and stand-ins for what
 * belongs to the system or to other machines (systemctl, ssh, scp, age). The commands themselves run in bash as they are written.
 * @module
 */
import { killIfAlive, makeFolder, SOURCE } from "./process.ts";

const RUN_MS = 60_000;
/** Folders of the document that stand in the machine's own root. */
const FOLDERS = ["/srv/capsule", "/backup", "/home/ida"];

/** What a command said. */
export type Said = Readonly<{ code: number; out: string; err: string }>;

/** One machine. */
export type Machine = Readonly<
  {
    /** Where a folder of the document is. */
    path: (folder: string) => string;
    /** The working folder of the next command. */
    folder: string;
    /** The document's command with its folders replaced by the machine's, and whatever else is given. */
    place: (command: string, words?: Readonly<Record<string, string>>) => string;
    /** Runs it to its end in `folder`. */
    run: (command: string) => Promise<Said>;
    /** Starts it, to be stopped by `stop`; resolves when it has printed `pattern`. */
    start: (command: string, pattern: RegExp) => Promise<string>;
    stop: () => Promise<number>;
  } & AsyncDisposable
>;

/** What `systemctl start` and `stop` of the machine do. */
export type System = Readonly<{ start: () => Promise<void>; stop: () => Promise<void> }>;

/** Makes one; `system` is what stands behind its systemctl. */
export function makeMachine(system: () => System): Machine {
  const root = makeFolder();
  for (const folder of [...FOLDERS, "/bin"]) {
    Deno.mkdirSync(root.path + folder, { recursive: true });
  }
  const folder = `${root.path}/srv/capsule`;
  const bus = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    async (request) => {
      const isStart = new URL(request.url).pathname === "/start";
      await (isStart ? system().start() : system().stop());
      return new Response("done\n");
    },
  );
  writePrograms(root.path, bus.addr.port);
  const env = { PATH: `${root.path}/bin:${Deno.env.get("PATH") ?? ""}`, NO_COLOR: "1" };
  let running: Deno.ChildProcess | undefined;
  let printed = Promise.resolve();

  async function stop(): Promise<number> {
    const child = running;
    running = undefined;
    if (child === undefined) return 0;
    killIfAlive(child, "SIGTERM");
    const late = setTimeout(() => killIfAlive(child, "SIGKILL"), RUN_MS);
    const [{ code }] = await Promise.all([child.status, printed]);
    clearTimeout(late);
    return code;
  }

  return {
    path: (of) => root.path + of,
    folder,
    place(command, words = {}) {
      const own = Object.fromEntries(FOLDERS.map((of) => [of, root.path + of]));
      return Object.entries({ ...own, ...words })
        .reduce((text, [from, to]) => text.replaceAll(from, to), command);
    },
    async run(command) {
      const child = bash(command, folder, env);
      const timer = setTimeout(() => killIfAlive(child, "SIGKILL"), RUN_MS);
      const { code, stdout, stderr } = await child.output();
      clearTimeout(timer);
      const [out = "", err = ""] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
      return { code, out, err };
    },
    async start(command, pattern) {
      const child = bash(`exec ${command}`, folder, env);
      running = child;
      const found = Promise.withResolvers<string>();
      printed = readAll(child, pattern, found).finally(() =>
        found.reject(new Error(`ended without printing ${pattern}`))
      );
      return await found.promise;
    },
    stop,
    async [Symbol.asyncDispose]() {
      await stop();
      await bus.shutdown();
      root[Symbol.dispose]();
    },
  };
}

function bash(command: string, cwd: string, env: Record<string, string>): Deno.ChildProcess {
  const args = ["-c", command];
  return new Deno.Command("bash", {
    ...{ args, cwd, env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

async function readAll(
  child: Deno.ChildProcess,
  pattern: RegExp,
  found: PromiseWithResolvers<string>,
): Promise<void> {
  let text = "";
  const read = async (stream: ReadableStream<Uint8Array>) => {
    const decoder = new TextDecoder();
    for await (const chunk of stream) {
      text += decoder.decode(chunk, { stream: true });
      if (pattern.test(text)) found.resolve(text);
    }
  };
  await Promise.all([read(child.stdout), read(child.stderr)]);
  if (!pattern.test(text)) found.reject(new Error(`it printed\n${text}`));
}

/** The capsule, and what stands in for the system and for other machines: each of those is a folder of its name. */
function writePrograms(root: string, busPort: number): void {
  const there = `"${root}/machines/$host"`;
  writeProgram(`${root}/bin/capsule`, `exec ${SOURCE.map(quote).join(" ")} "$@"`);
  writeProgram(
    `${root}/bin/systemctl`,
    `exec 3<>/dev/tcp/127.0.0.1/${busPort}\n` +
      `printf 'GET /%s HTTP/1.0\\r\\n\\r\\n' "$1" >&3\ngrep --quiet done <&3`,
  );
  writeProgram(`${root}/bin/ssh`, `host=$1\nmkdir -p ${there}\ncd ${there}\nbash -c "$2"`);
  // Encrypts nothing: what is tried is the pipe.
  writeProgram(`${root}/bin/age`, `[ "$1" = -d ] && exec cat "\${@: -1}"\nexec cat`);
  writeProgram(`${root}/bin/scp`, `host=\${2%%:*}\nmkdir -p ${there}\ncp "$1" ${there}/`);
}

function writeProgram(path: string, script: string): void {
  Deno.writeTextFileSync(path, `#!/bin/bash\nset -e\n${script}\n`, { mode: 0o755 });
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
