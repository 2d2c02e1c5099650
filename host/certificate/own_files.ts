/** A certificate that the owner brings as two files, read again when they change. @module */
import { isFor, type Leaf, readPair } from "../acme/chain.ts";
import type { Pair } from "../acme/self_signed.ts";
import { CommandProblem } from "../command.ts";

/** Where the files are. */
export type OwnFiles = Readonly<{ certificate: string; key: string }>;

/** What they hold. */
export type OwnPair = Readonly<{ pair: Pair; leaf: Leaf }>;

/** Reads both files. Throws CommandProblem with a sentence when they cannot be served. */
export function readOwnFiles(files: OwnFiles, name: string): OwnPair {
  const pair = {
    chain: readFile("--certificate", files.certificate),
    key: readFile("--key", files.key),
  };
  const leaf = readPair(pair.chain, pair.key);
  if (typeof leaf === "string") {
    throw new CommandProblem(
      "certificate_unusable",
      `Cannot serve ${files.certificate} with ${files.key}: ${leaf}`,
    );
  }
  if (!isFor(leaf, name)) {
    throw new CommandProblem(
      "certificate_other_name",
      `Cannot serve ${files.certificate}: expected a certificate for ${name}, found one for ${
        leaf.names.join(", ") || "no name"
      }.`,
    );
  }
  return { pair, leaf };
}

function readFile(flag: string, path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    const isElsewhere = error instanceof Deno.errors.NotCapable ||
      error instanceof Deno.errors.PermissionDenied;
    throw new CommandProblem(
      "certificate_unreadable",
      `Cannot read ${path} (${flag}): ` +
        (isElsewhere
          ? "this program may not read it. Put it into the folder in which the program is started, readable for its user."
          : "expected a file in PEM form, found none."),
    );
  }
}

/** A mark that changes when one of the files does; undefined while one of them is not there. */
export function markOwnFiles({ certificate, key }: OwnFiles): string | undefined {
  try {
    return [certificate, key].map((path) => {
      const { mtime, size, ino } = Deno.statSync(path);
      return `${mtime?.getTime()} ${size} ${ino}`;
    }).join();
  } catch {
    // Being replaced just now: it is looked at again in a moment.
    return undefined;
  }
}
