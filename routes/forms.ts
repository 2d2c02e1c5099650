/** Forms as people send them: bounded, in either encoding, with line breaks as texts have them. @module */
import {
  findBoundary,
  type FormEnd,
  type FormLimits,
  readMultipart,
  type SentFile,
} from "./multipart.ts";

/** The fields of a form that was read. */
export class Form {
  /** In the order of the form; a name may occur more than once. */
  readonly fields: [name: string, value: string][] = [];
  /** "too_large" and "malformed" leave what had been read until then. */
  end: FormEnd = "whole";

  /** The first value of a field; "" when it is not there. */
  text(name: string): string {
    return this.fields.find(([key]) => key === name)?.[1] ?? "";
  }

  /** A field's value as one line, without space around it. */
  line(name: string): string {
    return this.text(name).replaceAll(/[\s\p{Cc}]+/gu, " ").trim();
  }

  /** Every value of a field, in order. */
  all(name: string): string[] {
    return this.fields.filter(([key]) => key === name).map(([, value]) => value);
  }

  /** Adds a value; line breaks become those of texts. */
  add(name: string, value: string): void {
    this.fields.push([name, value.replaceAll("\r\n", "\n").toWellFormed()]);
  }
}

/** One picture may be this long before it is made smaller. */
const UPLOAD_BYTES_MAX = 20 * 1024 * 1024;
/** Pictures of one form. */
const UPLOADS_MAX = 8;

const TEXT_BYTES_MAX = 4 * 1024 * 1024;

/** What a form may hold. */
export const FORM_LIMITS: FormLimits = {
  bodyBytes: UPLOADS_MAX * UPLOAD_BYTES_MAX + TEXT_BYTES_MAX,
  textBytes: TEXT_BYTES_MAX,
  fields: 500,
  fileBytes: UPLOAD_BYTES_MAX,
  files: UPLOADS_MAX + 1,
};

/** What a form without files may hold: strangers reach some of these. */
const WORDS_LIMITS: FormLimits = {
  ...FORM_LIMITS,
  // Room for what stands between the fields.
  bodyBytes: TEXT_BYTES_MAX + 256 * 1024,
  fileBytes: 0,
  files: 0,
};

/** Reads a form without files. */
export async function readWords(request: Request): Promise<Form> {
  return await readForm(request, undefined, WORDS_LIMITS);
}

/** Reads a form. Files are handed to `addFile` as they arrive, or dropped. */
export async function readForm(
  request: Request,
  addFile: (file: SentFile) => Promise<void> = () => Promise.resolve(),
  limits: FormLimits = FORM_LIMITS,
): Promise<Form> {
  const form = new Form();
  const type = request.headers.get("Content-Type") ?? "";
  const boundary = findBoundary(type);
  if (request.body === null) return form;
  if (boundary === undefined) {
    if (!/^application\/x-www-form-urlencoded\b/i.test(type)) {
      form.end = "malformed";
      await request.body.cancel();
      return form;
    }
    await readUrlEncoded(request.body, form, limits);
    return form;
  }
  // A body that says it is too long is read as far as the first file: the words before it can be shown again.
  const length = Number(request.headers.get("Content-Length") ?? "0");
  const isTooLong = length > limits.bodyBytes;
  const sink = {
    addField: (name: string, value: string) => form.add(name, value),
    addFile,
  };
  const bounded = isTooLong ? { ...limits, bodyBytes: limits.textBytes, files: 0 } : limits;
  const end = await readMultipart(request.body, boundary, bounded, sink);
  form.end = isTooLong ? "too_large" : end;
  return form;
}

async function readUrlEncoded(
  body: ReadableStream<Uint8Array>,
  form: Form,
  limits: FormLimits,
): Promise<void> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > limits.textBytes) {
      form.end = "too_large";
      return;
    }
    text += decoder.decode(chunk, { stream: true });
  }
  for (const [name, value] of new URLSearchParams(text + decoder.decode())) {
    if (form.fields.length >= limits.fields) {
      form.end = "too_large";
      return;
    }
    form.add(name, value);
  }
}
