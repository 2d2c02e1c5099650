/** Symbolic links: the runtime asks for leave by the name that is given, not by where its links lead. @module */
import { CommandProblem } from "./command.ts";

/**
 * Refuses a path whose links lead to where this program may not read by itself, or to nothing. A path without links is left to
 * whoever opens it, also one where nothing is yet.
 */
export function refuseLeadingOut(path: string, action: string): void {
  const real = findReal(path);
  if (real === undefined || isPermitted(real)) return;
  throw new CommandProblem(
    "file_not_allowed",
    `${action}: a symbolic link leads out of the folder in which this program was started. ` +
      `Move the file itself there, or use "-" and a pipe.`,
  );
}

/**
 * The file itself, where the path is a link to one: what SQLite keeps beside a database stands beside that one. Any other path stays
 * as it was given.
 */
export function followLink(path: string): string {
  try {
    if (!Deno.lstatSync(path).isSymlink) return path;
    const real = Deno.realPathSync(path);
    const folder = `${Deno.realPathSync(".")}/`;
    return real.startsWith(folder) ? real.slice(folder.length) : real;
  } catch {
    // Opening it says what is wrong.
    return path;
  }
}

/** Where a path leads; undefined when there is nothing, or when it may not be looked at: opening it says that. */
function findReal(path: string): string | undefined {
  try {
    return Deno.realPathSync(path);
  } catch {
    return findDangling(path) ?? findFolder(path);
  }
}

function findDangling(path: string): string | undefined {
  try {
    return Deno.lstatSync(path).isSymlink ? Deno.readLinkSync(path) : undefined;
  } catch {
    return undefined;
  }
}

/** The folder in which a file would be made. */
function findFolder(path: string): string | undefined {
  try {
    const folder = path.replace(/[^/\\]*$/, "");
    return folder === "" ? undefined : Deno.realPathSync(folder);
  } catch {
    return undefined;
  }
}

function isPermitted(path: string): boolean {
  return Deno.permissions.querySync({ name: "read", path }).state === "granted";
}
