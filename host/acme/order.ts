/** Ordering a certificate over HTTP-01 (RFC 8555 §7.4, §8.3), from the order to the chain. @module */
import type { Account } from "./account.ts";
import { type Authorization, type Order, readAuthorization, readOrder } from "./order_answers.ts";
import type { AcmeReply, Connection } from "./connection.ts";
import { readUrl } from "./directory.ts";
import { encodeBase64Url, findThumbprint, type SigningPair } from "./keys.ts";
import { AcmeProblem } from "./problem.ts";
import { encodeRequest } from "./request.ts";

/** Shows answers to challenges below `/.well-known/acme-challenge/`. */
export type Challenges = Readonly<{
  show: (token: string, answer: string) => void;
  hide: (token: string) => void;
}>;

/** What is ordered. */
export type Wish = Readonly<{
  names: readonly string[];
  /** The key of the certificate; never the account's. */
  key: SigningPair;
  challenges: Challenges;
  /** The id (RFC 9773 §4.1) of the certificate that it takes the place of. */
  replaces?: string | undefined;
  /** The kind of certificate, where the authority offers kinds. */
  profile?: string | undefined;
}>;

const POLL_MS = 1_000;
const POLL_MAX_MS = 15_000;
/** An authority that gets nowhere in this time is asked again another day. */
const PATIENCE_MS = 120_000;

/** Orders a certificate and answers its chain, PEM, the certificate itself first. Throws AcmeProblem. */
export async function orderCertificate(
  connection: Connection,
  account: Account,
  wish: Wish,
): Promise<string> {
  const created = await startOrder(connection, account, wish);
  const url = readUrl(created.location, "the order");
  const order = readOrder(created.value);
  const read = (address: string) => post(connection, account, address, undefined);
  for (const address of order.authorizations) await authorize(connection, account, address, wish);
  const ready = await poll(connection, () => read(url), readOrder, isDecided);
  if (ready.status === "invalid") throw ready.problem;
  if (ready.status === "ready") {
    const csr = encodeBase64Url(await encodeRequest(wish.key, wish.names));
    await post(connection, account, order.finalize, { csr });
  }
  const done = await poll(
    connection,
    () => read(url),
    readOrder,
    ({ status }) => status === "valid" || status === "invalid",
  );
  if (done.status === "invalid") throw done.problem;
  return (await read(readUrl(done.certificate, "the certificate"))).text;
}

/** Some authorities refuse a replacement that they know already, or for reasons of theirs: then it is an order like any other. */
async function startOrder(
  connection: Connection,
  account: Account,
  { names, replaces, profile }: Wish,
): Promise<AcmeReply> {
  const plain = {
    identifiers: names.map((value) => ({ type: "dns", value })),
    ...(profile === undefined ? {} : { profile }),
  };
  const { newOrder, renewalInfo } = connection.directory;
  if (replaces === undefined || renewalInfo === undefined) {
    return await post(connection, account, newOrder, plain);
  }
  try {
    return await post(connection, account, newOrder, { ...plain, replaces });
  } catch (error) {
    const isRefused = error instanceof AcmeProblem &&
      ["alreadyReplaced", "conflict", "malformed", "unauthorized"].includes(error.code);
    if (!isRefused) throw error;
    return await post(connection, account, newOrder, plain);
  }
}

/** Shows the answer to the challenge, says so, and waits for the authority's word. */
async function authorize(
  connection: Connection,
  account: Account,
  url: string,
  { challenges }: Wish,
): Promise<void> {
  const read = () => post(connection, account, url, undefined);
  const asked: Authorization = readAuthorization((await read()).value);
  if (asked.status === "valid") return;
  const { challenge } = asked;
  if (challenge === undefined) {
    throw new AcmeProblem("broken", "The authority offers no challenge over HTTP.");
  }
  const { token } = challenge;
  challenges.show(token, `${token}.${await findThumbprint(account.key)}`);
  try {
    await post(connection, account, challenge.url, {});
    const found = await poll(
      connection,
      read,
      readAuthorization,
      ({ status }) => status !== "pending",
    );
    if (found.status !== "valid") throw found.problem;
  } finally {
    challenges.hide(token);
  }
}

function isDecided({ status }: Order): boolean {
  return status === "ready" || status === "valid" || status === "invalid";
}

/** Asks until the answer is an end, at the pace that the authority names. */
async function poll<T>(
  { parts: { now, wait } }: Connection,
  read: () => Promise<AcmeReply>,
  understand: (value: unknown) => T,
  isEnd: (found: T) => boolean,
): Promise<T> {
  const deadlineMs = now() + PATIENCE_MS;
  // A clock that is set back meanwhile makes nobody ask for ever.
  let waitedMs = 0;
  for (let pauseMs = POLL_MS / 4;; pauseMs = Math.min(2 * pauseMs, POLL_MAX_MS)) {
    const reply = await read();
    const found = understand(reply.value);
    if (isEnd(found)) return found;
    const askedMs = reply.retryAtMs === undefined ? pauseMs : reply.retryAtMs - now();
    const waitMs = Math.max(pauseMs, Math.min(askedMs, POLL_MAX_MS));
    waitedMs += waitMs;
    if (now() + waitMs > deadlineMs || waitedMs > PATIENCE_MS) {
      throw new AcmeProblem("slow", "The authority did not come to an end in two minutes.");
    }
    await wait(waitMs);
  }
}

async function post(
  connection: Connection,
  { key, url: account }: Account,
  url: string,
  payload: unknown,
): Promise<AcmeReply> {
  return await connection.post(url, { key, account }, payload);
}
