/** Whom a log can be asked of: the author's own addresses, and capsules that openly keep a copy (docs/protocol.md §13). @module */
import { listHolders } from "../storage/holders.ts";
import type { Mirror } from "../storage/mirrors.ts";
import { findPeer, listConfirmed } from "../storage/peers.ts";
import type { Mesh } from "./mesh.ts";
import type { LogSource } from "./question.ts";
import { orderSources, type Source } from "./schedule.ts";

/** Holders that are looked at for one log. */
const HOLDERS_MAX = 32;
/** Sources that one pull asks at most. */
const SOURCES_MAX = 8;
/** After a move the former address is asked for so long. */
const FORMER_MS = 30 * 86_400_000;

/**
 * Lists the confirmed addresses at which a mirror's log can be asked for: nothing is ever asked of an address that has not
 * answered with the id it is listed under. A quiet follow is asked of its author only, unless the author has no address.
 */
export function listSources(
  { db, now, ownOrigin }: Mesh,
  mirror: Pick<Mirror, "log" | "id" | "isQuiet">,
): Source[] {
  const { log, id, isQuiet } = mirror;
  const origins = listConfirmed(db, id)
    .filter(({ isFormer, confirmedAtMs }) => !isFormer || now() - (confirmedAtMs ?? 0) < FORMER_MS)
    .map(({ address }): Source => ({ address, id, isOrigin: true }));
  const holders = isQuiet && origins.length > 0 ? [] : listHolders(db, log, HOLDERS_MAX);
  const others = holders.flatMap(({ id: holder }) =>
    listConfirmed(db, holder)
      .filter(({ isFormer }) => !isFormer)
      .map(({ address }): Source => ({ address, id: holder, isOrigin: false }))
  );
  const own = ownOrigin();
  const seen = new Set<string>(own === undefined ? [] : [own]);
  const all = [...origins, ...others].filter(({ address }) => {
    const isNew = !seen.has(address);
    seen.add(address);
    return isNew;
  });
  // Where everybody asked for patience the mirror's own next pull waits.
  const patient = all.filter(({ id: peer, address }) =>
    (findPeer(db, peer, address)?.retryAtMs ?? 0) <= now()
  );
  return patient.length > 0 ? patient : all;
}

/** The sources of a mirror in the order in which one pull asks them. */
export function chooseSources(mesh: Mesh, mirror: Mirror): Source[] {
  const ordered = orderSources(listSources(mesh, mirror), {
    originSeenAtMs: mirror.originSeenAtMs,
    nowMs: mesh.now(),
    random: mesh.random,
  });
  const chosen = ordered.slice(0, SOURCES_MAX);
  const origin = ordered.find(({ isOrigin }) => isOrigin);
  if (origin !== undefined && !chosen.includes(origin)) chosen[SOURCES_MAX - 1] = origin;
  return chosen;
}

/** A source as those who ask about a log need it. */
export function toLogSource(
  { ask, now }: Pick<Mesh, "ask" | "now">,
  id: string,
  { address }: Pick<Source, "address">,
  signal: AbortSignal | undefined,
): LogSource {
  return { ask, now, address, id, signal };
}
