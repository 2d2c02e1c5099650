/** Signed requests (RFC 7515 as RFC 8555 §6.2 narrows it). @module */
import { encodeBase64Url, type SigningPair, signRaw } from "./keys.ts";

/** What the authority gave the owner beforehand, where it wants to know whose account it is (RFC 8555 §7.3.4). */
export type ExternalAccount = Readonly<{
  /** The name of the key. */
  id: string;
  /** The key, base64url as the authority shows it. */
  key: string;
}>;

/** A request's signed form. `payload` undefined is a POST-as-GET. */
export async function signRequest(
  key: SigningPair,
  { url, nonce, account, payload }: Readonly<
    { url: string; nonce: string; account: string | undefined; payload: unknown }
  >,
): Promise<string> {
  const who = account === undefined ? { jwk: key.jwk } : { kid: account };
  const protectedHeader = encodeJson({ alg: "ES256", ...who, nonce, url });
  const body = payload === undefined ? "" : encodeJson(payload);
  const message = new TextEncoder().encode(`${protectedHeader}.${body}`);
  const signature = encodeBase64Url(await signRaw(key, message));
  return JSON.stringify({ protected: protectedHeader, payload: body, signature });
}

/** Binds a new account to the one that the authority knows. Throws SyntaxError for a key that is no base64url. */
export async function bindAccount(
  key: SigningPair,
  url: string,
  { id, key: secret }: ExternalAccount,
): Promise<Record<string, string>> {
  const bytes = Uint8Array.fromBase64(secret.replace(/=+$/, ""), { alphabet: "base64url" });
  const hash = { name: "HMAC", hash: "SHA-256" };
  const hmac = await crypto.subtle.importKey("raw", bytes, hash, false, ["sign"]);
  const protectedHeader = encodeJson({ alg: "HS256", kid: id, url });
  const payload = encodeJson(key.jwk);
  const message = new TextEncoder().encode(`${protectedHeader}.${payload}`);
  const signature = encodeBase64Url(
    new Uint8Array(await crypto.subtle.sign("HMAC", hmac, message)),
  );
  return { protected: protectedHeader, payload, signature };
}

function encodeJson(value: unknown): string {
  return encodeBase64Url(new TextEncoder().encode(JSON.stringify(value)));
}
