/** Taking something down from the copies here: the form, and the list with the owner's own notes. @module */
import type { Takedown } from "../storage/takedowns.ts";
import { html, type Markup } from "./html.ts";
import { type Paging, PagingLinks } from "./paging.ts";
import type { Frame } from "./studio.ts";
import {
  AreaField,
  Problem,
  type Problems,
  ProblemSummary,
  RadioField,
  TextField,
} from "./studio_fields.ts";
import { EmptyState, PeoplePage } from "./studio_people.ts";
import { REASONS, REMOVED_THINGS } from "./takedown_words.ts";
import { formatDate, isoTime } from "./time.ts";

/** What the form holds, as typed. */
export type TakedownForm = Readonly<{
  /** A page of a copy, a capsule id, a hash. */
  target: string;
  /** "" while none is chosen. */
  reason: string;
  note: string;
}>;

/** What the form's target turned out to be. */
export type TakedownSubject = Readonly<{
  kind: Takedown["kind"];
  /** Its title, first words, or author. */
  words: string;
  language: string;
}>;

type FormProps = Readonly<{
  frame: Frame;
  form: TakedownForm;
  /** Undefined until something is named. */
  subject: TakedownSubject | undefined;
  problems?: Problems | undefined;
}>;

const THINGS: Readonly<Record<Takedown["kind"], string>> = {
  entry: "this piece",
  content: "this text",
  blob: "this picture",
  capsule: "everything of this author",
};

/** The page at `/studio/takedown`. */
export function TakedownPage({ frame, form, subject, problems }: FormProps): Markup {
  const what = subject === undefined ? "something" : THINGS[subject.kind];
  const title = `Take down ${what}`;
  const options = Object.entries(REASONS).map(([value, words]) => ({ value, ...words }));
  return PeoplePage({
    frame,
    title,
    children: html`
      <form class="door-form" method="post" action="/studio/takedown" enctype="multipart/form-data">
        <h1>${title}</h1>
        ${subject !== undefined && html`
          <blockquote class="carried" lang=${subject.language} dir="auto">${subject
            .words}</blockquote>
        `}
        <ul class="plain-list">
          <li>
            It goes from your copies at once and for ever: the same bytes are not stored, shown or passed on
            again, wherever they come from.
          </li>
          <li>The author’s own pages and other people’s copies are not touched.</li>
          <li>
            That something was taken down today, and the kind of reason, is public at <a href="/removed">Taken down here</a>. What it was is not said there.
          </li>
        </ul>
        ${ProblemSummary({ problems })} ${TextField({
          name: "target",
          label: "What?",
          help:
            "The address of its page here or at its author’s, the capsule id of an author, or the hash of a picture.",
          value: form.target,
          maxLength: 2000,
          problems,
        })} ${RadioField({
          name: "reason",
          label: "Why? This is public.",
          value: form.reason,
          options,
        })} ${Problem({ name: "reason", problems })} ${AreaField({
          name: "note",
          label: "Note to yourself",
          help: "Who asked for it, the number of a letter: only you see it.",
          value: form.note,
          rows: 3,
          problems,
        })}
        <p class="actions">
          <button class="primary danger" type="submit">Take it down</button>
          <a href="/studio/takedowns">Leave it</a>
        </p>
      </form>
    `,
  });
}

type ListProps = Readonly<{
  frame: Frame;
  takedowns: readonly Takedown[];
  paging: Paging;
  done?: string | undefined;
}>;

/** The page at `/studio/takedowns`. */
export function TakedownsPage({ frame, takedowns, paging, done }: ListProps): Markup {
  const list = takedowns.length === 0
    ? EmptyState({
      children: "You have taken nothing down from your copies.",
      action: { url: "/studio/takedown", verb: "Take something down" },
    })
    : html`
      <div>
        <ul class="lines bare">
          ${takedowns.map((takedown) => TakedownLine({ frame, takedown }))}
        </ul>
        ${PagingLinks(paging)}
        <p class="actions"><a class="button" href="/studio/takedown">Take something down</a></p>
      </div>
    `;
  return PeoplePage({
    frame,
    title: "Taken down",
    done,
    children: html`
      <section>
        <h1>Taken down from your copies</h1>
        <p class="intro">
          Dates and kinds of reasons are <a href="/removed">public</a>; hashes and notes are yours.
        </p>
        ${list}
      </section>
    `,
  });
}

function TakedownLine({ frame, takedown }: { frame: Frame; takedown: Takedown }): Markup {
  const { kind, target, reason, note, atMs } = takedown;
  return html`
    <li>
      <span class="line-title">${REMOVED_THINGS[kind]}: ${REASONS[reason].label
        .toLowerCase()}</span>
      <span class="line-meta">
        <time datetime=${isoTime(atMs)}>${formatDate(atMs, frame.site)}</time> · <code
          class="id">${target}</code>
      </span>
      ${note !== "" && html`<p class="takedown-note" dir="auto">${note}</p>`}
    </li>
  `;
}
