/** The command line: which command, with which words and flags, and how its end is told. @module */
import { parseArgs, type ParseArgsConfig } from "node:util";
import { type Command, type Context, type Options, UsageProblem } from "./command.ts";
import { type Config, forgetProxyExceptions, readConfig } from "./config.ts";
import { commandHelp, overview } from "./help.ts";
import { followLink, refuseLeadingOut } from "./links.ts";
import { nearestWord } from "./nearest.ts";
import { runOnDatabase } from "./upgrade.ts";
import { makeProgress, writeError, writeOut } from "./terminal.ts";

type Commands = Readonly<Record<string, () => Promise<{ command: Command }>>>;

/** Every command under the heading where help lists it, loaded only when it is asked for; a static table, so that a compiled binary holds them all. */
const HEADINGS: Readonly<Record<string, Commands>> = {
  "Running it": {
    serve: () => import("./commands/serve.ts"),
    init: () => import("./commands/init.ts"),
    status: () => import("./commands/status.ts"),
    doctor: () => import("./commands/doctor.ts"),
    up: () => import("./commands/up.ts"),
    install: () => import("./commands/install.ts"),
    version: () => import("./commands/version.ts"),
  },
  "Writing": {
    post: () => import("./commands/post.ts"),
    article: () => import("./commands/article.ts"),
    revise: () => import("./commands/revise.ts"),
    withdraw: () => import("./commands/withdraw.ts"),
    import: () => import("./commands/import.ts"),
    export: () => import("./commands/export.ts"),
  },
  "People you follow": {
    follow: () => import("./commands/follow.ts"),
    unfollow: () => import("./commands/unfollow.ts"),
    mirrors: () => import("./commands/mirrors.ts"),
    takedown: () => import("./commands/takedown.ts"),
    block: () => import("./commands/block.ts"),
    unblock: () => import("./commands/unblock.ts"),
  },
  "Keeping it safe": {
    backup: () => import("./commands/backup.ts"),
    restore: () => import("./commands/restore.ts"),
    verify: () => import("./commands/verify.ts"),
    upkeep: () => import("./commands/upkeep.ts"),
    rollback: () => import("./commands/rollback.ts"),
  },
  "Who you are": {
    password: () => import("./commands/password.ts"),
    move: () => import("./commands/move.ts"),
    rotate: () => import("./commands/rotate.ts"),
    recover: () => import("./commands/recover.ts"),
    close: () => import("./commands/close.ts"),
  },
};

const COMMANDS: Commands = Object.assign({}, ...Object.values(HEADINGS));

const DEFAULT_COMMAND = "serve";

/** Flags of every command. */
const COMMON_OPTIONS: Options = {
  data: { type: "string", value: "FILE", text: "the database file (capsule.db)" },
  json: { type: "boolean", text: "answer in JSON, for programs" },
  help: { type: "boolean", text: "show this help" },
};

/** Runs one command line to its end and returns the exit status: 0 success, 1 trouble, 2 a wrong command line. */
export async function runCommandLine(args: readonly string[]): Promise<number> {
  const isJson = isJsonAsked(args);
  try {
    forgetProxyExceptions();
    return await run(args, readConfig());
  } catch (error) {
    // Every kind of trouble that the mesh knows: loaded when one is there.
    const { problemOf } = await import("./problems.ts");
    const problem = problemOf(error);
    const message = problem.code === "internal" ? problem.message : plainSentence(problem.message);
    writeError(`${message}\n`);
    if (isJson) tryWriteOut(`${JSON.stringify({ error: { code: problem.code, message } })}\n`);
    return error instanceof UsageProblem ? 2 : 1;
  }
}

/** Names that were given are told again: not as commands to the terminal, and not without end. */
function plainSentence(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu, " ")
    .replace(/\S{300,}/gu, (long) => `${Array.from(long.slice(0, 80)).join("")}…`);
}

function tryWriteOut(text: string): void {
  try {
    writeOut(text);
  } catch {
    // The sentence on stderr and the exit status say it already.
  }
}

function isJsonAsked(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  return args.slice(0, end < 0 ? args.length : end).includes("--json");
}

async function run(args: readonly string[], config: Config): Promise<number> {
  const [first, ...others] = args;
  if (first === "help" || first === "--help" || first === "-h") {
    if (first === "help" && others[0] !== undefined && !others[0].startsWith("-")) {
      writeOut(commandHelp(await loadCommand(others[0]), COMMON_OPTIONS));
    } else {
      writeOut(overview(await loadAll()));
    }
    return 0;
  }
  const isNamed = first !== undefined && !first.startsWith("-");
  const name = first === "--version" ? "version" : isNamed ? first : DEFAULT_COMMAND;
  const command = await loadCommand(name);
  const parsed = parse(command, isNamed || first === "--version" ? others : args);
  if (parsed.values.help === true) {
    writeOut(commandHelp(command, COMMON_OPTIONS));
    return 0;
  }
  const context = makeContext(parsed, config);
  const work = async () => (await command.run(context)) ?? 0;
  return await (command.takesAnyVersion === true ? work() : runOnDatabase(context, work));
}

