/** A look at the name before an authority is troubled: has it an address, and does this capsule answer there? @module */
import type { AskTrusted } from "../../mesh/fetch.ts";
import { hostInUrl } from "../address.ts";
import type { ChallengeBook } from "./challenges.ts";

/** What the look showed. */
export type NameCheck =
  | Readonly<{ kind: "good" }>
  /** A router that does not pass a machine's own requests back to it looks like this too: the authority's word decides. */
  | Readonly<{ kind: "doubtful"; code: "elsewhere" | "silent"; sentence: string }>
  /** No authority could do anything with it. */
  | Readonly<{ kind: "bad"; code: "name_unknown"; sentence: string }>;

/** What the look needs. */
export type NameCheckParts = Readonly<{
  name: string;
  /** The port that an authority would ask: 80. */
  port: number;
  /** The addresses of a name; none, or a failure, where it has none. */
  resolve: (name: string) => Promise<readonly string[]>;
  ask: AskTrusted;
  challenges: ChallengeBook;
}>;

/** Below this path an authority looks for answers (RFC 8555 §8.3). */
export const CHALLENGE_PATH = "/.well-known/acme-challenge/";

const ADDRESSES_MAX = 8;
const BYTES_MAX = 4_096;
const ASK_MS = 5_000;

/** Asks every address of the name, over HTTP as an authority would, for a word that only this start knows. */
export async function checkName(parts: NameCheckParts): Promise<NameCheck> {
  const { name, challenges } = parts;
  const addresses = await parts.resolve(name).catch(() => []);
  if (addresses.length === 0) {
    return {
      kind: "bad",
      code: "name_unknown",
      sentence:
        `${name} has no address yet. Give the name an A or AAAA record that leads to this machine; ` +
        "a new record may take an hour to be seen.",
    };
  }
  const token = `check-${randomWord()}`;
  const word = randomWord();
  challenges.show(token, word);
  try {
    const looked = await Promise.all(
      addresses.slice(0, ADDRESSES_MAX).map((address) => look(parts, { address, token, word })),
    );
    return sumUp(name, looked);
  } finally {
    challenges.hide(token);
  }
}

type Looked = Readonly<{ address: string; outcome: "here" | "elsewhere" | "silent" }>;

async function look(
  { name, port, ask }: NameCheckParts,
  { address, token, word }: Readonly<{ address: string; token: string; word: string }>,
): Promise<Looked> {
  const at = port === 80 ? hostInUrl(address) : `${hostInUrl(address)}:${port}`;
  try {
    const { bytes } = await ask({
      url: `http://${at}${CHALLENGE_PATH}${token}`,
      host: name,
      bytesMax: BYTES_MAX,
      signal: AbortSignal.timeout(ASK_MS),
    });
    const isHere = new TextDecoder().decode(bytes) === word;
    return { address, outcome: isHere ? "here" : "elsewhere" };
  } catch {
    // Whatever it is, this capsule did not answer there.
    return { address, outcome: "silent" };
  }
}

function sumUp(name: string, looked: readonly Looked[]): NameCheck {
  const other = looked.filter(({ outcome }) => outcome === "elsewhere");
  const silent = looked.filter(({ outcome }) => outcome === "silent");
  if (other.length > 0) {
    return {
      kind: "doubtful",
      code: "elsewhere",
      sentence: `${name} leads to ${listAddresses(other)}, where something else answers.`,
    };
  }
  if (silent.length > 0) {
    return {
      kind: "doubtful",
      code: "silent",
      sentence: `${name} leads to ${listAddresses(silent)}, where nobody answers on port 80.`,
    };
  }
  return { kind: "good" };
}

function listAddresses(looked: readonly Looked[]): string {
  return looked.map(({ address }) => address).join(" and ");
}

function randomWord(): string {
  return crypto.getRandomValues(new Uint8Array(16)).toHex();
}
