/** Settings: how it stands with the certificate for HTTPS, and a button to try again. @module */
import {
  CERTIFICATE_TITLES,
  CERTIFICATE_WORDS,
  type CertificateFacts,
} from "./certificate_page.ts";
import { withCommands } from "./commands.ts";
import { html, type Markup } from "./html.ts";
import { SettingsCrumb } from "./settings.ts";
import { Done, type Frame, StudioPage } from "./studio.ts";
import { type Problems, ProblemSummary, TextField } from "./studio_fields.ts";
import { formatDateTime, isoTime } from "./time.ts";

type Props = Readonly<{
  frame: Frame;
  facts: CertificateFacts;
  /** True where a name can be typed here. */
  canName: boolean;
  /** What came of a button. */
  told?: string | undefined;
  /** The name as it was typed, and what is wrong with it. */
  typed?: string | undefined;
  problem?: string | undefined;
}>;

/** The page. */
export function CertificateSettingsPage(props: Props): Markup {
  const { frame, facts, canName, told } = props;
  const { name, state, sentence, detail, nextAtMs, untilMs, renewAtMs } = facts;
  const canTry = state === "waiting" || state === "stopped";
  // A name that was just typed is taken up within a second.
  const isTaken = told !== undefined && state === "nameless";
  return StudioPage({
    frame,
    title: "HTTPS and certificate",
    path: "/studio/settings",
    children: html`
      <section>
        ${SettingsCrumb()}
        <h1>HTTPS and certificate</h1>
        ${told !== undefined && Done({ children: told })}
        ${!isTaken && html`
          <p class="intro">${CERTIFICATE_TITLES[state]}. ${CERTIFICATE_WORDS[state]}</p>
        `}
        ${sentence !== "" && html`<p>${withCommands(sentence)}</p>`}
        ${detail !== "" && html`
          <p class="help detail">In the authority’s own words: <q>${detail}</q></p>
        `}
        ${canName && !isTaken && NameForm(props)}
        ${name !== "" && html`
          <dl class="facts">
            <dt>Name</dt>
            <dd>${state === "there" ? html`<a href=${`https://${name}/`}>${name}</a>` : name}</dd>
            ${Moment({ frame, label: "Valid until", ms: untilMs })}
            ${Moment({ frame, label: "Next renewal", ms: renewAtMs })}
            ${Moment({ frame, label: "Next try", ms: canTry ? nextAtMs : undefined })}
          </dl>
        `}
        ${canTry && html`
          <form method="post" action="/studio/settings/certificate">
            <p class="actions"><button type="submit">Try now</button></p>
          </form>
        `}
        ${name !== "" && state !== "there" && html`
          <p class="help">
            Is the name not the right one? <a href="/studio/identity">Identity</a> gives the capsule
            another address.
          </p>
        `}
      </section>
    `,
  });
}

/** What only the owner of a domain can do comes before what is typed. */
function NameForm({ typed = "", problem }: Props): Markup {
  const problems: Problems = problem === undefined ? {} : { address: problem };
  return html`
    <form method="post" action="/studio/settings/certificate/name">
      ${ProblemSummary({ problems })}
      <p class="help">
        Where you have your domain, give the name an A record (for IPv6 an AAAA record) with the address
        of this machine; ports 80 and 443 must be open. The certificate comes by itself then.
      </p>
      ${TextField({
        name: "address",
        label: "Name",
        help: "Such as capsule.example.org. Readers and followers will find you there.",
        value: typed,
        isRequired: true,
        problems,
      })}
      <p class="actions"><button class="primary" type="submit">Open HTTPS</button></p>
    </form>
  `;
}

function Moment(
  { frame, label, ms }: Readonly<{ frame: Frame; label: string; ms: number | undefined }>,
): Markup | null {
  if (ms === undefined) return null;
  return html`
    <dt>${label}</dt>
    <dd><time datetime=${isoTime(ms)}>${formatDateTime(ms, frame.site)}</time></dd>
  `;
}
