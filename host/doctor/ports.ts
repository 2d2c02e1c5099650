/** Do ports 80 and 443 answer; and before a start, may this program have them? @module */
import { makeTrustedAsk } from "../../mesh/fetch.ts";
import { type Finding, fine, problem, warning } from "../../views/findings.ts";
import { type AddressReach, listAddresses, type Reach } from "./reach.ts";

/** What became of trying to listen on a port. */
export type PortTry = Readonly<{
  port: number;
  state: "free" | "taken" | "refused";
  /** What the program that has it calls itself; undefined where it does not say. */
  holder: string | undefined;
}>;

/** What is known of them. */
export type PortFacts = Readonly<{
  /** True where the public origin is https. */
  isPublic: boolean;
  reach: Reach | undefined;
  /** Only while nothing serves. */
  tries: readonly PortTry[];
  /** True where the settings say that a proxy stands in front. */
  isBehindProxy: boolean;
}>;

const NAME = "Ports";
const OPEN = "Open it in the firewall, and where a router stands in front let it pass ports 80 " +
  "and 443 on to this machine.";

/** Judges them. */
export function judgePorts({ isPublic, reach, tries, isBehindProxy }: PortFacts): Finding {
  if (!isPublic) return fine(NAME, "Ports 80 and 443 are not needed without a public address.");
  if (tries.length > 0) return judgeTries(tries, isBehindProxy);
  const known = (reach?.addresses ?? []).filter(({ plain, secure, isOwn }) =>
    isOwn || plain === "here" || secure === "here"
  );
  if (known.length === 0) {
    return fine(NAME, "They can be tried once the name leads to this machine.");
  }
  return judgePort(known, 443) ?? judgePort(known, 80) ??
    fine(NAME, `80 and 443 answer at ${listAddresses(known)}.`);
}

function judgePort(known: readonly AddressReach[], port: 80 | 443): Finding | undefined {
  const seen = (one: AddressReach) => port === 80 ? one.plain : one.secure;
  const silent = known.filter((one) => seen(one) === "silent");
  // The certificate's own finding speaks of what is not trusted.
  const foreign = known.filter((one) => seen(one) === "elsewhere");
  const [lost, text] = silent.length > 0
    ? [silent, `Nobody answers on port ${port} of ${listAddresses(silent)}.`]
    : [foreign, `On port ${port} of ${listAddresses(foreign)} something else answers.`];
  if (lost.length === 0) return undefined;
  const todo = silent.length > 0
    ? OPEN
    : "Stop that program, or let it pass requests on to the capsule.";
  if (port === 443) return problem(NAME, text, todo);
  return warning(NAME, `${text} The certificate is renewed by way of it.`, todo);
}

function judgeTries(tries: readonly PortTry[], isBehindProxy: boolean): Finding {
  const taken = tries.filter(({ state }) => state === "taken");
  if (taken.length > 0) {
    const ports = listPorts(taken);
    const holder = taken.find((one) => one.holder !== undefined)?.holder;
    const who = holder === undefined ? "Another program" : `${holder}, another program,`;
    if (isBehindProxy) return fine(NAME, `${who} has ${ports}: the proxy in front.`);
    return warning(
      NAME,
      `${who} has ${ports}.`,
      "Stop it; or, if it is to stand in front as a proxy, start the capsule with --port.",
    );
  }
  const refused = tries.filter(({ state }) => state === "refused");
  if (refused.length > 0 && !isBehindProxy) {
    return warning(
      NAME,
      `This user may not listen on ${listPorts(refused)}.`,
      "Start the capsule as the system's service, which has the right to (CAP_NET_BIND_SERVICE).",
    );
  }
  return fine(NAME, `Nobody else has ${listPorts(tries)}.`);
}

function listPorts(tries: readonly PortTry[]): string {
  return `port${tries.length > 1 ? "s" : ""} ${tries.map(({ port }) => port).join(" and ")}`;
}

/** Tries to listen on both, for a moment; asks whoever has one of them what it is called. */
export async function tryPorts(ports: readonly number[] = [80, 443]): Promise<PortTry[]> {
  return await Promise.all(ports.map(async (port) => {
    const state = tryPort(port);
    return { port, state, holder: state === "taken" ? await findHolder(port) : undefined };
  }));
}

function tryPort(port: number): PortTry["state"] {
  for (const hostname of ["::", "0.0.0.0"]) {
    try {
      Deno.listen({ hostname, port }).close();
      return "free";
    } catch (error) {
      if (error instanceof Deno.errors.AddrInUse) return "taken";
      if (error instanceof Deno.errors.PermissionDenied) return "refused";
    }
  }
  return "refused";
}

/** The header Server of whoever answers there over plain HTTP; nothing but letters, digits and a version is told on. */
async function findHolder(port: number): Promise<string | undefined> {
  using trusted = makeTrustedAsk({ timeoutMs: 2_000 });
  try {
    const { headers } = await trusted.ask({
      url: `http://127.0.0.1:${port}/`,
      bytesMax: 1_000_000,
    });
    return /^[A-Za-z][A-Za-z0-9._-]{0,40}/.exec(headers.get("server") ?? "")?.[0];
  } catch {
    // It speaks something else, or does not say.
    return undefined;
  }
}
