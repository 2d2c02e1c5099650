/** Reading a multipart body as it arrives: fields are kept, files handed on one by one, everything counted. @module */
import { Buffer } from "node:buffer";

/** A file of a form. */
export type SentFile = Readonly<{
  /** The form field's name. */
  field: string;
  /** What the person's device calls it. */
  name: string;
  /** Undefined when it was larger than allowed: its bytes were dropped as they came. */
  bytes: Uint8Array | undefined;
}>;

/** What a body may hold. */
export type FormLimits = Readonly<{
  /** All of it; what is longer is not read to its end. */
  bodyBytes: number;
  /** All text fields together. */
  textBytes: number;
  fields: number;
  fileBytes: number;
  files: number;
}>;

/** Where the reader puts what it finds. */
export type FormSink = {
  addField(name: string, value: string): void;
  addFile(file: SentFile): Promise<void>;
};

/** How reading ended: whole, longer than allowed, or not in the form of a form. */
export type FormEnd = "whole" | "too_large" | "malformed";

type Part = { name: string; fileName: string | undefined; chunks: Uint8Array[]; bytes: number };

const HEADER_BYTES_MAX = 16 * 1024;
const HEADER_END = Buffer.from("\r\n\r\n");

/** The boundary that a content type names; undefined for another type. */
export function findBoundary(contentType: string): string | undefined {
  const match = contentType.match(
    /^multipart\/form-data\s*;(?:.*;)?\s*boundary=(?:"([^"]{1,70})"|([^\s;]{1,70}))/i,
  );
  return match?.[1] ?? match?.[2];
}

/** Reads a body part by part; at most one file is in memory at any time. */
export async function readMultipart(
  body: ReadableStream<Uint8Array>,
  boundary: string,
  limits: FormLimits,
  sink: FormSink,
): Promise<FormEnd> {
  const delimiter = Buffer.from(`\r\n--${boundary}`);
  const state: State = {
    held: Buffer.from("\r\n"),
    part: undefined,
    isInHeaders: false,
    isDone: false,
    limits,
    sink,
    textBytes: 0,
    fields: 0,
    files: 0,
  };
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > limits.bodyBytes) return "too_large";
    if (state.isDone) continue;
    state.held = Buffer.concat([state.held, chunk]);
    const problem = await takeParts(state, delimiter);
    if (problem !== undefined) return problem;
  }
  if (!state.isDone) return "malformed";
  return state.files > limits.files ? "too_large" : "whole";
}

type State = {
  /** Bytes that may still hold a delimiter or half a header. */
  held: Buffer;
  /** The part being read; undefined before the first. */
  part: Part | undefined;
  isInHeaders: boolean;
  isDone: boolean;
  limits: FormLimits;
  sink: FormSink;
  textBytes: number;
  fields: number;
  files: number;
};

async function takeParts(state: State, delimiter: Buffer): Promise<FormEnd | undefined> {
  for (;;) {
    if (state.isInHeaders) {
      const end = state.held.indexOf(HEADER_END);
      if (end === -1) return state.held.length > HEADER_BYTES_MAX ? "malformed" : undefined;
      const part = readHeaders(state.held.subarray(0, end).toString("utf8"));
      if (part === undefined) return "malformed";
      state.part = part;
      state.held = state.held.subarray(end + HEADER_END.length);
      state.isInHeaders = false;
    }
    const at = state.held.indexOf(delimiter);
    if (at === -1) {
      const sure = Math.max(0, state.held.length - delimiter.length);
      if (!keepBytes(state, state.held.subarray(0, sure))) return "too_large";
      state.held = state.held.subarray(sure);
      return undefined;
    }
    const next = at + delimiter.length + 2;
    if (state.held.length < next) return undefined;
    if (!keepBytes(state, state.held.subarray(0, at))) return "too_large";
    if (!await endPart(state)) return "too_large";
    const sign = state.held.subarray(next - 2, next).toString("latin1");
    if (sign !== "\r\n" && sign !== "--") return "malformed";
    state.isDone = sign === "--";
    state.isInHeaders = !state.isDone;
    // The line break before the headers' end may be the delimiter's own: a part may have no headers at all.
    state.held = state.held.subarray(next - (state.isDone ? 0 : 2));
    if (state.isDone) return undefined;
  }
}

/** Keeps bytes of the part being read; false when the text fields are too long together. */
function keepBytes(state: State, bytes: Uint8Array): boolean {
  const { part, limits } = state;
  if (part === undefined || bytes.length === 0) return true;
  part.bytes += bytes.length;
  if (part.fileName !== undefined) {
    if (part.bytes > limits.fileBytes) part.chunks = [];
    else part.chunks.push(Uint8Array.from(bytes));
    return true;
  }
  state.textBytes += bytes.length;
  part.chunks.push(Uint8Array.from(bytes));
  return state.textBytes <= limits.textBytes;
}

/** Hands the part on; false when there are more fields than allowed. */
async function endPart(state: State): Promise<boolean> {
  const { part, limits, sink } = state;
  state.part = undefined;
  if (part === undefined) return true;
  if (part.fileName === undefined) {
    state.fields += 1;
    sink.addField(part.name, Buffer.concat(part.chunks).toString("utf8"));
    return state.fields <= limits.fields;
  }
  // A file field that was left empty comes as a file without name and bytes.
  if (part.bytes === 0) return true;
  state.files += 1;
  // More files than allowed are dropped, and the fields after them are still read.
  if (state.files > limits.files) return true;
  const bytes = part.bytes > limits.fileBytes ? undefined : Buffer.concat(part.chunks);
  await sink.addFile({ field: part.name, name: part.fileName, bytes });
  return true;
}

function readHeaders(text: string): Part | undefined {
  const line = text.split("\r\n").find((header) => /^content-disposition:/i.test(header));
  const name = line?.match(/;\s*name="([^"]*)"/i)?.[1];
  if (line === undefined || name === undefined) return undefined;
  const fileName = line.match(/;\s*filename="([^"]*)"/i)?.[1];
  return {
    name: unescapeName(name),
    fileName: fileName === undefined ? undefined : unescapeName(fileName),
    chunks: [],
    bytes: 0,
  };
}

// Browsers write these three that way (HTML, multipart form data).
function unescapeName(name: string): string {
  return name.replaceAll("%22", '"').replaceAll("%0D", "\r").replaceAll("%0A", "\n");
}
