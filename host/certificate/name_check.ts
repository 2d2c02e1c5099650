/** A look at the name before an authority is troubled: has it an address, and does this capsule answer there? @module */
import type { AskTrusted } from "../../mesh/fetch.ts";
import { isSpecialAddress } from "../../mesh/special_addresses.ts";
import { hostInUrl } from "../address.ts";
import type { ChallengeBook } from "./challenges.ts";
import type { NameRecords } from "./name_records.ts";

/** What the look showed; each sentence says what to do. */
export type NameCheck =
  | Readonly<{ kind: "good" }>
  /** A router that does not pass a machine's own requests back to it looks like this too: the authority's word decides. */
  | Readonly<{ kind: "doubtful"; code: "elsewhere" | "silent" | "private"; sentence: string }>
  /** No authority could do anything with it. */
  | Readonly<{ kind: "bad"; code: "name_unknown" | "dns_silent"; sentence: string }>;

/** Who answers at an address: this capsule, something else, nobody. */
export type Outcome = "here" | "elsewhere" | "silent";

/** What the look needs. */
export type NameCheckParts = Readonly<{
  name: string;
  /** What the domain name system says of the name; undefined when it does not answer. */
  readRecords: (name: string) => Promise<NameRecords | undefined>;
  /** Finds out who answers there on port 80. */
  look: (address: string) => Promise<Outcome>;
  /** False where the authority may be in the same private network. */
  isPublic: boolean;
}>;

/** Below this path an authority looks for answers (RFC 8555 §8.3). */
export const CHALLENGE_PATH = "/.well-known/acme-challenge/";

const ADDRESSES_MAX = 8;
const BYTES_MAX = 4_096;
const ASK_MS = 5_000;

/** Looks at every address of the name. */
export async function checkName(parts: NameCheckParts): Promise<NameCheck> {
  const { name, isPublic } = parts;
  const records = await parts.readRecords(name);
  if (records === undefined) return DNS_SILENT;
  const addresses = records.addresses.slice(0, ADDRESSES_MAX);
  if (addresses.length === 0) return nameless(name, records);
  const looked = await Promise.all(
    addresses.map(async (address): Promise<Looked> => ({
      address,
      outcome: isPublic && isSpecialAddress(address) ? "private" : await parts.look(address),
    })),
  );
  return sumUp(name, records, looked);
}

/** Asks addresses over HTTP, as an authority would, for a word that only this start knows. */
export function lookByChallenge(
  { name, port, ask, challenges }: Readonly<
    { name: string; port: number; ask: AskTrusted; challenges: ChallengeBook }
  >,
): NameCheckParts["look"] {
  return async (address) => {
    const at = port === 80 ? hostInUrl(address) : `${hostInUrl(address)}:${port}`;
    const token = `check-${randomWord()}`;
    const word = randomWord();
    challenges.show(token, word);
    try {
      const { bytes } = await ask({
        url: `http://${at}${CHALLENGE_PATH}${token}`,
        host: name,
        bytesMax: BYTES_MAX,
        signal: AbortSignal.timeout(ASK_MS),
      });
      return new TextDecoder().decode(bytes) === word ? "here" : "elsewhere";
    } catch {
      // Whatever it is, this capsule did not answer there.
      return "silent";
    } finally {
      challenges.hide(token);
    }
  };
}

type Looked = Readonly<{ address: string; outcome: Outcome | "private" }>;

const DNS_SILENT: NameCheck = {
  kind: "bad",
  code: "dns_silent",
  sentence:
    "This machine can look up no names: its name server does not answer. Look whether it has a connection to the internet, " +
    "and a name server in /etc/resolv.conf; it is tried again.",
};

function nameless(name: string, { alias }: NameRecords): NameCheck {
  const sentence = alias === undefined
    ? `${name} has no address yet. Give the name an A or AAAA record that leads to this machine; ` +
      "a new record may take an hour to be seen. If it has one for longer, the name servers of the domain do not give " +
      "it out: ask whoever keeps the domain."
    : `${name} is another name (CNAME) for ${alias}, which has no address. Remove the CNAME record, and give ${name} ` +
      "an A or AAAA record that leads to this machine.";
  return { kind: "bad", code: "name_unknown", sentence };
}

/** What is certainly wrong comes before what may only look wrong from here. */
function sumUp(name: string, { alias }: NameRecords, looked: readonly Looked[]): NameCheck {
  const of = (outcome: Looked["outcome"]) => looked.filter((one) => one.outcome === outcome);
  const [here, elsewhere, silent, special] = [
    of("here"),
    of("elsewhere"),
    of("silent"),
    of("private"),
  ];
  if (elsewhere.length > 0) {
    const at = list(elsewhere);
    const todo = alias !== undefined
      ? `The name is another one (CNAME) for ${alias}: remove the CNAME record, and give it an A record that leads to ` +
        "this machine."
      : here.length > 0
      ? `Remove the ${kindsOf(elsewhere)} with that address, or let it lead to this machine.`
      : `Let its ${
        kindsOf(elsewhere)
      } lead to this machine; where that is this machine, stop the other web server on port 80.`;
    return doubt("elsewhere", `${name} leads to ${at}, where something else answers. ${todo}`);
  }
  if (special.length > 0) {
    const todo = here.length + silent.length > 0
      ? `Remove the ${kindsOf(special)} with that address.`
      : `Let its ${
        kindsOf(special)
      } lead to the address that this machine, or the router in front of it, has on the internet.`;
    return doubt(
      "private",
      `${name} leads to ${
        list(special)
      }, which is of a private network: nobody outside can reach it. ${todo}`,
    );
  }
  if (silent.length > 0) {
    const todo = here.length > 0
      ? `Open port 80 there in the firewall; if that address is not this machine's, remove the ${
        kindsOf(silent)
      } with it.`
      : "Open port 80 in the firewall, and where a router stands in front let it pass ports 80 and 443 on; if that " +
        `address is not this machine's, let the ${kindsOf(silent)} lead to it.`;
    return doubt(
      "silent",
      `${name} leads to ${list(silent)}, where nobody answers on port 80. ${todo}`,
    );
  }
  return { kind: "good" };
}

function doubt(code: "elsewhere" | "silent" | "private", sentence: string): NameCheck {
  return { kind: "doubtful", code, sentence };
}

function list(looked: readonly Looked[]): string {
  return looked.map(({ address }) => address).join(" and ");
}

/** Which kind of record says so. */
function kindsOf(looked: readonly Looked[]): string {
  const kinds = new Set(looked.map(({ address }) => address.includes(":") ? "AAAA" : "A"));
  return `${[...kinds].sort().join(" and ")} record${kinds.size > 1 ? "s" : ""}`;
}

function randomWord(): string {
  return crypto.getRandomValues(new Uint8Array(16)).toHex();
}
