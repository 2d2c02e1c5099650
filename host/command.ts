/** What a command is, what it is given, and how it fails in plain words. @module */
import type { Config } from "./config.ts";

/** One flag of a command, as node:util's parseArgs takes it and as help shows it. */
export type Option = Readonly<{
  type: "string" | "boolean";
  /** What help shows for the value, in capitals: FILE, URL, N. */
  value?: string;
  /** Help's sentence, without a full stop. */
  text: string;
  multiple?: boolean;
}>;

/** Flags by name, without dashes. */
export type Options = Readonly<Record<string, Option>>;

/** A bar for long work; silent where stderr is no terminal. */
export type Progress = Readonly<{
  /** `total` may be unknown (0). */
  update: (done: number, total: number) => void;
  end: () => void;
}>;

/** What a command works with: the parsed words, and the only ways to speak. */
export type Context = Readonly<{
  /** The value of a flag; `undefined` when not given. */
  text: (name: string) => string | undefined;
  /** All values of a flag that may be repeated, in order. */
  texts: (name: string) => string[];
  /** True when a flag without a value was given. */
  flag: (name: string) => boolean;
  /** Words that are no flags, between the command's `words.min` and `words.max`. */
  words: readonly string[];
  /** The database file: `--data`, else CAPSULE_DATA, else capsule.db. */
  dataPath: string;
  isJson: boolean;
  /** What the environment says, below the flags. */
  config: Config;
  /** Unix milliseconds. */
  now: () => number;
  /** The one answer on stdout: the value with --json, else the text (a line end is added). */
  answer: (value: unknown, text: string) => void;
  /** A remark for the person, on stderr. */
  remark: (text: string) => void;
  progress: (label: string) => Progress;
}>;

/** One command: one file in host/commands/, exported as `command`, listed in host/command_line.ts. */
export type Command = Readonly<{
  name: string;
  /** One line for the list of commands, without a full stop. */
  summary: string;
  /** After `capsule `: the command and its words, as `post TEXT|- [options]`. */
  usage: string;
  /** Beside --data, --json and --help, which every command has. */
  options: Options;
  /** How many words that are no flags it takes; none if absent. */
  words?: Readonly<{ min: number; max: number }>;
  /** What help says below the options, in whole sentences. */
  details?: string;
  /** Lines that work when typed. */
  examples: readonly string[];
  /** It needs no database, or takes one of any version as it is; for the others an older one is brought up to date first. */
  takesAnyVersion?: true;
  /** Returns on success; a value other than 0 is the exit status of an answered question ("not valid"). */
  run: (context: Context) => void | number | Promise<void | number>;
}>;

/** A command could not do its work: exit status 1. The message says what was expected, found, and what to do. */
export class CommandProblem extends Error {
  override name = "CommandProblem";
  /** For programs: stable, in snake_case. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** The command line was wrong: exit status 2. */
export class UsageProblem extends CommandProblem {
  override name = "UsageProblem";

  constructor(message: string, code = "usage") {
    super(code, message);
  }
}
