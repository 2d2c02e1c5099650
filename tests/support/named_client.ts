/** A client for which every name leads to this machine, and which checks certificates as a browser does. @module */
import { startGuard } from "../../mesh/guard.ts";

/** Asks by name; close it at the end. */
export type NamedClient = Readonly<
  {
    get: (url: string, init?: RequestInit) => Promise<Response>;
    /** Forgets open connections, so that the next question meets the certificate of now. */
    forget: () => void;
  } & AsyncDisposable
>;

/** Trusts only these authorities, PEM, beside the usual ones. */
export function openNamedClient(
  caCerts: readonly string[],
  { http2 = true }: Readonly<{ http2?: boolean }> = {},
): NamedClient {
  const guard = startGuard({ isStrict: false, resolve: () => Promise.resolve(["127.0.0.1"]) });
  const open = () => Deno.createHttpClient({ proxy: guard.proxy, http2, caCerts: [...caCerts] });
  let client = open();
  return {
    get: (url, init = {}) => fetch(url, { redirect: "manual", ...init, client }),
    forget() {
      client.close();
      client = open();
    },
    async [Symbol.asyncDispose]() {
      client.close();
      await guard.close();
    },
  };
}
