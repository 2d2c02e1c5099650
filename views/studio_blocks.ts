/** Capsules and hosts that are kept out. @module */
import type { Block } from "../storage/blocks.ts";
import { html, type Markup } from "./html.ts";
import { type Paging, PagingLinks } from "./paging.ts";
import type { Frame } from "./studio.ts";
import { Hidden, type Problems, ProblemSummary, TextField } from "./studio_fields.ts";
import { PeoplePage } from "./studio_people.ts";
import { formatDate, isoTime } from "./time.ts";

type Props = Readonly<{
  frame: Frame;
  blocks: readonly Block[];
  paging: Paging;
  /** As typed, or as another page proposes it. */
  target: string;
  /** The name of a followed capsule that this would take off; "" when it takes none. */
  followedName: string;
  problems?: Problems | undefined;
  done?: string | undefined;
}>;

/** The page at `/studio/blocks`. */
export function BlocksPage(props: Props): Markup {
  const { frame, blocks, paging, target, followedName, problems, done } = props;
  const list = blocks.length > 0 && html`
    <section>
      <h2>Blocked now</h2>
      <ul class="lines bare">${blocks.map((block) => BlockLine({ frame, block }))}</ul>
      ${PagingLinks(paging)}
    </section>
  `;
  return PeoplePage({
    frame,
    title: "Blocked",
    done,
    children: html`
      <div>
        <form method="post" action="/studio/blocks" enctype="multipart/form-data">
          <h1>Block somebody</h1>
          <p class="intro">
            Nothing is taken from whom you block, shown of them, or told them. Nobody else learns of it.
          </p>
          ${ProblemSummary({ problems })} ${followedName !== "" && html`
            <p class="notice">
              You follow ${followedName}: blocking erases your copy of what they published.
            </p>
          `} ${TextField({
            name: "target",
            label: "Whom?",
            help:
              "An address blocks everything at that host; a capsule id blocks one author wherever they are.",
            value: target,
            maxLength: 2000,
            problems,
          })}
          <p class="actions"><button class="primary" type="submit">Block</button></p>
        </form>
        ${list}
      </div>
    `,
  });
}

function BlockLine({ frame, block }: { frame: Frame; block: Block }): Markup {
  const { target, atMs } = block;
  return html`
    <li>
      <span class="line-title id">${target}</span>
      <span class="line-meta">
        Since <time datetime=${isoTime(atMs)}>${formatDate(atMs, frame.site)}</time>
      </span>
      <div class="line-actions">
        <form method="post" action="/studio/blocks/end">
          ${Hidden({ name: "target", value: target })}
          <button class="plain" type="submit">
            Unblock<span class="visually-hidden">: ${target}</span>
          </button>
        </form>
      </div>
    </li>
  `;
}
