/** Who follows the owner, and what of the owner's work they hold. @module */
import type { Follower } from "../storage/followers.ts";
import type { FollowerHoldings } from "../storage/follower_holdings.ts";
import type { LonePicture } from "../storage/holdings.ts";
import { countOf } from "./ages.ts";
import { html, type Markup } from "./html.ts";
import { Icon } from "./icons.ts";
import { type Paging, PagingLinks } from "./paging.ts";
import type { Frame } from "./studio.ts";
import type { HoldingsLine } from "./studio_mesh.ts";
import { EmptyState, PeoplePage } from "./studio_people.ts";
import { formatDate, isoTime } from "./time.ts";
import { blobUrl, withQuery } from "./urls.ts";

/** A follower with what is known of them here. */
export type FollowerRow = Readonly<{
  follower: Follower;
  /** The name in their profile where they are followed back; else "". */
  name: string;
  /** True when the owner follows them too. */
  isFollowed: boolean;
  /** What they said that they hold; undefined before they were asked. */
  holdings: FollowerHoldings | undefined;
}>;

type Props = Readonly<{
  frame: Frame;
  /** Size of the owner's log. */
  size: number;
  holdings: HoldingsLine;
  rows: readonly FollowerRow[];
  /** Own pictures of which nobody else is known to have a copy, as far as they are shown. */
  pictures: readonly LonePicture[];
  paging: Paging;
  isFirst: boolean;
}>;

/** The page at `/studio/followers`. */
export function FollowersPage(props: Props): Markup {
  const { frame, holdings, rows, paging, isFirst } = props;
  const list = rows.length === 0
    ? EmptyState({
      children: [
        "Nobody follows you yet. Give people your address: ",
        html`<strong>${frame.site.address}</strong>`,
        ". Each follower keeps a copy of your work.",
      ],
    })
    : html`<ul class="lines bare">${rows.map((row) => FollowerLine({ ...props, row }))}</ul>`;
  return PeoplePage({
    frame,
    title: "Followers",
    path: "/studio/followers",
    children: html`
      <div>
        <h1>
          ${holdings.followers === 0
            ? "Followers"
            : countOf(holdings.followers, "capsule follows you", "capsules follow you")}
        </h1>
        ${isFirst && holdings.followers > 0 && Numbers({ holdings })}
        <section>${list} ${PagingLinks(paging)}</section>
        ${isFirst && Pictures(props)}
      </div>
    `,
  });
}

function Numbers({ holdings }: { holdings: HoldingsLine }): Markup {
  const numbers = [
    [holdings.all, "with all of your work"],
    [holdings.some, "with a part of it"],
    [holdings.none, "with nothing yet"],
    [holdings.unknown, "not asked yet"],
  ] as const;
  return html`
    <dl class="numbers">
      ${numbers.map(([count, words]) =>
        html`
          <div>
            <dt>${words}</dt>
            <dd>${count.toLocaleString("en")}</dd>
          </div>
        `
      )}
    </dl>
  `;
}

function FollowerLine(
  { frame, size, row }: Props & { row: FollowerRow },
): Markup {
  const { follower, name, isFollowed } = row;
  const { id, address, sinceMs } = follower;
  const host = address === null ? "" : URL.parse(address)?.host ?? "";
  const title = name || host || `${id.slice(0, 14)}…`;
  const since = html`
    <time datetime=${isoTime(sinceMs)}>since ${formatDate(sinceMs, frame.site)}</time>
  `;
  return html`
    <li>
      ${isFollowed
        ? html`<a class="line-title person" href=${`/studio/mesh/${id}`} dir="auto">${title}</a>`
        : html`<span class="line-title person" dir="auto">${title}</span>`}
      <span class="line-meta">
        ${host !== "" && host !== title && `${host} · `}${since} · ${describeHoldings(row, size)}
      </span>
      ${address === null && html`
        <div class="state trouble-1">
          ${Icon({ name: "information" })}
          <p>
            Their address has not answered with this id yet, so nothing is sent there. It is asked again
            by itself.
          </p>
        </div>
      `}
      <div class="line-actions">
        ${!isFollowed && address !== null && html`
          <a href=${withQuery("/studio/follow", { target: address })}>
            Follow back<span class="visually-hidden">: ${title}</span>
          </a>
        `}
        <a href=${withQuery("/studio/blocks", { target: id })}>
          Block<span class="visually-hidden">: ${title}</span>
        </a>
      </div>
    </li>
  `;
}

/** What a follower holds, or as long as that is not known, what they were told of. */
function describeHoldings({ follower, holdings }: FollowerRow, size: number): string {
  const whole = size.toLocaleString("en");
  if (holdings === undefined) {
    const { toldSize } = follower;
    if (toldSize === 0) return "not told of anything yet";
    return toldSize >= size
      ? "told of everything"
      : `told up to entry ${toldSize.toLocaleString("en")} of ${whole}`;
  }
  const { complete, contents, missingBlobs, isListWhole } = holdings;
  const pictures = missingBlobs === 0
    ? ""
    : `, ${isListWhole ? "" : "more than "}${countOf(missingBlobs, "picture")} missing`;
  if (complete >= size) {
    return `${pictures === "" ? "holds everything" : `holds all texts${pictures}`}`;
  }
  if (complete === 0 && contents === 0) return "holds nothing yet";
  return `holds all up to entry ${complete.toLocaleString("en")} of ${whole}${pictures}`;
}

/** What would be lost with this machine. */
function Pictures({ pictures, holdings }: Props): Markup | null {
  if (pictures.length === 0) return null;
  const more = holdings.picturesNowhereElse - pictures.length;
  const items = pictures.map(({ hash, index }) =>
    html`
      <li>
        <a href=${blobUrl(hash)}>
          <img src=${blobUrl(
            hash,
          )} alt=${`Picture of entry ${index}`} loading="lazy" decoding="async"
            width="96" height="96" />
        </a>
      </li>
    `
  );
  return html`
    <section id="pictures">
      <h2>Pictures that exist nowhere else</h2>
      <p class="help">
        No follower has said that they hold these. Keep a backup: without it they are gone with this
        machine.
      </p>
      <ul class="thumbnails bare">${items}</ul>
      ${more > 0 && html`<p class="help">And ${more.toLocaleString("en")} more.</p>`}
    </section>
  `;
}
