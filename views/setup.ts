/** The wizard that makes a capsule: who you are, how you sign in, the recovery phrase. @module */
import type { Picture } from "../mesh/protocol/content.ts";
import { type Content, html, type Markup } from "./html.ts";
import { languageOptions, timeZoneOptions } from "./languages.ts";
import { NewPasswordFields } from "./new_password.ts";
import { DoorPage, type Frame } from "./studio.ts";
import {
  Hidden,
  PictureField,
  type Problems,
  ProblemSummary,
  SelectField,
  TextField,
} from "./studio_fields.ts";

/** What the wizard has been told so far. */
export type SetupFields = Readonly<{
  name: string;
  line: string;
  picture: Picture | undefined;
  /** The name on the internet as it was typed; undefined where none is asked for. */
  address: string | undefined;
  language: string;
  timeZone: string;
}>;

type StepProps = Readonly<{
  frame: Frame;
  fields: SetupFields;
  /** What was told so far, sealed, carried from step to step. */
  sealed: string;
  problems?: Problems | undefined;
}>;

const STEPS = 4;

/** Step 1: name, line, picture. */
export function SetupAboutPage({ frame, fields, sealed, problems }: StepProps): Markup {
  const kept = fields.picture !== undefined &&
    html`<p class="help">Your picture is here already. Choose another one to replace it.</p>`;
  return Step({
    frame,
    step: 1,
    title: "Who are you?",
    opening:
      "This is what readers see above everything you publish. You can change all of it later.",
    sealed,
    name: "about",
    next: "Continue",
    problems,
    children: [
      TextField({
        name: "name",
        label: "Name",
        help: "Your own name, or the name of your publication.",
        value: fields.name,
        isFirst: true,
        isRequired: true,
        maxLength: 100,
        autocomplete: "name",
        problems,
      }),
      TextField({
        name: "line",
        label: "A line about you",
        help: "One sentence, for example what you write about. May stay empty.",
        value: fields.line,
        maxLength: 200,
        problems,
      }),
      PictureField({
        name: "picture",
        label: "Picture",
        help: "A portrait or a sign of yours: JPEG, PNG, WebP, AVIF or GIF. May stay empty.",
        problems,
      }),
      kept,
      fields.address !== undefined && TextField({
        name: "address",
        label: "Name on the internet",
        help:
          "A domain name that leads to this machine, such as capsule.example.org: readers find you there, and HTTPS " +
          "comes by itself. May stay empty, and can be typed later.",
        value: fields.address,
        maxLength: 300,
        autocomplete: "off",
        problems,
      }),
      html`
        <p class="help">
          Did you have a capsule before? <a href="/setup/recover">I have a recovery phrase</a>
        </p>
      `,
    ],
  });
}

/** Step 2: password, language, time zone. */
export function SetupPasswordPage({ frame, fields, sealed, problems }: StepProps): Markup {
  return Step({
    frame,
    step: 2,
    title: "How do you sign in?",
    opening: "Nobody else can write here. There is no e-mail address to give.",
    sealed,
    name: "password",
    next: "Continue",
    problems,
    hasBack: true,
    islands: ["timeZone"],
    children: [
      NewPasswordFields({ problems, isFirst: true }),
      SelectField({
        name: "language",
        label: "Language you write in",
        help: "Each piece can have another one.",
        value: fields.language,
        options: languageOptions(fields.language),
        problems,
      }),
      SelectField({
        name: "timeZone",
        label: "Time zone",
        help: "Dates on your pages are shown in it.",
        value: fields.timeZone,
        options: timeZoneOptions(fields.timeZone),
        problems,
        data: { "guess-time-zone": "" },
      }),
    ],
  });
}

