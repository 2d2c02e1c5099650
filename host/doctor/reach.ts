/** Who answers at the public name: each of its addresses is asked, over HTTP and over HTTPS, for the number of this start. @module */
import { AskProblem, makeAsk, makeTrustedAsk, readUp } from "../../mesh/fetch.ts";
import { createPort80 } from "../../routes/port_80.ts";
import { makeLastAnswer } from "../../routes/last_answer.ts";
import { hostInUrl } from "../address.ts";
import { makeChallengeBook } from "../certificate/challenges.ts";
import {
  checkName,
  lookByChallenge,
  type NameCheck,
  type NameCheckParts,
  type Outcome,
} from "../certificate/name_check.ts";
import { readNameRecords } from "../certificate/name_records.ts";
import { listen } from "../listen.ts";

/** "untrusted" where somebody answers whose certificate is not one that browsers take: it may be us or not. */
export type Seen = Outcome | "untrusted";

/** One address of the name. */
export type AddressReach = Readonly<{
  address: string;
  /** True when this machine itself has it; behind a router it has not. */
  isOwn: boolean;
  /** Who answers on port 80. */
  plain: Seen;
  /** The same on port 443. */
  secure: Seen;
}>;

/** What was found. */
export type Reach = Readonly<{
  /** The host name. */
  name: string;
  /** All addresses together, in the words of the look before a certificate is ordered. */
  check: NameCheck;
  /** Those that were asked: none of a private network, and none while nothing serves. */
  addresses: readonly AddressReach[];
}>;

/** What a look needs. */
export type ReachParts = Readonly<{
  /** The public origin. */
  origin: string;
  /** Random number of the start that should answer. */
  start: string;
  /** For tests: the name's records, other ports than 80 and 443, private addresses that are asked too, whom to trust besides. */
  readRecords?: NameCheckParts["readRecords"];
  ports?: Readonly<{ plain: number; secure: number }>;
  isPublic?: boolean;
  caCerts?: readonly string[];
}>;

const ASK_MS = 2_400;
const RECORDS_MS = 2_400;
const BYTES_MAX = 4_096;

/** Asks whoever answers at the addresses of the origin's name. */
export async function lookAtReach(parts: ReachParts): Promise<Reach> {
  const { origin, readRecords = readRecordsSoon, isPublic = true } = parts;
  const name = new URL(origin).hostname;
  const addresses: AddressReach[] = [];
  const look = async (address: string): Promise<Outcome> => {
    const [plain, secure] = await Promise.all([
      askAt(parts, address, "http:"),
      askAt(parts, address, "https:"),
    ]);
    addresses.push({ address, plain, secure, isOwn: isOwnAddress(address) });
    if (plain === "here" || secure === "here") return "here";
    return plain === "elsewhere" || secure === "elsewhere" ? "elsewhere" : "silent";
  };
  const check = await checkName({ name, isPublic, look, readRecords });
  addresses.sort((a, b) => a.address.localeCompare(b.address));
  return { name, check, addresses };
}

/** With the name in the handshake and the address under it: what a reader of that address would meet. */
async function askAt(
  { origin, start, ports, caCerts }: ReachParts,
  address: string,
  protocol: "http:" | "https:",
): Promise<Seen> {
  const url = new URL("/up", origin);
  url.protocol = protocol;
  const port = protocol === "http:" ? ports?.plain : ports?.secure;
  if (port !== undefined) url.port = String(port);
  // Every address may be asked here, those of this machine too: the name is the owner's own. But whoever answers there may send
  // the question on, and so to no other one.
  const resolve = () => Promise.resolve([address]);
  const permit = (asked: string) => asked === address;
  try {
    await using asker = await makeAsk({ isDev: true, resolve, ...(caCerts && { caCerts }) });
    const question = { url: url.href, bytesMax: BYTES_MAX, timeoutMs: ASK_MS, permit };
    const { bytes } = await asker.ask(question);
    return readUp(bytes)?.start === start ? "here" : "elsewhere";
  } catch (error) {
    const code = error instanceof AskProblem ? error.code : "";
    if (code === "tls_failed") return "untrusted";
    return code === "not_reached" || code === "too_slow" ? "silent" : "elsewhere";
  }
}

/**
 * While nothing serves, this program answers on port 80 for a moment, as the server would an authority. Undefined where it may not
 * listen there.
 */
export async function lookBeforeStart(origin: string): Promise<Reach | undefined> {
  const name = new URL(origin).hostname;
  const challenges = makeChallengeBook();
  const listener = tryListen(createPort80({
    origin: () => origin,
    isTrusted: () => false,
    findChallenge: challenges.find,
    facts: () => ({
      ...{ name, state: "asking", sentence: "", detail: "" },
      ...{ nextAtMs: undefined, untilMs: undefined, renewAtMs: undefined },
    }),
    app: makeLastAnswer,
  }));
  if (listener === undefined) return undefined;
  using trusted = makeTrustedAsk({ timeoutMs: ASK_MS });
  try {
    const look = lookByChallenge({ name, port: 80, ask: trusted.ask, challenges });
    const check = await checkName({ name, isPublic: true, look, readRecords: readRecordsSoon });
    return { name, check, addresses: [] };
  } finally {
    await listener.stop();
  }
}

function tryListen(handler: Parameters<typeof listen>[0]["handler"]) {
  try {
    return listen({ host: "::", port: 80, handler, onError: makeLastAnswer, onLost: () => {} });
  } catch {
    // Another program has it, or this user may not: the ports' own finding says which.
    return undefined;
  }
}

/** A name server that is slow counts as silent: a person waits. */
async function readRecordsSoon(name: string): ReturnType<NameCheckParts["readRecords"]> {
  const host = name.replace(/^\[|\]$/g, "");
  // An address by number needs no records.
  if (/^[\d.]+$/.test(host) || host.includes(":")) return { addresses: [host], alias: undefined };
  const late = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => late.resolve(undefined), RECORDS_MS);
  try {
    return await Promise.race([readNameRecords(host), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** True when this machine has the address itself: only then can a socket be bound to it. */
function isOwnAddress(address: string): boolean {
  try {
    Deno.listen({ hostname: address, port: 0 }).close();
    return true;
  } catch {
    return false;
  }
}

/** Addresses as people read them. */
export function listAddresses(addresses: readonly Pick<AddressReach, "address">[]): string {
  return addresses.map(({ address }) => hostInUrl(address)).join(" and ");
}
