/** Reading and writing the files that a person names, with bounds and plain words. @module */
import { CommandProblem } from "./command.ts";
import { refuseLeadingOut } from "./links.ts";

/** Reads a whole file that is at most `bytesMax` long. `what` names the expected thing in the sentence. */
export function readNamedFile(path: string, bytesMax: number, what: string): Uint8Array {
  try {
    refuseLeadingOut(path, `Cannot read ${path}`);
    const { isFile, isDirectory, size } = Deno.statSync(path);
    if (!isFile) {
      throw new CommandProblem(
        "not_a_file",
        `Cannot read ${path}: expected ${what}, found ${
          isDirectory ? "a folder" : "something that is no file"
        }. Name a file.`,
      );
    }
    if (size > bytesMax) {
      throw new CommandProblem(
        "file_too_large",
        `Cannot read ${path}: expected ${what} of at most ${formatBytes(bytesMax)}, ` +
          `found ${formatBytes(size)}. Make it smaller.`,
      );
    }
    return Deno.readFileSync(path);
  } catch (error) {
    throw explainFile(error, `Cannot read ${path}`, what);
  }
}

/** Turns what the machine says about a named file into a sentence; other errors stay as they are. */
export function explainFile(error: unknown, action: string, what: string): unknown {
  if (error instanceof CommandProblem) return error;
  if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
    return new CommandProblem(
      "file_missing",
      `${action}: expected ${what}, found nothing there. Check the path.`,
    );
  }
  if (error instanceof Deno.errors.NotCapable) {
    return new CommandProblem(
      "file_not_allowed",
      `${action}: this program reads and writes only in the folder it was started in. ` +
        `Move the file there, or use "-" and a pipe.`,
    );
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return new CommandProblem(
      "file_not_allowed",
      `${action}: the system does not let this user. Change the file's rights or choose another place.`,
    );
  }
  if (error instanceof Deno.errors.AlreadyExists) {
    return new CommandProblem(
      "file_exists",
      `${action}: there is a file of this name already. Choose another name.`,
    );
  }
  const found = nameSystemError(error);
  return found === undefined ? error : new CommandProblem("system", `${action}: ${found}`);
}

/** What the machine refused and what to do, by its code; whoever meets another one learns that code. */
const SYSTEM_ERRORS: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full. Free some space and try again.",
  EDQUOT: "your share of the disk is used up. Free some space and try again.",
  EROFS: "the disk may only be read. Choose another place.",
  EIO: "the disk could not be read or written. Check its state.",
  EFBIG: "the file became larger than this disk allows. Choose another disk.",
  ELOOP: "its symbolic links lead in a circle. Name the file itself.",
  ENAMETOOLONG: "the name is longer than this system allows. Choose a shorter one.",
  EISDIR: "expected a file, found a folder. Name a file.",
  EBUSY: "another program or the system is using this place. Choose another one.",
  EMFILE: "too many files are open. Close other programs and try again.",
  ENFILE: "too many files are open. Close other programs and try again.",
  ENOMEM: "there is not enough memory. Close other programs and try again.",
  EXDEV: "the places are on two disks. Choose a place on the same disk.",
  EINVAL: "the system cannot use such a name or place. Choose another one.",
  ENXIO: "there is nothing behind this name. Name a file.",
  ETXTBSY: "a running program uses this file. Choose another one.",
};

/** Says what the machine refused; undefined when an error does not come from it. */
export function nameSystemError(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  const code = String(error.code);
  if (!/^E[A-Z0-9]{2,}$/.test(code)) return undefined;
  return SYSTEM_ERRORS[code] ?? `the system refused it (${code}). Choose another place.`;
}

/** UTF-8 bytes as text; other encodings are refused. A byte order mark is dropped. */
export function decodeText(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new CommandProblem(
      "not_text",
      `Cannot read ${name}: expected text in UTF-8, found other bytes. Save it as UTF-8.`,
    );
  }
}

/** A size for people. */
export function formatBytes(bytes: number): string {
  if (bytes < 1_000) return `${bytes} bytes`;
  if (bytes < 1_000_000) return `${Math.round(bytes / 1_000)} kB`;
  return bytes < 1_000_000_000
    ? `${(bytes / 1_000_000).toFixed(1)} MB`
    : `${(bytes / 1_000_000_000).toFixed(1)} GB`;
}

/** Whether anything is at a path; what may not be looked at counts as there, so that opening it says why. */
export function isThere(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch (error) {
    return !(error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory);
  }
}
