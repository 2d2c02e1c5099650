/** PEM, the text form of keys and certificates (RFC 7468). @module */

const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\s]*)-----END \1-----/g;

/** Bytes as a block with this label. */
export function encodePem(label: string, bytes: Uint8Array): string {
  const lines = bytes.toBase64().match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}

/** The bytes of every block with this label, in order; throws SyntaxError for one that is no base64. */
export function decodePem(label: string, text: string): Uint8Array<ArrayBuffer>[] {
  return [...text.matchAll(BLOCK)]
    .filter(([, found]) => found === label)
    .map(([, , body = ""]) => Uint8Array.fromBase64(body));
}
