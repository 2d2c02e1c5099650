/** `capsule install`: prints the script that makes this program a service of the machine. @module */
import { type Command, CommandProblem, type Context, UsageProblem } from "../command.ts";
import { EMBEDDED_HASH } from "../embedded.ts";
import { readChoices } from "../install/choices.ts";
import { writeInstallScript, writeUninstallScript } from "../install/script.ts";
import { PROGRAM_VERSION } from "../program_version.ts";

const WORDS_MAX = 20;

/** The command. */
export const command: Command = {
  name: "install",
  summary: "Print a script that makes this program a service (systemd), or an upgrade of it",
  usage: "install [--address URL] [--folder PATH] [--user NAME] [-- FLAGS OF SERVE]",
  options: {
    address: { type: "string", value: "URL", text: "where readers will find the capsule" },
    folder: { type: "string", value: "PATH", text: "where it is kept (/srv/USER)" },
    user: { type: "string", value: "NAME", text: "whom it runs as (capsule); made if absent" },
    uninstall: { type: "boolean", text: "print the script that removes the service again" },
    "with-data": { type: "boolean", text: "with --uninstall: remove the database too" },
  },
  words: { min: 0, max: WORDS_MAX },
  details:
    `Nothing is done before root runs the script; read it first if you like. Printed again by a newer\n` +
    `program it is an upgrade in place, with the flags of before if none are given. The database\n` +
    `stays as it is.`,
  examples: [
    "./capsule install --address https://capsule.example.org | sudo sh",
    "./capsule install --address https://ida.example --user ida -- --port 8001 --trusted-proxy 127.0.0.1",
    "capsule install --uninstall | sudo sh",
  ],
  run,
};

function run(context: Context): void {
  const choices = readChoices({
    address: context.text("address") ?? context.config.address,
    folder: context.text("folder"),
    user: context.text("user"),
    words: context.words,
  });
  if (context.flag("uninstall")) {
    const script = writeUninstallScript(choices, context.flag("with-data"));
    return context.answer({ script }, script.trimEnd());
  }
  if (context.flag("with-data")) {
    throw new UsageProblem("install: --with-data belongs to --uninstall.");
  }
  const script = writeInstallScript(choices, readProgram());
  context.answer({ script }, script.trimEnd());
}

/** The program that is running: it is the one that the script copies. */
function readProgram(): Readonly<{ path: string; version: string; hash: string }> {
  if (EMBEDDED_HASH === undefined) {
    throw new CommandProblem(
      "not_compiled",
      "This is a checkout, and install is for the compiled program. " +
        'Make the program with "deno task compile", and let it print the script: ./capsule install',
    );
  }
  const path = Deno.execPath();
  if (/\p{Cc}/u.test(path)) {
    throw new CommandProblem(
      "program_path",
      "The path of this program holds a line break or another control character. Move it elsewhere.",
    );
  }
  return { path, version: PROGRAM_VERSION, hash: EMBEDDED_HASH };
}
