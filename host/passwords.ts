/** A new password from the person or from standard input. @module */
import { checkNewPassword } from "../routes/password_rules.ts";
import { CommandProblem, type Context } from "./command.ts";
import { decodeText } from "./files.ts";
import { askSecret, readStdin } from "./terminal.ts";

const STDIN_BYTES_MAX = 8_192;

/** Reads the new password: the first line of stdin with --password-stdin, else typed twice without an echo. */
export async function readNewPassword(context: Context, command: string): Promise<string> {
  if (context.flag("password-stdin")) {
    const text = decodeText(await readStdin(STDIN_BYTES_MAX), "the password");
    return checkPassword(text.split(/\r?\n/, 1)[0] ?? "");
  }
  if (!Deno.stdin.isTerminal()) {
    throw new CommandProblem(
      "password_missing",
      `${command}: expected a password, but nobody can be asked here. ` +
        "Give it on standard input with --password-stdin.",
    );
  }
  const password = await askSecret("A password for signing in: ");
  if (password === undefined) throw new CommandProblem("cancelled", "Cancelled; nothing changed.");
  checkPassword(password);
  if (await askSecret("The same again: ") !== password) {
    throw new CommandProblem(
      "password_differs",
      "The two passwords differ; nothing changed. Try again.",
    );
  }
  return password;
}

/** A password as given, if it may be one. */
export function checkPassword(password: string): string {
  const problem = checkNewPassword(password, password).password;
  if (problem === undefined) return password;
  throw new CommandProblem("password_refused", `${problem} Choose another; nothing changed.`);
}
