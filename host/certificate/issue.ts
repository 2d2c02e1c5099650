/** Getting one certificate: account, order, chain, and the check that all of it fits. @module */
import { openAccount } from "../acme/account.ts";
import { isFor, readPair } from "../acme/chain.ts";
import { connect, type Connection, type ConnectionParts } from "../acme/connection.ts";
import type { ExternalAccount } from "../acme/jws.ts";
import { makeKey, readKey, type SigningPair } from "../acme/keys.ts";
import { type Challenges, orderCertificate } from "../acme/order.ts";
import { encodePem } from "../acme/pem.ts";
import { AcmeProblem } from "../acme/problem.ts";
import { chooseMoment, findRenewalWindow, latestMoment, shareMoment } from "../acme/renewal.ts";
import { type Certificate, findAccountKey, saveAccountKey } from "../../storage/certificates.ts";
import type { Database } from "../../storage/database.ts";

/** What an issue needs. */
export type IssueParts =
  & ConnectionParts
  & Readonly<{
    db: Database;
    name: string;
    random: () => number;
    external: ExternalAccount | undefined;
    challenges: Challenges;
    /** What the authority's clock says where its certificate cannot be believed, Unix ms; undefined where it does not say. */
    readClock: () => Promise<number | undefined>;
  }>;

/** The kind of certificate that servers want: shorter, without what only clients need. */
const PROFILE = "tlsserver";
const ASK_MS = 6 * 3_600_000;
/** A clock that is further off makes certificates look expired, or not valid yet. */
const CLOCK_MAX_MS = 3_600_000;

/** Gets a certificate from the authority; `before` is the one that it takes the place of. Throws AcmeProblem. */
export async function issueCertificate(
  parts: IssueParts,
  directory: string,
  before: Certificate | undefined,
): Promise<Certificate> {
  const { db, name, challenges } = parts;
  const connection = await connectInTime(parts, directory);
  const account = await openAccount(
    connection,
    await findOrMakeAccountKey(db, directory),
    parts.external,
  );
  const key = await makeKey();
  const chain = await orderCertificate(connection, account, {
    names: [name],
    key,
    challenges,
    replaces: before?.renewalId,
    profile: connection.directory.profiles.includes(PROFILE) ? PROFILE : undefined,
  });
  return await readIssued(parts, connection, { directory, chain, key });
}

/** A clock that is years off makes the authority's own certificate look invalid, and then nobody is reached. */
async function connectInTime(parts: IssueParts, directory: string): Promise<Connection> {
  const { now, readClock } = parts;
  let connection: Connection;
  try {
    connection = await connect(parts, directory);
  } catch (error) {
    if (error instanceof AcmeProblem && error.code === "unreachable") {
      checkClock(now(), await readClock());
    }
    throw error;
  }
  checkClock(now(), connection.serverTimeMs);
  return connection;
}

/** Whatever the authority sends: what does not serve is not kept. */
async function readIssued(
  { name, now, random }: IssueParts,
  connection: Connection,
  { directory, chain, key }: Readonly<{ directory: string; chain: string; key: SigningPair }>,
): Promise<Certificate> {
  const pem = encodePem("PRIVATE KEY", key.pkcs8);
  const leaf = readPair(chain, pem);
  if (typeof leaf === "string") throw new AcmeProblem("broken", leaf);
  if (!isFor(leaf, name)) throw new AcmeProblem("broken", "The certificate is for another name.");
  const { notBeforeMs, notAfterMs, renewalId } = leaf;
  if (notAfterMs <= now() || notBeforeMs > now() + CLOCK_MAX_MS) {
    throw new AcmeProblem("broken", "The certificate is not valid now.");
  }
  const plain: Certificate = {
    ...{ name, directory, chain, key: pem, notBeforeMs, notAfterMs, renewalId },
    window: undefined,
    renewAtMs: shareMoment(leaf),
    askAtMs: now() + ASK_MS,
  };
  return await hearRenewal(connection, plain, random);
}

/** The certificate with the authority's newest word on when to renew it. A chosen moment stays while it lies in the window. */
export async function hearRenewal(
  connection: Connection,
  certificate: Certificate,
  random: () => number,
): Promise<Certificate> {
  const { renewalId, window, renewAtMs } = certificate;
  const askAtMs = connection.parts.now() + ASK_MS;
  if (renewalId === undefined) return { ...certificate, askAtMs };
  let found: Awaited<ReturnType<typeof findRenewalWindow>>;
  try {
    found = await findRenewalWindow(connection, renewalId);
  } catch (error) {
    if (!(error instanceof AcmeProblem)) throw error;
    // The moment chosen before is as good without a newer word.
    return { ...certificate, askAtMs };
  }
  if (found === undefined) return { ...certificate, askAtMs };
  const { startMs, endMs } = found;
  const isChosen = window !== undefined && renewAtMs >= startMs && renewAtMs <= endMs;
  return {
    ...certificate,
    window: { startMs, endMs },
    renewAtMs: isChosen ? renewAtMs : Math.min(
      chooseMoment(found, random),
      latestMoment(certificate),
    ),
    askAtMs: found.askAtMs,
  };
}

function checkClock(nowMs: number, theirsMs: number | undefined): void {
  if (theirsMs === undefined) return;
  const offMs = nowMs - theirsMs;
  if (Math.abs(offMs) <= CLOCK_MAX_MS) return;
  throw new AcmeProblem(
    "clock_wrong",
    `The clock is about ${describeSpan(Math.abs(offMs))} ${offMs < 0 ? "slow" : "fast"}.`,
  );
}

function describeSpan(ms: number): string {
  const hours = Math.round(ms / 3_600_000);
  if (hours < 48) return hours === 1 ? "an hour" : `${hours} hours`;
  const days = Math.round(hours / 24);
  return days < 730 ? `${days} days` : `${Math.round(days / 365)} years`;
}

async function findOrMakeAccountKey(db: Database, directory: string): Promise<SigningPair> {
  const stored = findAccountKey(db, directory);
  if (stored !== undefined) return await readKey(new Uint8Array(stored));
  const key = await makeKey();
  saveAccountKey(db, directory, key.pkcs8);
  return key;
}
