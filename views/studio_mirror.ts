/** One mirror for its owner: how the copy is, what it takes, what can be done with it. @module */
import type { MirrorGaps } from "../storage/mirror_gaps.ts";
import type { Mirror } from "../storage/mirrors.ts";
import { countOf, describeBytes } from "./ages.ts";
import { type Content, html, type Markup } from "./html.ts";
import { Icon } from "./icons.ts";
import { describeCompleteness, describeFreshness, describeMirror } from "./mirror_states.ts";
import type { Frame } from "./studio.ts";
import { type Problems, ProblemSummary, TextField } from "./studio_fields.ts";
import { nameOf, StateLine } from "./studio_mesh.ts";
import { PeoplePage } from "./studio_people.ts";
import { describeAge } from "./ages.ts";
import { formatDate } from "./time.ts";
import { mirrorBase, withQuery } from "./urls.ts";

type Props = Readonly<{
  frame: Frame;
  nowMs: number;
  mirror: Mirror;
  gaps: MirrorGaps;
  /** Withdrawals that are hidden and, being so many on one day, erased only when the owner agrees. */
  heldBack: number;
  /** The budget as typed, in megabytes. */
  budget: string;
  problems?: Problems | undefined;
  done?: string | undefined;
}>;

/** The page at `/studio/mesh/<id>`. */
export function MirrorPage(props: Props): Markup {
  const { frame, mirror, problems, done } = props;
  const name = nameOf(mirror);
  const words = describeMirror(mirror, frame.site);
  const state = words.trouble > 0 || mirror.state === "pulling"
    ? StateLine({ words, id: mirror.id })
    : html`
      <p class="state">
        ${Icon({ name: mirror.state === "current" ? "check" : "information" })}
        <span>${words.sentence}</span>
      </p>
    `;
  return PeoplePage({
    frame,
    title: name,
    path: "/studio/mesh",
    done,
    children: html`
      <div class="mirror-page">
        <h1 dir="auto">${name}</h1>
        ${ProblemSummary({ problems })} ${state} ${Acts({ mirror })} ${HeldBack(props)} ${Facts(
          props,
        )} ${Budget(props)} ${Away({ mirror, name })}
      </div>
    `,
  });
}

/** The acts that a state's own button does not offer already. */
function Acts({ mirror }: { mirror: Mirror }): Markup | null {
  const isRunning = mirror.state === "current" || mirror.state === "pulling" ||
    mirror.state === "new";
  const mayPause = isRunning || mirror.state === "unreachable";
  const mayRead = mirror.state !== "leaving" && mirror.entries > 0;
  const read = mayRead && html`
    <a class="button primary" href=${`${mirrorBase(mirror.id)}/`}>Read it</a>
  `;
  if (!mayPause) return read === false ? null : html`<p class="actions">${read}</p>`;
  return html`
    <form class="actions" method="post" action=${`/studio/mesh/${mirror.id}`}>
      ${read} ${isRunning && html`<button type="submit" name="do" value="ask">Ask now</button>`}
      <button type="submit" name="do" value="pause">Pause</button>
    </form>
  `;
}

/** Asks whether many withdrawals at once were the author's. */
function HeldBack({ mirror, heldBack }: Props): Markup | null {
  if (heldBack === 0) return null;
  const things = countOf(heldBack, "thing");
  return html`
    <form method="post" action=${`/studio/mesh/${mirror.id}`}>
      <p class="state">
        ${Icon({ name: "information" })}
        <span>
          ${things} of theirs were withdrawn, more than 100 in one day. They are hidden, and kept until
          you decide: a thief of their key would do the same. If it was the author, let them be erased;
          that happens when their 30 days are over.
        </span>
      </p>
      <p class="actions">
        <button type="submit" name="do" value="erase">Let them be erased</button>
      </p>
    </form>
  `;
}

function Facts({ frame, nowMs, mirror, gaps }: Props): Markup {
  const origin = mirror.originSeenAtMs === undefined
    ? mirror.seenAtMs === undefined ? "" : "; their own address has not answered yet"
    : `; their own address ${describeAge(mirror.originSeenAtMs, nowMs)}`;
  const facts: [string, Content][] = [
    ["Address", mirror.address ?? "None is known"],
    ["Freshness", `${describeFreshness(mirror, nowMs)}${origin}`],
    ["Entries", EntriesFact({ mirror })],
    [
      "Texts",
      `${mirror.contents.toLocaleString("en")} held, ${describeBytes(mirror.contentBytes)}${
        gaps.contents > 0 ? `; ${gaps.contents.toLocaleString("en")} nobody has given yet` : ""
      }`,
    ],
    ["Pictures", PicturesFact({ mirror, gaps })],
    [
      "Followed",
      `Since ${formatDate(mirror.followedAtMs, frame.site)}${
        mirror.isQuiet ? ", quietly: nobody is told, and nobody else sees your copy" : ""
      }`,
    ],
  ];
  if (gaps.setAside > 0) {
    facts.push([
      "Set aside",
      `${
        countOf(gaps.setAside, "entry", "entries")
      } that a newer identity record leaves out: not shown, and erased after 30 days`,
    ]);
  }
  const items = facts.flatMap((
    [term, fact],
  ) => [html`<dt>${term}</dt>`, html`<dd>${fact}</dd>`]);
  return html`
    <div>
      <dl class="facts">
        ${items}
        <dt>Capsule id</dt>
        <dd><code class="id">${mirror.id}</code></dd>
      </dl>
    </div>
  `;
}

