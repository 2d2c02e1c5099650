/** The log: lines for people on a terminal, JSON lines for programs; on stderr, without secrets. @module */
import type { LogLine } from "../routes/app.ts";
import { DatabaseProblem } from "../storage/database_problem.ts";
import { CommandProblem } from "./command.ts";
import { writeError } from "./terminal.ts";

/** Names of fields that never reach the log, whoever gives them. */
const SECRET = /pass(?:word|phrase)?|phrase|secret|token|cookie|code|key|seed/i;
const STACK_LINES_MAX = 8;
const LINE_CHARS_MAX = 1_000;

/** How and where lines are written; a test gives its own. */
export type LogOptions = Readonly<{
  /** Unix milliseconds. */
  now: () => number;
  /** Lines for people, else JSON. */
  isTerminal: boolean;
  write?: (line: string) => void;
}>;

/** A log over the options. */
export function makeLog(options: LogOptions): (line: LogLine) => void {
  const { now, isTerminal, write = writeError } = options;
  const format = isTerminal ? formatForPeople : formatForPrograms;
  return (line) => write(`${format(line, now())}\n`);
}

function formatForPeople(line: LogLine, nowMs: number): string {
  const time = new Date(nowMs).toISOString().slice(11, 19);
  const fields = Object.entries(publicFields(line))
    .filter(([, value]) => value !== "")
    .map(([name, value]) => ` ${name}=${value}`).join("");
  const id = line.requestId === undefined ? "" : ` [${line.requestId}]`;
  const level = line.level === "info" ? "" : `${line.level}: `;
  const error = line.error === undefined ? "" : `\n  ${explain(line.error).join("\n  ")}`;
  return `${time} ${level}${withoutQueries(oneLine(line.message))}${fields}${id}${error}`;
}

function formatForPrograms(line: LogLine, nowMs: number): string {
  const { level, message, requestId, error } = line;
  return JSON.stringify({
    time: new Date(nowMs).toISOString(),
    level,
    message: withoutQueries(message),
    ...(requestId === undefined ? {} : { requestId }),
    ...publicFields(line),
    ...(error === undefined ? {} : { error: explain(error) }),
  });
}

function publicFields({ fields = {} }: LogLine): Record<string, string | number | boolean> {
  const shown: Record<string, string | number | boolean> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (SECRET.test(name)) continue;
    shown[name] = typeof value === "string" ? publicValue(name, oneLine(value)) : value;
  }
  return shown;
}

function publicValue(name: string, value: string): string {
  if (name === "visitor") return shortenVisitor(value);
  // The set-up link's code and everything that people search for stand behind the question mark.
  return name === "path" || name === "url" ? value.split("?")[0] ?? "" : withoutQueries(value);
}

/** A visitor's address without the part that says which person of a network it is: /24 or /48. */
export function shortenVisitor(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;
  const quad = /^(\d+\.\d+\.\d+)\.\d+$/.exec(mapped)?.[1];
  if (quad !== undefined) return `${quad}.0/24`;
  if (!mapped.includes(":")) return "unknown";
  const [head = "", tail] = mapped.split("%")[0]?.split("::") ?? [];
  const groups = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  while (tail !== undefined && groups.length + after.length < 8) groups.push("0");
  return `${[...groups, ...after].slice(0, 3).join(":")}::/48`;
}

function explain(error: unknown): string[] {
  // Its sentence says all: no place in the program is to be mended.
  if (error instanceof DatabaseProblem && error.kind !== "damaged") return [error.message];
  if (error instanceof CommandProblem) return [error.message];
  const text = error instanceof Error
    ? error.stack ?? `${error.name}: ${error.message}`
    : String(error);
  // Another thread's error comes as its words.
  return text.split("\n").slice(0, STACK_LINES_MAX)
    .map((line) => withoutQueries(oneLine(line)).slice(0, LINE_CHARS_MAX).trim());
}

/** An error may tell of a URL: what was asked for, and codes, stand behind its question mark. */
function withoutQueries(text: string): string {
  return text.replace(/(\bhttps?:\/\/[^\s?#"'<>]*)\?[^\s"'<>)\]]*/gi, "$1?…");
}

/** Control characters, and those that turn the direction of what follows, would let a visitor write lines of their own. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu, " ");
}