/** Step 3: the recovery phrase, shown once. */
export function SetupPhrasePage(
  { frame, fields, sealed, words }: StepProps & { words: readonly string[] },
): Markup {
  const list = words.map((word) => html`<li><span translate="no">${word}</span></li>`);
  return Step({
    frame,
    step: 3,
    title: "Your recovery phrase",
    opening:
      "Write these twelve words on paper, in this order, and keep the paper where you keep a passport.",
    sealed,
    name: "phrase",
    next: "I have written them down",
    hasBack: true,
    children: html`
      <div class="phrase">
        <p class="phrase-sheet">Recovery phrase of the capsule of ${fields.name}</p>
        <ol class="phrase-words" translate="no">${list}</ol>
        <p>
          With these words you are the author, on any computer, even when this one is gone or somebody
          took it. Whoever else has them is the author too. They are shown only now: this capsule does
          not keep them, and nobody can look them up for you.
        </p>
        <p class="help screen-only">To have them on paper at once, print this page.</p>
      </div>
    `,
  });
}

/** Step 4: two of the words asked back. */
export function SetupWordsPage(
  { frame, sealed, problems, positions }: StepProps & { positions: readonly [number, number] },
): Markup {
  const [first, second] = positions;
  const word = (name: string, position: number, isFirst: boolean) =>
    TextField({
      name,
      label: `Word number ${position}`,
      value: "",
      isFirst,
      isRequired: true,
      maxLength: 20,
      problems,
    });
  return Step({
    frame,
    step: 4,
    title: "Is the paper right?",
    opening: "Type two of the words from your paper. Then your capsule is made.",
    sealed,
    name: "words",
    next: "Make my capsule",
    problems,
    hasBack: true,
    back: "Show me the words again",
    children: [word("first", first, true), word("second", second, false)],
  });
}

/** Why the wizard does not open. */
export type SetupClosed = "done" | "wrong" | "expired" | "used" | "wait";

const CLOSED = {
  done: [
    "Already set up",
    "This capsule is here and has an owner: it was set up, or brought back with its recovery phrase. Sign in with the password that was chosen then; with the twelve words a new one can be chosen.",
  ],
  wrong: [
    "Set up your capsule",
    "Open the link that the program printed when it started: it ends with a code that only its owner has. Is the link lost? Start the program again: it prints another.",
  ],
  expired: [
    "This link has expired",
    "Start the program again: it prints a new link, and nothing is lost.",
  ],
  used: [
    "This link was used already",
    "If the set-up was not finished, start the program again: it prints a new link.",
  ],
  wait: ["Set up your capsule", ""],
} as const;

/** A set-up link that does not work, or a capsule that is set up already. */
export function SetupClosedPage(
  { frame, reason, sentence }: { frame: Frame; reason: SetupClosed; sentence?: string },
): Markup {
  const [title, usual] = CLOSED[reason];
  const next = reason === "done" && html`
    <p class="actions">
      <a class="button primary" href="/sign-in">Sign in</a>
      <a href="/forgotten">Use the twelve words</a>
    </p>
  `;
  return DoorPage({
    frame,
    title,
    children: html`
      <section class="door-form">
        <h1>${title}</h1>
        <p class="intro">${sentence ?? usual}</p>
        ${next}
      </section>
    `,
  });
}

type FrameProps = Readonly<{
  frame: Frame;
  step: number;
  title: string;
  opening: string;
  sealed: string;
  name: string;
  next: string;
  children: Content;
  problems?: Problems | undefined;
  hasBack?: boolean;
  back?: string;
  islands?: readonly "timeZone"[];
}>;

function Step(props: FrameProps): Markup {
  const { frame, step, title, opening, sealed, name, next, problems, islands = [] } = props;
  const back = props.hasBack === true && html`
    <button class="plain" type="submit" name="go" value="back" formnovalidate>
      ${props.back ?? "Back"}
    </button>
  `;
  return DoorPage({
    frame,
    title,
    islands,
    children: html`
      <form class="door-form" method="post" action="/setup" enctype="multipart/form-data">
        ${Hidden({ name: "step", value: name })} ${Hidden({ name: "sealed", value: sealed })}
        <p class="eyebrow">Step ${step} of ${STEPS}</p>
        <h1>${title}</h1>
        <p class="intro">${opening}</p>
        ${ProblemSummary({ problems })} ${props.children}
        <p class="actions">
          <button class="primary" type="submit" name="go" value="next">${next}</button>
          ${back}
        </p>
      </form>
    `,
  });
}
