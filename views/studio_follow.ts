/** Following somebody: one field for every way in which an address reaches a person. @module */
import { html, type Markup } from "./html.ts";
import type { Frame } from "./studio.ts";
import {
  CheckField,
  Hidden,
  Problem,
  type Problems,
  ProblemSummary,
  TextField,
} from "./studio_fields.ts";
import { PeoplePage } from "./studio_people.ts";

/** What the form holds. */
export type FollowForm = Readonly<{
  /** As typed: an address, a mirror's URL, an id, a feed's URL. */
  target: string;
  /** Where an id is to be asked for. */
  from: string;
  isQuiet: boolean;
}>;

type Props = Readonly<{
  frame: Frame;
  form: FollowForm;
  /** True when this program can ask others now. */
  isMeshRunning: boolean;
  /** True when the id typed needs a place to ask. */
  needsSource: boolean;
  problems?: Problems | undefined;
  done?: string | undefined;
}>;

/** The page at `/studio/follow`. */
export function FollowPage(props: Props): Markup {
  const { frame, form, isMeshRunning, needsSource, problems, done } = props;
  const notRunning = !isMeshRunning && html`
    <p class="notice">
      The side of the program that asks other capsules is not running, so nobody can be followed from
      here now. On the machine, <code>capsule follow ADDRESS</code> does it.
    </p>
  `;
  return PeoplePage({
    frame,
    title: "Follow somebody",
    path: "/studio/follow",
    done,
    children: html`
      <div class="follow-page">
        <form method="post" action="/studio/follow" enctype="multipart/form-data">
          <h1>Follow somebody</h1>
          ${notRunning} ${ProblemSummary({ problems })} ${TextField({
            name: "target",
            label: "Whom?",
            help:
              "The address of their capsule, a link to a copy of it, or any site that has a feed.",
            value: form.target,
            isFirst: true,
            maxLength: 2000,
            placeholder: "capsule.example.org",
            problems,
          })} ${(needsSource || form.from !== "") && TextField({
            name: "from",
            label: "Where to ask for it",
            help:
              "The address of a capsule that has this one: theirs, or that of somebody who follows them.",
            value: form.from,
            maxLength: 2000,
            problems,
          })} ${CheckField({
            name: "quiet",
            label: "Follow quietly",
            help:
              "Nobody is told and nothing is published: your copy is for you alone, so it does not help them survive.",
            isChecked: form.isQuiet,
          })}
          <p class="actions"><button class="primary" type="submit">Follow</button></p>
        </form>
        ${Lists({ problems })}
      </div>
    `,
  });
}

function Lists({ problems }: { problems: Problems | undefined }): Markup {
  return html`
    <section id="lists">
      <h2>Lists</h2>
      <p class="help">
        Feed readers exchange whom one follows as an OPML file. Yours holds capsules and ordinary feeds,
        without those you follow quietly.
      </p>
      <form method="post" action="/studio/follow/list" enctype="multipart/form-data">
        <div class="field">
          <label for="field-opml">Follow everybody in a list</label>
          <input
            id="field-opml"
            type="file"
            name="opml"
            accept=".opml,.xml,text/x-opml,text/xml,application/xml"
            aria-describedby=${problems?.["opml"] === undefined ? undefined : "field-opml-problem"}
            aria-invalid=${problems?.["opml"] === undefined ? undefined : "true"}
          />
          ${Problem({ name: "opml", problems })}
        </div>
        <p class="actions">
          <button type="submit">Read the list</button>
          <a href="/studio/follow/list.opml" download="follows.opml">Save mine</a>
        </p>
      </form>
    </section>
  `;
}

/** Asks once whether a feed shall go. */
export function UnfollowFeedPage(
  { frame, id, title }: Readonly<{ frame: Frame; id: number; title: string }>,
): Markup {
  return PeoplePage({
    frame,
    title: `Unfollow ${title}?`,
    path: "/studio/mesh",
    children: html`
      <form class="door-form" method="post" action=${`/studio/follow/feeds/${id}`}>
        <h1>Unfollow ${title}?</h1>
        <p>Its items leave your timeline. The site itself is not told: nobody there knew.</p>
        ${Hidden({ name: "do", value: "unfollow" })}
        <p class="actions">
          <button class="primary danger" type="submit">Unfollow</button>
          <a href="/studio/mesh#feeds">Go on following</a>
        </p>
      </form>
    `,
  });
}
