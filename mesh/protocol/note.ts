/** Signed notes, c2sp.org/signed-note with Ed25519 keys of type 0x01 (docs/protocol.md §6). */
import { sha256 } from "@noble/hashes/sha2.js";
import { ProtocolError } from "./errors.ts";
import { NOTE_BYTES_MAX, NOTE_SIGNATURES_MAX } from "./limits.ts";
import { checkPublicKey, type Sign, type Verify } from "./public_key.ts";
import { countUtf8, encodeUtf8, equalBytes, fromBase64, toBase64 } from "./text.ts";

/** One signature line of a note. */
export type NoteSignature = Readonly<{
  /** The key name on the line. */
  name: string;
  /** Four bytes that hint at the key. */
  keyId: Uint8Array;
  /** What follows the key id; 64 bytes for Ed25519. */
  signature: Uint8Array;
}>;

const ED25519 = 0x01;
const LINE = /^— ([^\s+\p{Cc}]+) ([A-Za-z0-9+/]+={0,2})$/u;
// deno-lint-ignore no-control-regex -- these are the characters that a note's text must not hold
const CONTROL = /[\u0000-\u0009\u000b-\u001f]/;

/** The key id of an Ed25519 key under a name: 4 bytes of SHA-256(name, LF, 0x01, key). */
export function noteKeyId(name: string, publicKey: Uint8Array): Uint8Array {
  const hash = sha256.create().update(encodeUtf8(`${name}\n`)).update(Uint8Array.of(ED25519));
  return hash.update(publicKey).digest().slice(0, 4);
}

/** Signs text that ends in LF and returns the note with one signature line. Throws `note_form`. */
export function signNote(
  note: { text: string; name: string; publicKey: Uint8Array; sign: Sign },
): string {
  checkText(note.text);
  const keyId = noteKeyId(note.name, checkPublicKey(note.publicKey));
  const line = joinBytes(keyId, note.sign(encodeUtf8(note.text)));
  const signed = `${note.text}\n— ${note.name} ${toBase64(line)}\n`;
  decodeNote(signed);
  return signed;
}

/**
 * Takes a note apart without checking a signature. Throws `ProtocolError` `note_too_long` (more than
 * 16 KiB or 16 signature lines), `utf8_form` or `note_form`.
 */
export function decodeNote(note: string): { text: string; signatures: NoteSignature[] } {
  if (note.length > NOTE_BYTES_MAX || countUtf8(note) > NOTE_BYTES_MAX) {
    throw new ProtocolError("note_too_long", `Cannot decode note: ${note.length} characters`);
  }
  const split = note.lastIndexOf("\n\n");
  if (split === -1 || !note.endsWith("\n")) {
    throw new ProtocolError("note_form", "Cannot decode note: no blank line or no final newline");
  }
  const text = note.slice(0, split + 1);
  checkText(text);
  const lines = note.slice(split + 2, -1).split("\n");
  if (lines.length > NOTE_SIGNATURES_MAX) {
    throw new ProtocolError("note_too_long", `Cannot decode note: ${lines.length} signatures`);
  }
  return { text, signatures: lines.map(decodeSignatureLine) };
}

/**
 * Verifies that the named key signed a note and returns its text. Lines of other keys are ignored.
 * Throws what `decodeNote` throws, and `note_signature` when the key's line is missing, there
 * twice, or does not fit.
 */
export function verifyNote(
  note: string,
  name: string,
  publicKey: Uint8Array,
  verify: Verify,
): string {
  const { text, signatures } = decodeNote(note);
  const keyId = noteKeyId(name, checkPublicKey(publicKey));
  const ours = signatures.filter((line) => line.name === name && equalBytes(line.keyId, keyId));
  const signature = ours[0]?.signature;
  if (ours.length !== 1 || signature?.length !== 64) {
    throw new ProtocolError(
      "note_signature",
      `Cannot verify note: ${ours.length} lines of the key`,
    );
  }
  if (!verify(publicKey, encodeUtf8(text), signature)) {
    throw new ProtocolError("note_signature", "Cannot verify note: signature does not fit");
  }
  return text;
}

function checkText(text: string): void {
  if (!text.isWellFormed()) {
    throw new ProtocolError("utf8_form", "Cannot decode note: lone surrogate");
  }
  if (text.length < 2 || !text.endsWith("\n") || CONTROL.test(text)) {
    throw new ProtocolError("note_form", "Cannot decode note: control character or no newline");
  }
}

function decodeSignatureLine(line: string): NoteSignature {
  const parts = LINE.exec(line);
  const bytes = parts === null ? undefined : fromBase64(parts[2] as string);
  if (parts === null || bytes === undefined || bytes.length < 5) {
    throw new ProtocolError("note_form", "Cannot decode note: malformed signature line");
  }
  return { name: parts[1] as string, keyId: bytes.slice(0, 4), signature: bytes.slice(4) };
}

function joinBytes(a: Uint8Array, b: Uint8Array): Uint8Array {
  const joined = new Uint8Array(a.length + b.length);
  joined.set(a);
  joined.set(b, a.length);
  return joined;
}
