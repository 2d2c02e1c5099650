/** Settings: how it stands with the certificate for HTTPS, and a button to try again. @module */
import {
  CERTIFICATE_TITLES,
  CERTIFICATE_WORDS,
  type CertificateFacts,
} from "./certificate_page.ts";
import { html, type Markup } from "./html.ts";
import { SettingsCrumb } from "./settings.ts";
import { Done, type Frame, StudioPage } from "./studio.ts";
import { formatDateTime, isoTime } from "./time.ts";

/** The page. `told` is what came of the button. */
export function CertificateSettingsPage(
  { frame, facts, told }: Readonly<{
    frame: Frame;
    facts: CertificateFacts;
    told: string | undefined;
  }>,
): Markup {
  const { name, state, sentence, detail, nextAtMs, untilMs, renewAtMs } = facts;
  const canTry = state === "waiting" || state === "stopped";
  return StudioPage({
    frame,
    title: "Certificate",
    path: "/studio/settings",
    children: html`
      <section>
        ${SettingsCrumb()}
        <h1>Certificate</h1>
        ${told !== undefined && Done({ children: told })}
        <p>${CERTIFICATE_TITLES[state]}. ${CERTIFICATE_WORDS[state]}</p>
        ${sentence !== "" && html`<p>${sentence}</p>`}
        ${detail !== "" && html`<p>In the authority’s words: <q>${detail}</q></p>`}
        <dl class="facts">
          <dt>Name</dt>
          <dd>${name}</dd>
          ${Moment({ frame, label: "Valid until", ms: untilMs })}
          ${Moment({ frame, label: "Renewed at", ms: renewAtMs })}
          ${Moment({ frame, label: "Next try", ms: canTry ? nextAtMs : undefined })}
        </dl>
        ${canTry && html`
          <form method="post" action="/studio/settings/certificate">
            <p class="actions"><button type="submit">Try now</button></p>
          </form>
        `}
      </section>
    `,
  });
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
