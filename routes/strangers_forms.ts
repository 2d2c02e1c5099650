/** Forms of those who are not signed in: how much of them is kept while they are read, and for how long. @module */
import type { Context, MiddlewareHandler } from "hono";
import { createMiddleware } from "hono/factory";
import type { Deps, Env } from "./app.ts";
import { answerProblem, type Problem } from "./errors.ts";
import { readNetwork } from "./network.ts";

/** Of each form: a password or a phrase fits, and finds room whatever others send. */
export const OWN_BYTES = 16 * 1024;
/** Beyond that, of all forms together: texts that wait until their author has signed in again. */
export const SHARED_BYTES_MAX = 16 * 1024 * 1024;
/** Of one network at once. */
export const FORMS_MAX = 64;
const FORM_MS = 60_000;

const SLOW: Problem = {
  status: 408,
  title: "This took too long",
  sentence: "The form did not come in a minute. Please send it again.",
};
const BUSY: Problem = {
  status: 503,
  title: "Too much at once",
  sentence: "Too much is being sent here at the moment. Please try again in a minute.",
};

/** Bounds what `isForm` chooses; what was read of one is no more counted when it is answered. */
export function limitStrangersForms(
  deps: Deps,
  isForm: (c: Context<Env>) => boolean,
  { formMs = FORM_MS }: Readonly<{ formMs?: number }> = {},
): MiddlewareHandler<Env> {
  let sharedBytes = 0;
  const forms = new Map<string, number>();
  return createMiddleware<Env>(async function limitStrangersForms(c, next) {
    const { body } = c.req.raw;
    if (body === null || !isForm(c)) return await next();
    const network = readNetwork(c);
    const before = forms.get(network) ?? 0;
    if (before >= FORMS_MAX) return answerProblem(c, deps, BUSY);
    forms.set(network, before + 1);
    let bytes = 0;
    let shared = 0;
    let trouble: Problem | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let end: TransformStreamDefaultController<Uint8Array> | undefined;
    const counted = new TransformStream<Uint8Array, Uint8Array>({
      start(controller) {
        end = controller;
        timer = setTimeout(() => controller.error(trouble = SLOW), formMs);
      },
      transform(chunk, controller) {
        bytes += chunk.length;
        const more = Math.max(0, bytes - OWN_BYTES) - shared;
        if (sharedBytes + more > SHARED_BYTES_MAX) return controller.error(trouble = BUSY);
        shared += more;
        sharedBytes += more;
        controller.enqueue(chunk);
      },
      flush: () => clearTimeout(timer),
    });
    const { url, method, headers } = c.req.raw;
    // Not made from the one before: that would ask for its signal, of which the runtime complains in the log.
    c.req.raw = new Request(url, { method, headers, body: body.pipeThrough(counted) });
    try {
      await next();
    } catch (error) {
      if (trouble === undefined || error !== trouble) throw error;
      return answerProblem(c, deps, trouble);
    } finally {
      clearTimeout(timer);
      // What was not read is let go; nothing happens where all was.
      end?.error("answered");
      sharedBytes -= shared;
      const left = (forms.get(network) ?? 1) - 1;
      if (left > 0) forms.set(network, left);
      else forms.delete(network);
    }
  });
}
