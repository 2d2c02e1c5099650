/** Pieces named on the command line, and how what was published is told. @module */
import type { Published } from "../mesh/publish.ts";
import type { OwnCapsule } from "../storage/capsules.ts";
import type { Database } from "../storage/database.ts";
import { findLease } from "../storage/leases.ts";
import { findArticle, findPiece, type Piece } from "../storage/pieces.ts";
import { absoluteUrl, pieceUrl } from "../views/urls.ts";
import { isLoopbackHost } from "./address.ts";
import { CommandProblem, type Context } from "./command.ts";
import { decodeText, readNamedFile } from "./files.ts";
import { readStdin } from "./terminal.ts";

/** Where the capsule's links begin, as its pages say it: its address, else localhost at the port it has or would have. */
function commandOrigin(db: Database, capsule: OwnCapsule): string {
  if (capsule.address !== null) return capsule.address;
  const served = URL.parse(findLease(db)?.url ?? "");
  return `http://localhost:${served === null ? 8000 : served.port || 80}`;
}

/** Answers with a piece that is now published. */
export function answerPublished(
  context: Context,
  db: Database,
  capsule: OwnCapsule,
  published: Published,
  piece: Readonly<Pick<Piece, "kind" | "index" | "slug">>,
  label = "",
): void {
  const url = absoluteUrl(commandOrigin(db, capsule), pieceUrl(piece));
  context.answer({ index: published.index, hash: published.hash, url }, `${label}${url}`);
}

/** The text of a word: the word itself, or standard input for "-". */
export async function readTextWord(word: string, bytesMax: number): Promise<string> {
  return word === "-" ? decodeText(await readStdin(bytesMax), "standard input") : word;
}

/** The text of a file, or standard input for "-". */
export async function readTextFile(path: string, bytesMax: number, what: string): Promise<string> {
  return path === "-"
    ? decodeText(await readStdin(bytesMax), "standard input")
    : decodeText(readNamedFile(path, bytesMax, what), path);
}

/** The own piece that a word names by its number or its URL; a sentence when there is none. */
export function requirePiece(db: Database, capsule: OwnCapsule, word: string): Piece {
  const found = findNamed(db, capsule, word);
  if (found === "withdrawn") {
    throw new CommandProblem(
      "withdrawn",
      `${word} was withdrawn; what is withdrawn stays so. Publish it anew if you want it back.`,
    );
  }
  if (found !== undefined) return found;
  throw new CommandProblem(
    "not_found",
    `There is no post or article ${word} here. Expected the number at the end of a post's address, ` +
      "or the whole address.",
  );
}

function findNamed(
  db: Database,
  capsule: OwnCapsule,
  word: string,
): Piece | "withdrawn" | undefined {
  if (/^\d{1,15}$/.test(word)) return findPiece(db, capsule.log, Number(word));
  const url = URL.parse(word, commandOrigin(db, capsule));
  const isOwn = url !== null && (url.origin === capsule.address || isLoopbackHost(url.hostname));
  if (!isOwn) return undefined;
  const [, kind, name = ""] = url.pathname.split("/");
  if (kind === "p" && /^\d{1,15}$/.test(name)) return findPiece(db, capsule.log, Number(name));
  if (kind !== "a") return undefined;
  return findArticle(db, capsule.log, decodePath(name).normalize("NFC"));
}

function decodePath(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
