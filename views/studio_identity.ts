/** The owner's identity: where the capsule is, a new key, closing; each choice explained before it is made. @module */
import { html, type Markup } from "./html.ts";
import { SettingsCrumb } from "./settings.ts";
import { Done, type Frame, StudioPage } from "./studio.ts";
import {
  AreaField,
  CheckField,
  Hidden,
  type Problems,
  ProblemSummary,
  TextField,
} from "./studio_fields.ts";
import { formatDateTime, isoTime } from "./time.ts";

/** One of the newest entries, to choose a cut by. */
export type EntryLine = Readonly<{ index: number; timeMs: number; kind: string; words: string }>;

/** Which of the page's forms was sent. */
export type IdentityForm = "move" | "rotate" | "close" | "anyway";

type Props = Readonly<{
  frame: Frame;
  id: string;
  /** Number of the newest identity record. */
  record: number;
  /** Entries of the log. */
  size: number;
  /** The newest entries, the newest first. */
  entries: readonly EntryLine[];
  isClosed: boolean;
  /** True where the owner may decide to publish although no follower answered. */
  isUnanswered: boolean;
  /** What was typed, but for the phrase. */
  typed?: Readonly<{ address?: string; cut?: string }> | undefined;
  form?: IdentityForm | undefined;
  problems?: Problems | undefined;
  /** True after the new address did not answer as this capsule: the owner may know better. */
  mayMoveAnyway?: boolean | undefined;
  done?: string | undefined;
}>;

/** The page at `/studio/identity`. */
export function IdentityPage(props: Props): Markup {
  const { frame, id, record, size, isClosed, done } = props;
  const address = frame.site.address;
  return StudioPage({
    frame,
    title: "Identity",
    path: "/studio/settings",
    children: html`
      <div class="settings-parts">
        ${SettingsCrumb()}
        <h1>Identity</h1>
        ${done !== undefined && Done({ children: done })}
        <dl class="facts">
          <dt>Capsule id</dt>
          <dd><code class="id">${id}</code></dd>
          <dt>Address</dt>
          <dd>${address}</dd>
          <dt>Entries</dt>
          <dd>${size.toLocaleString("en")}</dd>
          <dt>Key</dt>
          <dd>
            ${isClosed
              ? "none: this identity is closed"
              : record === 0
              ? "the first one"
              : `number ${record + 1}`}
          </dd>
        </dl>
        ${isClosed ? ClosedPart() : [
          props.isUnanswered && AnywayPart(props),
          MovePart(props),
          RotatePart(props),
          ClosePart(props),
        ]}
      </div>
    `,
  });
}

function ClosedPart(): Markup {
  return html`
    <section>
      <h2>This identity is closed</h2>
      <p>
        Everything you said stays readable here and with those who follow you, for as long as somebody
        keeps it. Nothing can be published under this identity any more, by nobody. Leave this capsule
        running for some weeks, so that everybody hears of it. To publish again, set up a new capsule.
      </p>
    </section>
  `;
}

function AnywayPart({ problems, form }: Props): Markup {
  return html`
    <form id="anyway" method="post" action="/studio/identity/anyway">
      <h2>Publish although nobody answered?</h2>
      ${ProblemSummary({ problems: form === "anyway" ? problems : undefined })}
      <p>
        None of your followers could be asked whether this is your newest state. If this computer has
        run your capsule all the time, you can go on. If you put an old backup in its place, wait: what
        you publish now would contradict what you published after that backup, and your followers would
        stop showing new posts of yours until you mend it with your recovery phrase.
      </p>
      <p class="actions"><button type="submit">Publish anyway</button></p>
    </form>
  `;
}

