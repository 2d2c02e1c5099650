/** The owner's password: hashed slowly, kept as one PHC string. @module */
import { scrypt, timingSafeEqual } from "node:crypto";
import type { Database } from "./database.ts";

/** OWASP's figures for Argon2id: 19 MiB, two passes, one lane. */
const ARGON = { memory: 19_456, passes: 2, parallelism: 1 } as const;
/** OWASP's figures for scrypt: 2^17 by 8 by 1 (128 MiB while it runs). */
const SCRYPT = { logCost: 17, blockSize: 8, parallelism: 1 } as const;
const HASH_BYTES = 32;
/** Longer passwords are refused unhashed. */
export const PASSWORD_CHARACTERS_MAX = 1_024;

/** Finds the stored PHC string; undefined while no password is set. */
export function findPassword(db: Database): string | undefined {
  const row = db.prepare("select phc from passwords where id = 1").get() as
    | { phc: string }
    | undefined;
  return row?.phc;
}

/** Saves a PHC string made by `hashPassword`, in place of the one before. */
export function savePassword(db: Database, phc: string): void {
  db.prepare(
    "insert into passwords (id, phc) values (1, ?) on conflict (id) do update set phc = excluded.phc",
  ).run(phc);
}

/** Hashes a password with Argon2id off-thread, or with scrypt where the runtime lacks it; answers a PHC string. */
export async function hashPassword(password: string): Promise<string> {
  if (password.length > PASSWORD_CHARACTERS_MAX) {
    throw new RangeError(
      `Cannot hash password: expected at most ${PASSWORD_CHARACTERS_MAX} characters`,
    );
  }
  const salt = crypto.getRandomValues(new Uint8Array(16));
  const hash = await deriveArgon2id(password, salt, ARGON);
  if (hash !== undefined) {
    const { memory, passes, parallelism } = ARGON;
    const figures = `m=${memory},t=${passes},p=${parallelism}`;
    return `$argon2id$v=19$${figures}$${toBase64(salt)}$${toBase64(hash)}`;
  }
  const derived = await deriveScrypt(password, salt, SCRYPT);
  const { logCost, blockSize, parallelism } = SCRYPT;
  const figures = `ln=${logCost},r=${blockSize},p=${parallelism}`;
  return `$scrypt$${figures}$${toBase64(salt)}$${toBase64(derived)}`;
}

/** Says whether a password is the one of a PHC string; false for a string it cannot check. */
export async function verifyPassword(password: string, phc: string): Promise<boolean> {
  if (password.length > PASSWORD_CHARACTERS_MAX) return false;
  const argon = phc.match(/^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d)\$([^$]+)\$([^$]+)$/);
  if (argon !== null) {
    const [, memory, passes, parallelism, salt = "", hash = ""] = argon;
    const figures = {
      memory: Number(memory),
      passes: Number(passes),
      parallelism: Number(parallelism),
    };
    const derived = await deriveArgon2id(password, fromBase64(salt), figures);
    return derived !== undefined && isEqual(derived, fromBase64(hash));
  }
  const other = phc.match(/^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d)\$([^$]+)\$([^$]+)$/);
  if (other === null) return false;
  const [, logCost, blockSize, parallelism, salt = "", hash = ""] = other;
  const figures = {
    logCost: Number(logCost),
    blockSize: Number(blockSize),
    parallelism: Number(parallelism),
  };
  return isEqual(await deriveScrypt(password, fromBase64(salt), figures), fromBase64(hash));
}

type ArgonFigures = Readonly<{ memory: number; passes: number; parallelism: number }>;
type ScryptFigures = Readonly<{ logCost: number; blockSize: number; parallelism: number }>;

async function deriveArgon2id(
  password: string,
  nonce: Uint8Array,
  figures: ArgonFigures,
): Promise<Uint8Array | undefined> {
  // The runtime has Argon2id before its types do: the key format and the algorithm are unknown to them.
  const importKey = crypto.subtle.importKey.bind(crypto.subtle) as (
    format: string,
    bytes: Uint8Array,
    algorithm: string,
    isExtractable: boolean,
    usages: KeyUsage[],
  ) => Promise<CryptoKey>;
  try {
    const bytes = new TextEncoder().encode(password.normalize("NFC"));
    const key = await importKey("raw-secret", bytes, "Argon2id", false, ["deriveBits"]);
    const algorithm = { name: "Argon2id", nonce, ...figures };
    return new Uint8Array(await crypto.subtle.deriveBits(algorithm, key, HASH_BYTES * 8));
  } catch (error) {
    // Either answer means that this runtime has no Argon2id.
    const isLacking = error instanceof TypeError ||
      error instanceof DOMException && error.name === "NotSupportedError";
    if (isLacking) return undefined;
    throw error;
  }
}

function deriveScrypt(
  password: string,
  salt: Uint8Array,
  { logCost, blockSize, parallelism }: ScryptFigures,
): Promise<Uint8Array> {
  const cost = 2 ** logCost;
  const options = { N: cost, r: blockSize, p: parallelism, maxmem: 256 * cost * blockSize };
  return new Promise((resolve, reject) => {
    scrypt(password.normalize("NFC"), salt, HASH_BYTES, options, (error, derived) => {
      if (error) reject(error);
      else resolve(new Uint8Array(derived));
    });
  });
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

/** PHC strings hold base64 without padding. */
function toBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replaceAll("=", "");
}

function fromBase64(text: string): Uint8Array {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return new Uint8Array(0);
  }
}
