/** What the domain name system says of a name. @module */

/** Its records, as far as they matter here. */
export type NameRecords = Readonly<{
  /** IPv4 and IPv6 addresses that the name leads to, by whatever way. */
  addresses: readonly string[];
  /** The name that it is another one for (CNAME); undefined without such a record. */
  alias: string | undefined;
}>;

/** Where to ask; the machine's own name server if absent. */
export type NameServer = Readonly<{ ipAddr: string; port: number }>;

type Kind = "A" | "AAAA" | "CNAME";

const ASK_MS = 10_000;
const NAME_CHARS_MAX = 253;

/** Reads them; undefined when no name server answers. */
export async function readNameRecords(
  name: string,
  nameServer?: NameServer,
): Promise<NameRecords | undefined> {
  const ask = (kind: Kind) => askFor(name, kind, nameServer);
  const [v4, v6, alias] = await Promise.all([ask("A"), ask("AAAA"), ask("CNAME")]);
  if (v4 === undefined && v6 === undefined) return undefined;
  const addresses = [...v4 ?? [], ...v6 ?? []];
  return { addresses: [...new Set(addresses)], alias: alias?.[0] && cleanName(alias[0]) };
}

/** Any byte may stand in a record; this is shown to people, in terminals too. */
function cleanName(name: string): string {
  return name.replace(/\.$/, "").replace(/[^\w.*-]/g, "?").slice(0, NAME_CHARS_MAX);
}

/** Undefined when there was no answer; none is an answer. */
async function askFor(
  name: string,
  kind: Kind,
  nameServer: NameServer | undefined,
): Promise<string[] | undefined> {
  const signal = AbortSignal.timeout(ASK_MS);
  try {
    // The dot at the end keeps a search list of the machine out of it.
    const where = nameServer === undefined ? {} : { nameServer };
    return await Deno.resolveDns(`${name}.`, kind, { ...where, signal });
  } catch (error) {
    return error instanceof Deno.errors.NotFound ? [] : undefined;
  }
}
