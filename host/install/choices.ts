/**
 * What an installation is told, looked at before anything of it stands in a script that runs as root: names hold only what needs no
 * quoting anywhere, everything else is refused with a sentence.
 * @module
 */
import { readAddress } from "../address.ts";
import { CommandProblem, UsageProblem } from "../command.ts";

/** The choices, each safe to write into a shell script and a unit. */
export type Choices = Readonly<{
  /** The unit's name, without ".service". */
  service: string;
  user: string;
  /** Absolute, without a slash at its end. */
  folder: string;
  /** What `serve` is started with. */
  flags: readonly string[];
}>;

/** What was typed; undefined where nothing was. */
export type Typed = Readonly<{
  address: string | undefined;
  folder: string | undefined;
  user: string | undefined;
  /** Words for `serve`, as they are. */
  words: readonly string[];
}>;

const USER_DEFAULT = "capsule";
const FOLDER_CHARS_MAX = 200;
const FLAGS_MAX = 20;
const FLAG_CHARS_MAX = 500;
/** The system's own places, and those that the unit hides from the program. */
const SYSTEM_FOLDERS =
  /^\/(?:bin|boot|dev|etc|home|lib\w*|lost\+found|media|mnt|opt|proc|root|run|sbin|srv|sys|tmp|usr|var(?:\/(?:cache|lib|lock|log|mail|opt|run|spool|tmp))?)$|^\/(?:bin|boot|dev|etc|home|lib\w*|proc|root|run|sbin|sys|tmp|usr|var\/tmp)\//;

/** The choices with what is usual for those not made. Throws CommandProblem with a sentence. */
export function readChoices({ address, folder, user, words }: Typed): Choices {
  const chosen = readUser(user ?? USER_DEFAULT);
  const flags = address === undefined ? [] : ["--address", readAddress(address, false)];
  return {
    service: chosen === USER_DEFAULT ? USER_DEFAULT : `capsule-${chosen}`,
    user: chosen,
    folder: readFolder(folder ?? `/srv/${chosen}`),
    flags: [...flags, ...words].map(readFlag),
  };
}

function readUser(user: string): string {
  if (/^[a-z_][a-z0-9_-]{0,30}$/.test(user) && user !== "root") return user;
  throw new CommandProblem(
    "user_form",
    `--user expects a name of small letters, digits, "-" and "_", of at most 31 characters and not root, found "${user}".`,
  );
}

function readFolder(text: string): string {
  const folder = text.replace(/\/+$/, "");
  const isPlain = /^(?:\/[A-Za-z0-9_][A-Za-z0-9._-]*)+$/.test(folder) &&
    folder.length <= FOLDER_CHARS_MAX;
  if (isPlain && !SYSTEM_FOLDERS.test(folder)) return folder;
  const isSystem = isPlain || /^\/?$/.test(folder);
  throw new CommandProblem(
    "folder_form",
    isSystem
      ? `--folder expects a folder for this capsule alone, such as /srv/capsule, found "${text}", which is the system's.`
      : "--folder expects an absolute path of letters, digits, dots, dashes and underscores, such as /srv/capsule, " +
        `found "${text}".`,
  );
}

/** A word of the command line of `serve`, after which neither shell nor systemd finds anything to do. */
function readFlag(word: string, _at: number, all: readonly string[]): string {
  if (all.length > FLAGS_MAX) {
    throw new UsageProblem(
      `install: expected at most ${FLAGS_MAX} words for serve, found ${all.length}.`,
    );
  }
  if (/^[A-Za-z0-9@+=:,._/[\]-]+$/.test(word) && word.length <= FLAG_CHARS_MAX) return word;
  throw new UsageProblem(
    'install: a word for serve may hold letters, digits and "@+=:,._/[]-" only, ' +
      `found "${
        word.slice(0, FLAG_CHARS_MAX)
      }". Put what needs more into the environment of the unit.`,
  );
}