function EntriesFact({ mirror }: { mirror: Mirror }): Content {
  const { entries, size } = mirror;
  if (entries >= size) return describeCompleteness(mirror);
  return html`
    <span>
      ${describeCompleteness(mirror)}
      <progress max=${size} value=${entries} aria-label="Part of the entries that is here"></progress>
    </span>
  `;
}

function PicturesFact({ mirror, gaps }: { mirror: Mirror; gaps: MirrorGaps }): Markup {
  const { blobs, blobBytes, budgetBytes } = mirror;
  const share = budgetBytes === 0 ? 1 : Math.min(1, blobBytes / budgetBytes);
  const missing = gaps.pictures > 0
    ? `; ${countOf(gaps.pictures, "more is", "more are")} not here (${
      describeBytes(gaps.pictureBytes)
    })`
    : "";
  return html`
    <span>
      ${countOf(blobs, "picture")}, ${describeBytes(blobBytes)} of ${describeBytes(
        budgetBytes,
      )}${missing}
      <meter min="0" max="1" high="0.95" value=${share.toFixed(
        3,
      )} aria-label="Part of the budget that is used">${Math
        .round(share * 100)} %</meter>
    </span>
  `;
}

function Budget({ mirror, budget, problems }: Props): Markup {
  return html`
    <form method="post" action=${`/studio/mesh/${mirror.id}`}>
      ${TextField({
        name: "budget",
        label: "Room for pictures, in megabytes",
        help:
          "Words are always kept. When the room is used up the oldest pictures go first, never those you answered, quoted or saved.",
        value: budget,
        problems,
      })}
      <p class="actions"><button type="submit" name="do" value="budget">Change</button></p>
    </form>
  `;
}

function Away({ mirror, name }: { mirror: Mirror; name: string }): Markup | null {
  if (mirror.state === "leaving") return null;
  return html`
    <section>
      <h2>Part ways</h2>
      <ul class="lines bare">
        <li>
          <a class="line-title" href=${`/studio/mesh/${mirror.id}/unfollow`}>Unfollow ${name}</a>
          <span class="line-meta">Your copy is erased.</span>
        </li>
        <li>
          <a class="line-title" href=${withQuery("/studio/takedown", {
            target: mirror.id,
          })}>Take down something of theirs</a>
          <span
            class="line-meta">One piece, one picture or all of it, for a reason that is made public.</span>
        </li>
        <li>
          <a class="line-title" href=${withQuery("/studio/blocks", {
            target: mirror.id,
          })}>Block them</a>
          <span class="line-meta">Nothing is taken from them and nothing is told them.</span>
        </li>
      </ul>
    </section>
  `;
}

/** Asks once whether to unfollow. */
export function UnfollowPage(
  { frame, mirror, problems }: Readonly<
    { frame: Frame; mirror: Mirror; problems?: Problems | undefined }
  >,
): Markup {
  const name = nameOf(mirror);
  return PeoplePage({
    frame,
    title: `Unfollow ${name}?`,
    path: "/studio/mesh",
    children: html`
      <form class="door-form" method="post" action=${`/studio/mesh/${mirror.id}/unfollow`}>
        <h1>Unfollow ${name}?</h1>
        ${ProblemSummary({ problems })}
        <ul class="plain-list">
          <li>
            Your copy, ${countOf(mirror.entries, "entry", "entries")} and ${countOf(
              mirror.blobs,
              "picture",
            )}, is erased from here.
          </li>
          <li>
            If nobody else follows them, it may have been the last copy beside their own.
          </li>
          ${!mirror.isQuiet && html`
            <li>That you follow them no more is signed and published, as that you followed them was.</li>
          `}
        </ul>
        <p class="actions">
          <button class="primary danger" type="submit">Unfollow</button>
          <a href=${`/studio/mesh/${mirror.id}`}>Go on following</a>
        </p>
      </form>
    `,
  });
}
