/** Words to and from the person: stdout for answers, stderr for everything else, stdin when asked. @module */
import type { Progress } from "./command.ts";
import { CommandProblem } from "./command.ts";
import { nameSystemError } from "./files.ts";

const ENCODER = new TextEncoder();
const PROGRESS_EVERY_MS = 100;
const BAR_CHARS = 24;

/** Writes a text to stdout, whole. A reader that went away (`| head`) is no trouble of ours. */
export function writeOut(text: string): void {
  writeWhole(Deno.stdout, ENCODER.encode(text));
}

/** Writes bytes to stdout, whole: they are the work itself, so a reader that went away is trouble here. */
export function writeBytes(bytes: Uint8Array): void {
  if (writeWhole(Deno.stdout, bytes)) return;
  throw new CommandProblem(
    "output_closed",
    "Cannot write all of it: the program that reads standard output ended too early. " +
      "What it has is not whole; look what ended it and try again.",
  );
}

/** Writes a text to stderr, whole; where that cannot be written nobody is left to tell. */
export function writeError(text: string): void {
  try {
    writeWhole(Deno.stderr, ENCODER.encode(text));
  } catch (error) {
    if (!(error instanceof CommandProblem)) throw error;
  }
}

/** Writes bytes whole; false when the reader has closed the pipe. */
function writeWhole(
  to: { writeSync: (bytes: Uint8Array) => number },
  bytes: Uint8Array,
): boolean {
  try {
    for (let at = 0; at < bytes.length;) at += to.writeSync(bytes.subarray(at));
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe) return false;
    throw new CommandProblem(
      "output_refused",
      "Cannot write the answer to standard output: " +
        (nameSystemError(error) ?? "the system refused it. Choose another place.") +
        " What the command had done before is done.",
    );
  }
}

/** A bar on stderr, drawn at most ten times a second; nothing at all where stderr is no terminal. */
export function makeProgress(label: string, now: () => number): Progress {
  if (!Deno.stderr.isTerminal()) return { update: () => {}, end: () => {} };
  let drawnAtMs = 0;
  return {
    update(done, total) {
      const nowMs = now();
      if (nowMs - drawnAtMs < PROGRESS_EVERY_MS) return;
      drawnAtMs = nowMs;
      writeError(`\r\x1b[K${label} ${drawBar(done, total)}`);
    },
    end: () => writeError("\r\x1b[K"),
  };
}

function drawBar(done: number, total: number): string {
  if (total <= 0) return String(done);
  const part = Math.min(1, done / total);
  const full = Math.round(part * BAR_CHARS);
  return `${"█".repeat(full)}${"░".repeat(BAR_CHARS - full)} ${Math.floor(part * 100)} % ` +
    `(${done} of ${total})`;
}

/** Everything on stdin, refused above the bound. */
export async function readStdin(bytesMax: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of Deno.stdin.readable) {
    bytes += chunk.length;
    if (bytes > bytesMax) {
      throw new CommandProblem(
        "input_too_large",
        `Standard input is too large: at most ${bytesMax} bytes are expected here. Give less.`,
      );
    }
    chunks.push(chunk);
  }
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

/** A line typed without an echo; `undefined` when the person gave up (Ctrl-C, Ctrl-D). */
export async function askSecret(question: string): Promise<string | undefined> {
  writeError(question);
  Deno.stdin.setRaw(true);
  try {
    return await readRawLine();
  } finally {
    Deno.stdin.setRaw(false);
    writeError("\n");
  }
}

async function readRawLine(): Promise<string | undefined> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(1_024);
  let line = "";
  while (true) {
    const count = await Deno.stdin.read(buffer);
    if (count === null) return undefined;
    for (const char of decoder.decode(buffer.subarray(0, count), { stream: true })) {
      if (char === "\r" || char === "\n") return line;
      if (char === "\x03" || char === "\x04") return undefined;
      if (char === "\x7f" || char === "\b") line = Array.from(line).slice(0, -1).join("");
      else if (char >= " ") line += char;
    }
  }
}

/** Asks for one line; `undefined` at the end of input. */
async function askLine(question: string): Promise<string | undefined> {
  writeError(question);
  const buffer = new Uint8Array(1_024);
  const count = await Deno.stdin.read(buffer);
  if (count === null) return undefined;
  return new TextDecoder().decode(buffer.subarray(0, count)).trim();
}

/** Asks a question that only "y" or "yes" answers with yes. */
export async function askYes(question: string): Promise<boolean> {
  const line = await askLine(`${question} [y/N] `);
  return /^y(?:es)?$/i.test(line ?? "");
}
