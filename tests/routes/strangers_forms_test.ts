/** What strangers send to forms takes a bounded room, and no longer than a minute. */
import { equal, match } from "node:assert/strict";
import { Hono } from "hono";
import type { Env } from "../../routes/app.ts";
import {
  FORMS_MAX,
  limitStrangersForms,
  OWN_BYTES,
  SHARED_BYTES_MAX,
} from "../../routes/strangers_forms.ts";
import { openClient, openStudio, ORIGIN, PASSWORD } from "../support/studio_client.ts";

/** A body that comes piece by piece. */
function openBody() {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  return { readable, writer: writable.getWriter() };
}

function ask(path: string, body: ReadableStream<Uint8Array>): Request {
  const headers = { "Content-Type": "application/x-www-form-urlencoded", Origin: ORIGIN };
  return new Request(`${ORIGIN}${path}`, { method: "POST", headers, body });
}

/** An application that reads a form in the end, with the room that it gives to all. */
async function openReader(formMs?: number) {
  const studio = await openStudio();
  const deps = {
    ...{ db: studio.db, now: studio.now, isDev: false, startId: "test" },
    ...{ log: () => {}, origin: () => ORIGIN },
  };
  const app = new Hono<Env>();
  app.use(limitStrangersForms(deps, () => true, formMs === undefined ? {} : { formMs }));
  app.post("/unread", (c) => c.text("answered"));
  app.post("/", async (c) => c.text(`${(await c.req.raw.bytes()).length}`));
  return { app, [Symbol.dispose]: () => studio[Symbol.dispose]() };
}

Deno.test("long forms that are never finished use up no more than their share, and short ones are read all the same", async () => {
  using reader = await openReader();
  const { app } = reader;
  const held = openBody();
  const first = app.request(ask("/", held.readable));
  await held.writer.write(new Uint8Array(OWN_BYTES + SHARED_BYTES_MAX));
  const one = await app.request(ask("/", new Blob([new Uint8Array(OWN_BYTES + 1)]).stream()));
  equal(one.status, 503);
  match(await one.text(), /try again in a minute/);
  const short = await app.request(ask("/", new Blob([new Uint8Array(OWN_BYTES)]).stream()));
  equal(await short.text(), `${OWN_BYTES}`);
  await held.writer.close();
  equal(await (await first).text(), `${OWN_BYTES + SHARED_BYTES_MAX}`);
  // Answered: its room is free again.
  const again = await app.request(ask("/", new Blob([new Uint8Array(OWN_BYTES + 1)]).stream()));
  equal(await again.text(), `${OWN_BYTES + 1}`);
});

Deno.test("one network has no more than so many forms read at once, and another finds room", async () => {
  using reader = await openReader();
  const from = (hostname: string, body: ReadableStream<Uint8Array>) =>
    reader.app.request(ask("/", body), {}, { remoteAddr: { transport: "tcp", hostname, port: 1 } });
  const short = () => new Blob(["short"]).stream();
  const held = Array.from({ length: FORMS_MAX }, openBody);
  const asked = held.map(({ readable }) => from("192.0.2.1", readable));
  equal((await from("192.0.2.1", short())).status, 503);
  equal(await (await from("198.51.100.1", short())).text(), "5");
  for (const { writer } of held) await writer.close();
  for (const answer of await Promise.all(asked)) equal(await answer.text(), "0");
  equal(await (await from("192.0.2.1", short())).text(), "5");
});

Deno.test("a form that is answered before it was read is let go", async () => {
  using reader = await openReader();
  const gone = Promise.withResolvers<void>();
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new Uint8Array(1_000)),
    cancel: () => gone.resolve(),
  });
  equal(await (await reader.app.request(ask("/unread", body))).text(), "answered");
  await gone.promise;
});

Deno.test("a form that drips is given up", async () => {
  using reader = await openReader(30);
  const body = openBody();
  const answer = reader.app.request(ask("/", body.readable));
  await body.writer.write(new Uint8Array(1));
  equal((await answer).status, 408);
  await body.writer.closed.catch(() => {});
});

Deno.test("a form that was sent whole is answered, however long that takes", async () => {
  using reader = await openReader(30);
  reader.app.post("/slow", async (c) => {
    const { length } = await c.req.raw.bytes();
    await new Promise((resolve) => setTimeout(resolve, 90));
    return c.text(`${length}`);
  });
  const answer = await reader.app.request(ask("/slow", new Blob([new Uint8Array(9)]).stream()));
  equal(await answer.text(), "9");
});

Deno.test("the sign-in form is one of these; what nobody reads is answered at once", async () => {
  using studio = await openStudio();
  const stranger = openClient(studio.db, studio.now);
  const headers = { "Content-Type": "application/x-www-form-urlencoded" };
  for (const path of ["/sign-in", "/forgotten"]) {
    const body = ReadableStream.from([new Uint8Array(OWN_BYTES + SHARED_BYTES_MAX + 1)]);
    const answer = await stranger.request(path, { method: "POST", headers, body });
    equal(answer.status, 503, path);
  }
  const endless = new ReadableStream<Uint8Array>({ pull: () => new Promise(() => {}) });
  const nobody = await stranger.request("/nowhere", { method: "POST", headers, body: endless });
  equal(nobody.status, 404);
  equal((await stranger.post("/sign-in", { password: PASSWORD })).status, 303);
});
