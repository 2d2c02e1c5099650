/** What the wizard was told, carried from step to step in the form itself, sealed; nothing of it is stored. @module */
import type { Context } from "hono";
import type { Picture } from "../mesh/protocol/content.ts";
import type { Env } from "./app.ts";
import { readCookie, writeCookie } from "./cookies.ts";

/** What the wizard knows after its steps. */
export type SetupState = Readonly<{
  name: string;
  line: string;
  picture?: Picture;
  /** The https address that was typed; absent without one. */
  address?: string;
  language: string;
  timeZone: string;
  /** The hashed password; absent before step 2. */
  phc?: string;
}>;

/** The browser that opened the set-up link: its code, and a secret of this browser alone. */
export type SetupTicket = Readonly<{ code: string; secret: string }>;

const COOKIE_SECONDS = 86_400;
const SEALED_CHARACTERS_MAX = 16_384;
const TICKET_COOKIE = "-setup";
const TICKET = /^([A-Za-z0-9_-]{1,128})\.([A-Za-z0-9_-]{43})$/;
const BASE64URL = { alphabet: "base64url" } as const;
const encoder = new TextEncoder();

/** The ticket that this browser holds; undefined before it opened the link. */
export function readTicket(c: Context<Env>, origin: string): SetupTicket | undefined {
  const match = (readCookie(c, origin, TICKET_COOKIE) ?? "").match(TICKET);
  if (match === null) return undefined;
  const [, code = "", secret = ""] = match;
  return { code, secret };
}

/** Gives this browser a ticket for a code, and the same secret again if it had one for it. */
export function setTicket(c: Context<Env>, origin: string, code: string): void {
  const before = readTicket(c, origin);
  const secret = before?.code === code
    ? before.secret
    : crypto.getRandomValues(new Uint8Array(32)).toBase64({ ...BASE64URL, omitPadding: true });
  const value = `${code}.${secret}`;
  writeCookie(c, origin, { what: TICKET_COOKIE, value, seconds: COOKIE_SECONDS });
}

/** Takes the ticket away. */
export function deleteTicket(c: Context<Env>, origin: string): void {
  writeCookie(c, origin, { what: TICKET_COOKIE, value: "", seconds: 0 });
}

/**
 * The 16 bytes behind the recovery phrase. They follow from the secret of this browser, so the same words come back
 * after a reload, an error in a form or a restart, while no database ever held them.
 */
export async function deriveEntropy(ticket: SetupTicket): Promise<Uint8Array<ArrayBuffer>> {
  return await derive(ticket, "recovery phrase", 16);
}

/** Seals what the wizard knows (AES-GCM, key from the ticket). */
export async function sealState(ticket: SetupTicket, state: SetupState): Promise<string> {
  const key = await sealingKey(ticket);
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const text = encoder.encode(JSON.stringify(state));
  const sealed = new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, text));
  const bytes = new Uint8Array([...iv, ...sealed]);
  return bytes.toBase64({ ...BASE64URL, omitPadding: true });
}

/** Opens what `sealState` made for the same ticket; undefined for anything else. */
export async function openState(
  ticket: SetupTicket,
  sealed: string,
): Promise<SetupState | undefined> {
  if (sealed.length > SEALED_CHARACTERS_MAX || !/^[A-Za-z0-9_-]{40,}$/.test(sealed)) {
    return undefined;
  }
  const key = await sealingKey(ticket);
  try {
    const bytes = Uint8Array.fromBase64(sealed, BASE64URL);
    const iv = bytes.subarray(0, 12);
    const text = await crypto.subtle.decrypt({ name: "AES-GCM", iv }, key, bytes.subarray(12));
    return JSON.parse(new TextDecoder().decode(text));
  } catch (error) {
    // The first when it was sealed for another ticket or altered, the second when it is no base64.
    if (error instanceof DOMException || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

async function sealingKey(ticket: SetupTicket): Promise<CryptoKey> {
  const bytes = await derive(ticket, "sealed form", 32);
  return await crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]);
}

async function derive(
  { code, secret }: SetupTicket,
  purpose: string,
  bytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const input = encoder.encode(secret);
  const key = await crypto.subtle.importKey("raw", input, "HKDF", false, ["deriveBits"]);
  const info = encoder.encode(`capsule set-up, ${purpose}`);
  const salt = encoder.encode(code);
  const algorithm = { name: "HKDF", hash: "SHA-256", salt, info };
  return new Uint8Array(await crypto.subtle.deriveBits(algorithm, key, bytes * 8));
}
