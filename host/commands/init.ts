/** `capsule init`: sets a capsule up without a browser. @module */
import { createCapsule } from "../../mesh/publish.ts";
import { LINE_BYTES_MAX, NAME_BYTES_MAX } from "../../mesh/protocol/limits.ts";
import { findOwnCapsule } from "../../storage/capsules.ts";
import { type Database, openDatabase } from "../../storage/database.ts";
import { hashPassword, savePassword } from "../../storage/passwords.ts";
import { saveSettings } from "../../storage/settings.ts";
import { isTimeZone } from "../../storage/time_zone.ts";
import { readAddress } from "../address.ts";
import { type Command, CommandProblem, type Context, UsageProblem } from "../command.ts";
import { isThere } from "../files.ts";
import { findServer } from "../lease.ts";
import { readLanguage } from "../languages.ts";
import { readNewPassword } from "../passwords.ts";
import { PROGRAM_CALL } from "../program_version.ts";

/** The command. */
export const command: Command = {
  name: "init",
  summary: "Set a capsule up without a browser",
  usage: "init --name NAME [--address URL] [options]",
  options: {
    name: { type: "string", value: "NAME", text: "your name, as readers see it" },
    address: { type: "string", value: "URL", text: "where readers will find the capsule" },
    line: { type: "string", value: "TEXT", text: "a line about you" },
    language: { type: "string", value: "TAG", text: "the language you write in (en)" },
    "time-zone": { type: "string", value: "ZONE", text: "your time zone, as Europe/Berlin (UTC)" },
    "password-stdin": { type: "boolean", text: "read the password from standard input" },
    dev: { type: "boolean", text: "development: an http address is allowed" },
  },
  details: `The answer holds the recovery phrase: twelve words, shown this one time.\n` +
    `Write them on paper. With them the capsule starts again anywhere; without them nobody can help.`,
  examples: [
    `capsule init --name "Ida Greenwald" --address https://capsule.example.org`,
    `capsule init --name Ida --password-stdin --json < password.txt`,
  ],
  run,
};

async function run(context: Context): Promise<void> {
  const name = readBounded(context, "name", NAME_BYTES_MAX)?.trim() ?? "";
  if (name === "") throw new UsageProblem(`init: give your name with --name "…".`);
  const line = readBounded(context, "line", LINE_BYTES_MAX) ?? "";
  const given = context.text("address") ?? context.config.address;
  const address = given === undefined ? null : readAddress(given, context.flag("dev"));
  const language = readLanguage(context.text("language") ?? "en");
  const timeZone = readTimeZone(context.text("time-zone") ?? "UTC");
  refuseSecond(context.dataPath);
  const phc = await hashPassword(await readNewPassword(context, "init"));
  using db = openDatabase(context.dataPath);
  const { id, phrase } = db.transaction(() => {
    refuseExisting(db);
    const made = createCapsule({ db, now: context.now }, { name, line, language, address });
    savePassword(db, phc);
    saveSettings(db, { timeZone });
    return made;
  });
  const server = await findServer(db, context.now);
  const made = { id, phrase, address };
  context.answer(made, describe({ ...made, url: server?.url }, context));
}

function readBounded(context: Context, name: string, bytesMax: number): string | undefined {
  const text = context.text(name);
  if (text === undefined) return undefined;
  const bytes = new TextEncoder().encode(text).length;
  if (bytes <= bytesMax && text.isWellFormed()) return text;
  throw new CommandProblem(
    `${name}_too_long`,
    `--${name} expects at most ${bytesMax} bytes of text, found ${bytes}. Make it shorter.`,
  );
}

function readTimeZone(zone: string): string {
  if (isTimeZone(zone)) return zone;
  throw new CommandProblem(
    "time_zone_unknown",
    `--time-zone expects a name such as Europe/Berlin, found "${zone}".`,
  );
}

/** Before anybody types a password; a file that is not there is made later. */
function refuseSecond(path: string): void {
  if (!isThere(path)) return;
  using db = openDatabase(path);
  refuseExisting(db);
}

function refuseExisting(db: Database): void {
  const found = findOwnCapsule(db);
  if (found === undefined) return;
  throw new CommandProblem(
    "capsule_exists",
    `There is a capsule in ${db.path} already: ${found.name} (${found.id}). ` +
      "Name another database with --data for a second one.",
  );
}

const NO_ADDRESS = "none yet (give one to serve with --address)";
const SERVED_ADDRESS = "in some seconds that of the running server, if it was given one";

function describe(
  { id, phrase, address, url }: Readonly<
    { id: string; phrase: string; address: string | null; url: string | undefined }
  >,
  context: Context,
): string {
  const data = context.text("data");
  const words = phrase.split(" ");
  const lines = [0, 4, 8].map((from) =>
    words.slice(from, from + 4).map((word, n) => `${String(from + n + 1).padStart(4)} ${word}`)
      .map((cell) => cell.padEnd(16)).join("").trimEnd()
  );
  return [
    `The capsule is ready in ${context.dataPath}.`,
    "",
    `  id       ${id}`,
    `  address  ${address ?? (url === undefined ? NO_ADDRESS : SERVED_ADDRESS)}`,
    "",
    "The recovery phrase, shown this one time. Write it on paper, in this order:",
    "",
    ...lines,
    "",
    url === undefined
      ? `Start it with "${PROGRAM_CALL} serve${data === undefined ? "" : ` --data ${data}`}".`
      : `It is being served already: ${url}`,
  ].join("\n");
}
