/** Which certificate is shown to visitors now, and whether browsers trust it. @module */
import { readPair } from "../acme/chain.ts";
import { makeSelfSigned, type Pair } from "../acme/self_signed.ts";
import { type Certificate, findCertificate, saveCertificate } from "../../storage/certificates.ts";
import type { Database } from "../../storage/database.ts";
import type { OwnPair } from "./own_files.ts";

/** A pair that was checked. */
export type Showing = Readonly<{
  pair: Pair;
  /** True for one that an authority gave for everybody. */
  isGiven: boolean;
  /** Unix ms. */
  notAfterMs: number;
  /** SHA-256, as browsers show it. */
  fingerprint: string;
}>;

/** Directory of certificates that we signed ourselves. */
const OURSELVES = "";

/** One that the keeper got; undefined when it cannot be served. `isTest`: browsers do not know the authority. */
export function showCertificate(
  certificate: Certificate,
  { isTest }: Readonly<{ isTest: boolean }>,
): Showing | undefined {
  const { chain, key, notAfterMs } = certificate;
  const leaf = readPair(chain, key);
  if (typeof leaf === "string") return undefined;
  const isGiven = !isTest && certificate.directory !== OURSELVES;
  return { pair: { chain, key }, isGiven, notAfterMs, fingerprint: leaf.fingerprint };
}

/** One that the owner brought. */
export function showOwnPair({ pair, leaf }: OwnPair): Showing {
  const { notAfterMs, fingerprint, isSelfSigned } = leaf;
  return { pair, isGiven: !isSelfSigned, notAfterMs, fingerprint };
}

/** The stored one of the authority, else one that we sign ourselves: the same at each start, so that its fingerprint is. */
export async function showStored(
  db: Database,
  { name, directory, isTest, isReadOnly, nowMs }: Readonly<
    { name: string; directory: string; isTest: boolean; isReadOnly: boolean; nowMs: number }
  >,
): Promise<Showing> {
  const stored = findCertificate(db, name, directory);
  const shown = stored && showCertificate(stored, { isTest });
  if (shown !== undefined) return shown;
  const own = findCertificate(db, name, OURSELVES);
  const ownShown = own && own.notAfterMs > nowMs ? showCertificate(own, { isTest }) : undefined;
  if (ownShown !== undefined) return ownShown;
  const made = await makeOwn(name, nowMs);
  if (!isReadOnly) saveCertificate(db, made);
  const shownMade = showCertificate(made, { isTest });
  if (shownMade === undefined) throw new Error("Cannot show a certificate of our own making");
  return shownMade;
}

async function makeOwn(name: string, nowMs: number): Promise<Certificate> {
  const { chain, key } = await makeSelfSigned([name], nowMs);
  const leaf = readPair(chain, key);
  if (typeof leaf === "string") throw new Error(leaf);
  const { notBeforeMs, notAfterMs } = leaf;
  return {
    ...{ name, directory: OURSELVES, chain, key, notBeforeMs, notAfterMs },
    ...{ renewalId: undefined, window: undefined, renewAtMs: notAfterMs, askAtMs: notAfterMs },
  };
}
