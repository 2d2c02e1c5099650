/** Why something was not published. @module */

/** What stands in the way: the code decides what a program does, the message what a person reads. */
export type PublishProblemCode =
  | "no_capsule"
  | "already_created"
  | "damaged"
  | "empty"
  | "text_too_long"
  | "content_too_large"
  | "title_missing"
  | "title_too_long"
  | "slug_form"
  | "too_many_pictures"
  | "unknown_picture"
  | "too_many_tags"
  | "tag_form"
  | "language_form"
  | "date_form"
  | "address_form"
  | "name_missing"
  | "too_many_items"
  | "busy"
  | "not_checked"
  | "held"
  | "not_stored"
  | "invalid";

/** A problem with what was to be published. Nothing was written. The message is one plain sentence. */
export class PublishProblem extends Error {
  /** Which of the closed list of problems this is. */
  readonly code: PublishProblemCode;
  /** Position in the batch, from 0; undefined outside of `publishBatch`. */
  item: number | undefined;

  /** Makes a problem with its sentence. */
  constructor(code: PublishProblemCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "PublishProblem";
    this.code = code;
  }
}
