/** Forms of any size: read as they arrive, never held whole, refused with the words still there. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { FORM_LIMITS, readForm } from "../../routes/forms.ts";
import type { SentFile } from "../../routes/multipart.ts";
import { openStudio } from "../support/studio_client.ts";

const TYPE = "multipart/form-data; boundary=edge";

function field(name: string, value: string): string {
  return `--edge\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
}

function fileHead(name: string, fileName: string): string {
  return `--edge\r\nContent-Disposition: form-data; name="${name}"; filename="${fileName}"\r\n` +
    "Content-Type: image/png\r\n\r\n";
}

/** A body that is made while it is read; counts what was asked for. */
function streamOf(
  parts: Iterable<Uint8Array>,
): { body: ReadableStream<Uint8Array>; sent: () => number } {
  let sent = 0;
  const iterator = parts[Symbol.iterator]();
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const { value, done } = iterator.next();
      if (done === true) return controller.close();
      sent += value.length;
      controller.enqueue(value);
    },
  });
  return { body, sent: () => sent };
}

function requestOf(body: BodyInit, headers: Record<string, string> = {}): Request {
  return new Request("https://ada.example/studio", {
    method: "POST",
    body,
    headers: { "Content-Type": TYPE, ...headers },
  });
}

function* hugeFile(megabytes: number): Generator<Uint8Array> {
  const encoder = new TextEncoder();
  yield encoder.encode(field("text", "My words") + fileHead("files", "huge.png"));
  for (let n = 0; n < megabytes; n += 1) yield new Uint8Array(1024 * 1024);
  yield encoder.encode(`\r\n${field("language", "de")}--edge--\r\n`);
}

Deno.test("a body in pieces of any size reads the same", async () => {
  const text = field("text", "one\r\ntwo --edge three") + fileHead("files", 'a%22b".png') +
    "\r\n--edg\r\n--edgy\r\n" + field("again", "é") + fileHead("empty", "") + "\r\n--edge--\r\n";
  const bytes = new TextEncoder().encode(text);
  for (const size of [1, 2, 3, 7, 64, bytes.length]) {
    const files: SentFile[] = [];
    const chunks = Array.from(
      { length: Math.ceil(bytes.length / size) },
      (_, n) => bytes.slice(n * size, (n + 1) * size),
    );
    const form = await readForm(requestOf(streamOf(chunks).body), (file) => {
      files.push(file);
      return Promise.resolve();
    });
    equal(form.end, "whole");
    deepEqual(form.fields, [["text", "one\ntwo --edge three"], ["again", "é"]]);
    deepEqual(files.map(({ field, name }) => [field, name]), [["files", 'a"b']]);
    equal(new TextDecoder().decode(files[0]?.bytes), "\r\n--edg\r\n--edgy");
  }
});

Deno.test("a file over its limit is dropped as it comes, and the fields after it are read", async () => {
  const files: SentFile[] = [];
  const form = await readForm(requestOf(streamOf(hugeFile(30)).body), (file) => {
    files.push(file);
    return Promise.resolve();
  });
  equal(form.end, "whole");
  equal(files[0]?.bytes, undefined);
  deepEqual(form.fields, [["text", "My words"], ["language", "de"]]);
});

Deno.test("a gigabyte is refused after a few megabytes, and the words before it are kept", async () => {
  const { body, sent } = streamOf(hugeFile(1024));
  const form = await readForm(requestOf(body, { "Content-Length": String(1024 ** 3) }));
  equal(form.end, "too_large");
  equal(form.text("text"), "My words");
  ok(sent() < 8 * 1024 * 1024, `${sent()} bytes were read`);
});

Deno.test("a gigabyte that hides its length is refused at the limit", async () => {
  const { body, sent } = streamOf(hugeFile(1024));
  const form = await readForm(requestOf(body));
  equal(form.end, "too_large");
  ok(sent() <= FORM_LIMITS.bodyBytes + 2 * 1024 * 1024);
});

Deno.test("bodies that are no forms are malformed, and never an error", async () => {
  const bodies = [
    "",
    "--edge--",
    "garbage",
    "--edge\r\n\r\nno headers\r\n--edge--\r\n",
    field("a", "cut off"),
    `--edge\r\n${"x".repeat(20_000)}`,
    "--edge\r\nContent-Disposition: form-data\r\n\r\nnameless\r\n--edge--",
  ];
  for (const body of bodies) {
    const form = await readForm(requestOf(body));
    ok(form.end === "malformed" || form.fields.length === 0, body.slice(0, 40));
  }
  const json = await readForm(requestOf("{}", { "Content-Type": "application/json" }));
  equal(json.end, "malformed");
});

Deno.test("text fields are bounded together, and so is their number", async () => {
  const long = await readForm(requestOf(`${field("a", "x".repeat(5_000_000))}--edge--\r\n`));
  equal(long.end, "too_large");
  const many = Array.from({ length: 600 }, () => field("a", "1")).join("");
  equal((await readForm(requestOf(`${many}--edge--\r\n`))).end, "too_large");
  const plain = { "Content-Type": "application/x-www-form-urlencoded" };
  equal((await readForm(requestOf(`a=${"x".repeat(5_000_000)}`, plain))).end, "too_large");
});

Deno.test("the composer answers a gigabyte with a sentence and the person's words", async () => {
  using studio = await openStudio();
  const response = await studio.client.request("/studio", {
    method: "POST",
    body: streamOf(hugeFile(1024)).body,
    headers: { "Content-Type": TYPE, "Content-Length": String(1024 ** 3) },
  });
  equal(response.status, 422);
  const html = await response.text();
  match(html, /more than 8 pictures of 20 MB each/);
  match(html, />My words</);
});
