/** Signing in, signing in again with something half sent, and the way back without a password. @module */
import { html, type Markup } from "./html.ts";
import { NewPasswordFields } from "./new_password.ts";
import { DoorPage, type Frame } from "./studio.ts";
import { AreaField, Hidden, type Problems, ProblemSummary, TextField } from "./studio_fields.ts";

/** A form that came without a valid session: kept in the page until the owner is back. */
export type Carried = Readonly<{
  /** The path that the form was sent to. */
  action: string;
  fields: readonly (readonly [name: string, value: string])[];
  /** True when files came along, which a page cannot carry. */
  hadFiles: boolean;
}>;

/** The sign-in page; with `carried` it says that what was written comes back. */
export function SignInPage(
  { frame, next, problems, carried }: Readonly<{
    frame: Frame;
    /** The path to go on to. */
    next: string;
    problems?: Problems | undefined;
    carried?: Carried | undefined;
  }>,
): Markup {
  const opening = carried === undefined
    ? html`<p class="intro">For the owner of this capsule.</p>`
    : html`
      <p class="notice">
        You were signed out in the meantime. Sign in again and what you wrote comes back.
      </p>
    `;
  return DoorPage({
    frame,
    title: "Sign in",
    children: html`
      <form class="door-form" method="post" action="/sign-in" enctype="multipart/form-data">
        ${Hidden({ name: "next", value: next })} ${carried !== undefined &&
          Hidden({ name: "carried", value: JSON.stringify(carried) })}
        <h1>${carried === undefined ? "Sign in" : "Sign in again"}</h1>
        ${opening} ${ProblemSummary({ problems })}
        ${TextField({
          name: "password",
          label: "Password",
          type: "password",
          value: "",
          isFirst: true,
          isRequired: true,
          maxLength: 1000,
          autocomplete: "current-password",
          problems,
        })}
        <p class="actions">
          <button class="primary" type="submit">Sign in</button>
          <a href="/forgotten">Forgotten your password?</a>
        </p>
      </form>
    `,
  });
}

/** After signing in again: what was written, ready to be sent once more. */
export function CarriedPage({ frame, carried }: { frame: Frame; carried: Carried }): Markup {
  const fields = carried.fields.map(([name, value]) => Hidden({ name, value }));
  const texts = carried.fields.filter(([name, value]) =>
    ["text", "title", "markdown", "about"].includes(name) && value.trim() !== ""
  ).map(([, value]) => html`<blockquote class="carried">${value}</blockquote>`);
  const files = carried.hadFiles && html`
    <p class="notice">
      Picture files cannot wait here: please choose them once more on the next page before you
      publish.
    </p>
  `;
  return DoorPage({
    frame,
    title: "You are signed in again",
    children: html`
      <form class="door-form" method="post" action=${carried.action} enctype="multipart/form-data">
        ${fields}
        <h1>You are signed in again</h1>
        <p class="intro">Here is what you sent when you were signed out. Nothing was lost.</p>
        ${texts} ${files}
        <p class="actions">
          <button class="primary" type="submit">Go on with it</button>
          <a href="/studio">Leave it</a>
        </p>
      </form>
    `,
  });
}

/** A new password by recovery phrase. */
export function ForgottenPage(
  { frame, phrase, problems }: {
    frame: Frame;
    phrase: string;
    problems?: Problems | undefined;
  },
): Markup {
  return DoorPage({
    frame,
    title: "A new password",
    children: html`
      <form class="door-form" method="post" action="/forgotten">
        <h1>A new password</h1>
        <p class="intro">
          Your recovery phrase proves that this capsule is yours. Every device that is signed in now
          will be signed out.
        </p>
        ${ProblemSummary({ problems })} ${AreaField({
          name: "phrase",
          label: "Recovery phrase",
          help: "The twelve words on your paper, in their order. They are checked and not kept.",
          value: phrase,
          rows: 3,
          isFirst: true,
          isRequired: true,
          problems,
        })} ${NewPasswordFields({ problems, label: "New password" })}
        <p class="help">
          Without the phrase, whoever runs the program can set a password on that machine with the
          command <code>capsule password</code>.
        </p>
        <p class="actions">
          <button class="primary" type="submit">Set the new password</button>
          <a href="/sign-in">Back to sign-in</a>
        </p>
      </form>
    `,
  });
}
