/** One public answer as bytes: plain and compressed, each with its headers ready. @module */
import { createHash } from "node:crypto";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const COMPRESSED_BYTES_MIN = 512;
/** A longer body is handed over in parts of this size. */
const PART_BYTES = 64 * 1024;
const BROTLI_QUALITY = 5;

type Encoding = "br" | "gzip" | "identity";
/** A page in one encoding. */
type Form = Readonly<{
  /** What visitors get clones of: they share its bytes, and its headers are not checked and copied in for each of them. */
  answer: Response;
  /** A body too long for that, of which the answer has the headers only. */
  long: Uint8Array<ArrayBuffer> | undefined;
}>;

/** A page that can be answered again and again. */
export type CachedPage = Readonly<{
  /** Bytes of all its forms made so far. */
  bytes: number;
  /** Answers from memory, with 304 where the browser has it already. All answers share their bytes: nobody writes into them. */
  answer: (request: Request) => Response;
  isSame: (other: CachedPage) => boolean;
  /** What makes two pages the same. */
  tag: string;
  headers: readonly (readonly [string, string])[];
}>;

/** Makes a page of an answer of the application. */
export function makePage(plain: Uint8Array<ArrayBuffer>, answered: Headers): CachedPage {
  const forms = new Map<Encoding, Form>();
  // Weak: one tag for all encodings, as RFC 9110 §8.8.1 asks.
  const hash = createHash("sha256").update(plain).digest().subarray(0, 12).toString("base64url");
  const tag = `W/"${hash}"`;
  const headers = [...answered].filter(([name]) => name !== "etag" && name !== "content-length");
  headers.push(["etag", tag]);
  const modified = answered.get("last-modified");
  const notModified = headers.filter(([name]) => name !== "content-type");
  let unchanged: Response | undefined;
  let bytes = 0;

  function find(encoding: Encoding): Form {
    const known = forms.get(encoding);
    if (known !== undefined) return known;
    const body = compress(plain, encoding);
    const coding: [string, string][] = encoding === "identity"
      ? []
      : [["content-encoding", encoding]];
    const long = body.length > PART_BYTES ? body : undefined;
    const form = { answer: model(long ? null : body, 200, [...headers, ...coding]), long };
    forms.set(encoding, form);
    bytes += body.length;
    return form;
  }

  function answer(request: Request): Response {
    const asked = request.headers;
    const match = asked.get("if-none-match");
    const isKnown = match !== null
      ? match === tag || match === "*" || match.includes(hash)
      : modified !== null && asked.get("if-modified-since") === modified;
    if (isKnown) return (unchanged ??= model(null, 304, notModified)).clone();
    const accepted = plain.length < COMPRESSED_BYTES_MIN ? null : asked.get("accept-encoding");
    const form = find(chooseEncoding(accepted));
    if (request.method === "HEAD") return new Response(null, form.answer);
    if (form.long === undefined) return form.answer.clone();
    const length: [string, string] = ["content-length", `${form.long.length}`];
    return new Response(inParts(form.long), { headers: [...form.answer.headers, length] });
  }

  return {
    get bytes() {
      return plain.length + bytes;
    },
    answer,
    isSame: (other) => other.tag === tag && String(other.headers) === String(headers),
    tag,
    headers,
  };
}

/** An answer to make clones of. */
function model(
  body: Uint8Array<ArrayBuffer> | null,
  status: number,
  headers: [string, string][],
): Response {
  const response = new Response(body, { status, headers });
  // Once its headers were looked at, the runtime drops the copy that it had made ready for sending.
  void response.headers;
  return response;
}

/** The bytes as fast as they are read: a whole body would be copied for each visitor, and wait in memory for those who read nothing. */
function inParts(body: Uint8Array<ArrayBuffer>): ReadableStream<Uint8Array<ArrayBuffer>> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      controller.enqueue(body.slice(at, at + PART_BYTES));
      at += PART_BYTES;
      if (at >= body.length) controller.close();
    },
  }, { highWaterMark: 0 });
}

/** Brotli, else gzip, else neither; a coding with q=0 is refused by the one who asks. */
export function chooseEncoding(accepted: string | null): Encoding {
  if (accepted === null) return "identity";
  if (accepts(accepted, "br")) return "br";
  return accepts(accepted, "gzip") ? "gzip" : "identity";
}

function accepts(accepted: string, coding: string): boolean {
  const start = accepted.indexOf(coding);
  if (start < 0) return false;
  if (!accepted.includes("q=")) return true;
  return new RegExp(
    `(?:^|,)\\s*${coding}\\s*(?:;\\s*q=(?!0(?:\\.0*)?\\s*(?:,|$)))?[^,;]*(?:,|$)`,
    "i",
  )
    .test(accepted);
}

function compress(plain: Uint8Array<ArrayBuffer>, encoding: Encoding): Uint8Array<ArrayBuffer> {
  if (encoding === "identity") return plain;
  if (encoding === "gzip") return new Uint8Array(gzipSync(plain, { level: 6 }));
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY,
    [constants.BROTLI_PARAM_SIZE_HINT]: plain.length,
  };
  return new Uint8Array(brotliCompressSync(plain, { params }));
}