function MovePart({ problems, form, typed, mayMoveAnyway }: Props): Markup {
  const own = form === "move" ? problems : undefined;
  return html`
    <form id="move" method="post" action="/studio/identity/move">
      <h2>Move to another address</h2>
      ${ProblemSummary({ problems: own })}
      <p>
        Let the new address reach this capsule first: it is asked before anything is published. Your
        followers learn of it by themselves, and ask at the present address for another 30 days. Your
        posts keep their paths.
      </p>
      ${TextField({
        name: "address",
        label: "New address",
        help: "For example https://ida.example.org",
        value: typed?.address ?? "",
        isRequired: true,
        maxLength: 255,
        problems: own,
      })}
      <p class="actions"><button type="submit">Move</button></p>
      ${mayMoveAnyway === true && html`
        <p>
          If you are sure that the address will lead here, for example because this machine cannot reach
          its own address from inside, you can publish it all the same. Until it does, followers and
          readers who go there find nothing.
        </p>
        <p class="actions">
          <button type="submit" name="anyway" value="yes">Move anyway</button>
        </p>
      `}
    </form>
  `;
}

function RotatePart({ frame, problems, form, typed, size, entries }: Props): Markup {
  const own = form === "rotate" ? problems : undefined;
  const lines = entries.map(({ index, timeMs, kind, words }) =>
    html`
      <li>
        <span class="line-title">${index}${words === "" ? "" : `: ${words}`}</span>${" "}
        <span class="line-meta">
          ${KINDS[kind] ?? kind},${" "}<time datetime=${isoTime(timeMs)}>${formatDateTime(
            timeMs,
            frame.site,
          )}</time>
        </span>
      </li>
    `
  );
  return html`
    <form id="rotate" method="post" action="/studio/identity/rotate">
      ${Hidden({ name: "size", value: String(size) })}
      <h2>Make a new key</h2>
      ${ProblemSummary({ problems: own })}
      <p>
        Do this when somebody else may have the key of this capsule: the computer was broken into, a
        backup was lost, or a post appeared that is not yours. The former key then counts no more,
        anywhere. You need your recovery phrase.
      </p>
      <p>
        Decide what stays. These are the newest entries of your log, with their numbers. If all of them
        are yours, leave the number below as it is. If one of them is not, type its number: that entry and
        all after it are taken out, here and with everybody who follows you, and what they withdrew comes
        back. What is taken out is kept unseen for 30 days.
      </p>
      <ul class="lines bare">${lines}</ul>
      ${TextField({
        name: "cut",
        label: "Number of entries that stay",
        help: "The entry with this number, and every one after it, is taken out.",
        value: typed?.cut ?? String(size),
        isRequired: true,
        maxLength: 15,
        problems: own,
      })}  ${PhraseField({
        name: "phrase",
        problems: own,
      })}
      <p class="actions"><button type="submit">Make a new key</button></p>
    </form>
  `;
}

const KINDS: Readonly<Record<string, string>> = {
  post: "post",
  article: "article",
  revise: "new version",
  withdraw: "withdrawal",
  profile: "profile",
  address: "address",
  follow: "follow",
  unfollow: "end of a follow",
};

function ClosePart({ problems, form }: Props): Markup {
  const own = form === "close" ? problems : undefined;
  return html`
    <form id="close" method="post" action="/studio/identity/close">
      <h2>Close this identity for good</h2>
      ${ProblemSummary({ problems: own })}
      <p>
        The only answer when somebody else has your recovery phrase: whoever has it can do everything
        that you can. What you published stays. Nothing can be published under this identity ever again,
        and there is no way back.
      </p>
      ${PhraseField({ name: "closingPhrase", problems: own })} ${CheckField({
        name: "sure",
        label: "I want to close this identity, and know that this cannot be undone",
        isChecked: false,
        problems: own,
      })}
      <p class="actions"><button class="danger" type="submit">Close this identity</button></p>
    </form>
  `;
}

function PhraseField(
  { name, problems }: { name: string; problems: Problems | undefined },
): Markup {
  return AreaField({
    name,
    label: "Your recovery phrase",
    help: "The twelve words on your paper. They are used once and not kept.",
    value: "",
    rows: 2,
    isRequired: true,
    problems,
  });
}
