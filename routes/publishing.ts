/** Publishing from a form: a problem becomes a sentence beside a field, and a form sent twice publishes once. @module */
import { createHash } from "node:crypto";
import { PublishProblem, type PublishProblemCode } from "../mesh/publish.ts";
import { DatabaseProblem } from "../storage/database.ts";
import type { Problems } from "../views/studio_fields.ts";
import type { Form } from "./forms.ts";

/**
 * Runs what publishes or saves; a problem with what was to be published is an answer, and so is a database that takes nothing now: what was typed
 * is shown again with the sentence. Everything else is not ours.
 */
export function tryPublish<T>(work: () => T): T | PublishProblem {
  try {
    return work();
  } catch (error) {
    if (error instanceof PublishProblem) return error;
    if (isRefusal(error)) return new PublishProblem("not_stored", error.message, { cause: error });
    throw error;
  }
}

/** A full disk, a writer that holds on, a missing right: it passes, and what was typed is worth keeping until then. */
function isRefusal(error: unknown): error is DatabaseProblem {
  return error instanceof DatabaseProblem && ["full", "busy", "unwritable"].includes(error.kind);
}

/** The status of a form that is shown again. */
export function formStatus(problems: Problems, isRefused = false): 200 | 422 | 503 {
  if (isRefused) return 503;
  return Object.keys(problems).length > 0 ? 422 : 200;
}

/** Whether it was the database that refused, and not what was typed. */
export function isRefused(outcome: unknown): boolean {
  return outcome instanceof PublishProblem && outcome.code === "not_stored";
}

/** A problem's sentence, by the field that it stands beside; "" stands above the form. */
export function toProblems(
  problem: PublishProblem,
  fields: Partial<Record<PublishProblemCode, string>>,
): Problems {
  return { [fields[problem.code] ?? ""]: problem.message };
}

/**
 * The key under which a form publishes once: the page's own key and what was sent. Somebody who goes back and sends
 * other words means another piece.
 */
export function readOnceKey(form: Form, content: unknown): string | undefined {
  const once = form.text("once");
  if (!/^[\w-]{8,64}$/.test(once)) return undefined;
  const digest = createHash("sha256").update(JSON.stringify(content)).digest("hex");
  return `form:${once}:${digest.slice(0, 32)}`;
}

/** A key for a new page. */
export function makeOnceKey(): string {
  return crypto.randomUUID();
}

/** An index of the log as it stands in a path. */
export function readIndex(text: string): number | undefined {
  return /^(?:0|[1-9]\d{0,14})$/.test(text) ? Number(text) : undefined;
}
