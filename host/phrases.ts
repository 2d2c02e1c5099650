/** The recovery phrase from the person or from standard input. @module */
import { CommandProblem, type Context } from "./command.ts";
import { decodeText } from "./files.ts";
import { askSecret, readStdin } from "./terminal.ts";

const STDIN_BYTES_MAX = 8_192;

/** What was given: the phrase, and the lines behind it. */
export type GivenPhrase = Readonly<{ phrase: string; others: readonly string[] }>;

/** Reads the recovery phrase: the first line of standard input, or typed without an echo. It is never an argument, which others see. */
export async function readPhrase({ isJson }: Context, command: string): Promise<GivenPhrase> {
  if (Deno.stdin.isTerminal() && !isJson) {
    const phrase = await askSecret("The twelve words of the recovery phrase: ");
    if (phrase === undefined) throw new CommandProblem("cancelled", "Cancelled; nothing changed.");
    return { phrase, others: [] };
  }
  const text = decodeText(await readStdin(STDIN_BYTES_MAX), "the recovery phrase");
  const [phrase = "", ...others] = text.split(/\r?\n/);
  if (phrase.trim() === "") {
    throw new CommandProblem(
      "phrase_missing",
      `${command}: expected the recovery phrase on standard input, twelve words on one line.`,
    );
  }
  return { phrase, others: others.filter((line) => line !== "") };
}
