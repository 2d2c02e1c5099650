/** Why a database could not be used, as one sentence for a person. @module */

/** What is wrong: the kind decides what a program does, the message what a person reads. */
export type DatabaseProblemKind =
  | "not_a_database"
  | "newer"
  | "older"
  | "damaged"
  | "missing"
  | "busy"
  | "full"
  | "unwritable";

/** A database that cannot be used. The message says what was expected, what was found and what to do. */
export class DatabaseProblem extends Error {
  /** Which of the closed list of problems this is. */
  readonly kind: DatabaseProblemKind;

  /** Makes a problem of one kind with its sentence. */
  constructor(kind: DatabaseProblemKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "DatabaseProblem";
    this.kind = kind;
  }
}

/** SQLite's result code of an error thrown by `node:sqlite`, or undefined when it carries none. */
function findFullCode(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined;
  if ("errcode" in error && typeof error.errcode === "number") return error.errcode;
  // `exec` and `backup` give no code.
  return error.message === "database or disk is full" ? SQLITE_FULL : undefined;
}

/** The primary code is the low byte; the rest says more about the same trouble. */
function findErrorCode(error: unknown): number | undefined {
  const code = findFullCode(error);
  return code === undefined ? undefined : code & 0xff;
}

const SQLITE_ERROR = 1;
const SQLITE_BUSY = 5;
const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
const SQLITE_READONLY = 8;
const SQLITE_IOERR = 10;
/** The file that connections share could not grow: there is no room on the disk. */
const SQLITE_IOERR_SHMSIZE = 4874;
const SQLITE_CANTOPEN = 14;
const SQLITE_NOTADB = 26;
/** What the program's own statements are told when the page with a table's definition is damaged. */
const DAMAGED_SCHEMA = /^(?:no such (?:column|table|index)|table .* has no column named)/;

/** The problem of a disk without room. */
export function fullProblem(name: string, options?: ErrorOptions): DatabaseProblem {
  return new DatabaseProblem(
    "full",
    `Cannot write to ${name}: the disk is full. Free some space and try again; nothing was changed.`,
    options,
  );
}

/** Says whether an error means that stored pages are damaged. */
export function isDamageError(error: unknown): boolean {
  const code = findErrorCode(error);
  return code === SQLITE_CORRUPT || code === SQLITE_NOTADB ||
    (code === SQLITE_ERROR && error instanceof Error && DAMAGED_SCHEMA.test(error.message));
}

/** Turns an error of opening a database into a problem: the driver gives such errors no code. */
export function explainOpenError(error: unknown, name: string): unknown {
  const explained = explainError(error, name);
  if (explained !== error || !(error instanceof Error)) return explained;
  return new DatabaseProblem(
    "unwritable",
    `Cannot open ${name}: SQLite could not read the file, or not write into its folder. Check the rights of both and that the disk has room.`,
    { cause: error },
  );
}

/** `isFull`: a refused write is known to be for want of room. Turns an error of SQLite about the world (busy, full, read-only) into a problem; others stay as they are. */
export function explainError(error: unknown, name: string, isFull = false): unknown {
  const options = { cause: error };
  const code = isDamageError(error) ? SQLITE_CORRUPT : findErrorCode(error);
  const isNoRoom = findFullCode(error) === SQLITE_IOERR_SHMSIZE;
  switch (isNoRoom || (isFull && code === SQLITE_READONLY) ? SQLITE_FULL : code) {
    case SQLITE_BUSY:
      return new DatabaseProblem(
        "busy",
        `Cannot write to ${name}: another program kept it locked for five seconds. Wait for the other program to finish and try again.`,
        options,
      );
    case SQLITE_FULL:
      return fullProblem(name, options);
    case SQLITE_READONLY:
      return new DatabaseProblem(
        "unwritable",
        `Cannot write to ${name}: the file or its folder is read-only. Give this program the right to write there and try again.`,
        options,
      );
    case SQLITE_IOERR:
      return new DatabaseProblem(
        "unwritable",
        `Cannot read or write ${name}: the disk reported an error. Check the disk; nothing was changed.`,
        options,
      );
    case SQLITE_CANTOPEN:
      return new DatabaseProblem(
        "unwritable",
        `Cannot open ${name}: SQLite keeps two small files beside it and could not. Give this program the right to write in its folder, or put a copy made by “capsule backup” there.`,
        options,
      );
    case SQLITE_CORRUPT:
      return new DatabaseProblem(
        "damaged",
        `Cannot read ${name}: some of its pages are damaged. Stop the capsule and restore the newest backup.`,
        options,
      );
    default:
      return error;
  }
}