async function loadAll(): Promise<[heading: string, commands: Command[]][]> {
  return await Promise.all(
    Object.entries(HEADINGS).map(async ([heading, commands]) =>
      [heading, await Promise.all(Object.keys(commands).map(loadCommand))] as [string, Command[]]
    ),
  );
}

async function loadCommand(name: string): Promise<Command> {
  const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (load !== undefined) return (await load()).command;
  const near = nearestWord(name, Object.keys(COMMANDS));
  throw new UsageProblem(
    `There is no command "${name}"` +
      (near === undefined ? "." : `; did you mean "${near}"?`) +
      ` "capsule help" lists the commands.`,
  );
}

type Values = Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;
type Parsed = { values: Values; words: string[] };

function parse(command: Command, args: readonly string[]): Parsed {
  const options: Options = { ...command.options, ...COMMON_OPTIONS };
  const config: ParseArgsConfig = { args: [...args], allowPositionals: true, options };
  let parsed: ReturnType<typeof parseArgs>;
  try {
    parsed = parseArgs({ ...config, tokens: true });
  } catch (error) {
    throw new UsageProblem(explainFlag(command, options, args, error));
  }
  const seen = new Set<string>();
  for (const token of parsed.tokens ?? []) {
    if (token.kind !== "option") continue;
    if (seen.has(token.name) && options[token.name]?.multiple !== true) {
      throw new UsageProblem(`${command.name}: --${token.name} is given twice; give it once.`);
    }
    seen.add(token.name);
  }
  const words = parsed.positionals;
  const values: Values = { ...parsed.values };
  if (values.help !== true) checkWords(command, words);
  return { values, words };
}

function checkWords(command: Command, words: readonly string[]): void {
  const { min, max } = command.words ?? { min: 0, max: 0 };
  if (words.length >= min && words.length <= max) return;
  const [first = ""] = words;
  if (command.name === DEFAULT_COMMAND && Object.hasOwn(COMMANDS, first)) {
    throw new UsageProblem(`Write the command first, its flags behind it: capsule ${first} …`);
  }
  const expected = min === max ? String(min) : `${min} to ${max}`;
  const hint = words.length > max && max === 1 ? " Put a text with spaces into quotes." : "";
  throw new UsageProblem(
    `${command.name}: expected ${expected} word${expected === "1" ? "" : "s"}, ` +
      `found ${words.length}.${hint} Usage: capsule ${command.usage}`,
  );
}

/** One sentence for what parseArgs refused. */
function explainFlag(
  command: Command,
  options: Options,
  args: readonly string[],
  error: unknown,
): string {
  const help = `"capsule ${command.name} --help" lists the flags.`;
  const end = args.indexOf("--");
  for (const arg of args.slice(0, end < 0 ? args.length : end)) {
    const name = /^--([^=]+)/.exec(arg)?.[1];
    if (name === undefined) continue;
    const option = Object.hasOwn(options, name) ? options[name] : undefined;
    if (option === undefined) {
      const near = nearestWord(name, Object.keys(options));
      return `${command.name}: there is no flag --${name}` +
        (near === undefined ? "." : `; did you mean --${near}?`) + ` ${help}`;
    }
    if (option.type === "boolean" && arg.includes("=")) {
      return `${command.name}: --${name} takes no value, found "${arg}". ${help}`;
    }
    const next = args[args.indexOf(arg) + 1];
    if (
      option.type === "string" && !arg.includes("=") &&
      (next === undefined || (next.startsWith("-") && next !== "-"))
    ) {
      return `${command.name}: --${name} needs a value (${option.value ?? "TEXT"})` +
        (next === undefined ? "." : `; for a value that begins with "-" write --${name}=${next}.`);
    }
  }
  const short = args.find((arg) => /^-[^-]/.test(arg));
  if (short !== undefined) {
    return `${command.name}: there is no flag ${short}; for a text that begins with "-" ` +
      `put "--" before it. ${help}`;
  }
  return `${command.name}: the command line cannot be read (${
    error instanceof Error ? error.message : String(error)
  }). ${help}`;
}

function makeContext({ values, words }: Parsed, config: Config): Context {
  const text = (name: string) => {
    const value = values[name];
    return typeof value === "string" ? value : undefined;
  };
  const isJson = values.json === true;
  const given = text("data") ?? config.data ?? "capsule.db";
  if (given === "" || given.includes("\0")) {
    throw new UsageProblem(`--data expects the path of a file, found "${given}".`);
  }
  refuseLeadingOut(given, `Cannot use ${given}`);
  return {
    text,
    texts: (name) => {
      const value = values[name];
      return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
    },
    flag: (name) => values[name] === true,
    words,
    dataPath: followLink(given),
    isJson,
    config,
    now: Date.now,
    answer: (value, lines) => writeOut(`${isJson ? JSON.stringify(value) : lines}\n`),
    remark: (line) => writeError(`${line}\n`),
    progress: (label) => makeProgress(label, Date.now),
  };
}
