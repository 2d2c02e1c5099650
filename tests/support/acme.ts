/** What tests of certificates hand to the client of authorities. @module */
import { type Account, openAccount } from "../../host/acme/account.ts";
import { connect, type Connection } from "../../host/acme/connection.ts";
import { makeKey } from "../../host/acme/keys.ts";
import type { ExternalAccount } from "../../host/acme/jws.ts";
import type { Challenges } from "../../host/acme/order.ts";
import { makeTrustedAsk } from "../../mesh/fetch.ts";

/** The little that is asked of an authority in tests. */
export type Authority = Readonly<{ directory: string; caCerts: readonly string[] }>;

/** A connection with a new account, until the end of the scope. */
export async function openAuthority(
  { directory, caCerts }: Authority,
  external?: ExternalAccount,
): Promise<Readonly<{ connection: Connection; account: Account } & Disposable>> {
  const trusted = makeTrustedAsk({ caCerts });
  try {
    const connection = await connect(
      { ask: trusted.ask, now: Date.now, wait: (ms) => new Promise((r) => setTimeout(r, ms)) },
      directory,
    );
    const account = await openAccount(connection, await makeKey(), external);
    return { connection, account, [Symbol.dispose]: () => trusted[Symbol.dispose]() };
  } catch (error) {
    trusted[Symbol.dispose]();
    throw error;
  }
}

/** A web server on this machine that answers challenges, and nothing else. */
export function serveChallenges(
  port: number,
): Readonly<{ challenges: Challenges; asked: () => number } & AsyncDisposable> {
  const shown = new Map<string, string>();
  let asked = 0;
  const server = Deno.serve({ port, hostname: "127.0.0.1", onListen: () => {} }, (request) => {
    asked += 1;
    const token = new URL(request.url).pathname.replace("/.well-known/acme-challenge/", "");
    const answer = shown.get(token);
    return answer === undefined ? new Response("?", { status: 404 }) : new Response(answer);
  });
  return {
    challenges: {
      show: (token, answer) => void shown.set(token, answer),
      hide: (token) => void shown.delete(token),
    },
    asked: () => asked,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
