/** Security settings: password, signed-in devices, a test of the recovery phrase. @module */
import type { Session } from "../storage/sessions.ts";
import { html, type Markup } from "./html.ts";
import { Done, type Frame, StudioPage } from "./studio.ts";
import { NewPasswordFields } from "./new_password.ts";
import { SettingsCrumb } from "./settings.ts";
import { AreaField, type Problems, ProblemSummary, TextField } from "./studio_fields.ts";
import { formatDateTime, isoTime } from "./time.ts";

type Props = Readonly<{
  frame: Frame;
  sessions: readonly Session[];
  /** The session of this request. */
  currentId: number;
  /** What was wrong, and with which of the forms. */
  problems?: Problems | undefined;
  form?: "password" | "phrase" | undefined;
  /** What was just done, in a sentence. */
  done?: string | undefined;
}>;

/** Everything about who gets in. */
export function SecurityPage(props: Props): Markup {
  const { frame, done } = props;
  return StudioPage({
    frame,
    title: "Security",
    path: "/studio/settings",
    children: html`
      <div class="settings-parts">
        ${SettingsCrumb()}
        <h1>Security</h1>
        ${done !== undefined && Done({ children: done })} ${PhrasePart(props)} ${PasswordPart(
          props,
        )}
        ${SessionsPart(props)}
      </div>
    `,
  });
}

function PhrasePart({ problems, form }: Props): Markup {
  const own = form === "phrase" ? problems : undefined;
  return html`
    <form id="phrase" method="post" action="/studio/settings/security/phrase">
      <h2>Check my recovery phrase</h2>
      ${ProblemSummary({ problems: own })} ${AreaField({
        name: "phrase",
        label: "The twelve words on your paper",
        help: "The answer is yes or no. What you type is not kept.",
        value: "",
        rows: 2,
        problems: own,
      })}
      <p class="actions"><button type="submit">Check the phrase</button></p>
    </form>
  `;
}

function PasswordPart({ problems, form }: Props): Markup {
  const own = form === "password" ? problems : undefined;
  return html`
    <form id="password" method="post" action="/studio/settings/security/password">
      <h2>Change password</h2>
      ${ProblemSummary({ problems: own })} ${TextField({
        name: "current",
        label: "Password now",
        type: "password",
        value: "",
        isRequired: true,
        maxLength: 1000,
        autocomplete: "current-password",
        problems: own,
      })} ${NewPasswordFields({ problems: own, label: "New password" })}
      <p class="help">Every other device will be signed out.</p>
      <p class="actions"><button type="submit">Change the password</button></p>
    </form>
  `;
}

function SessionsPart({ frame, sessions, currentId }: Props): Markup {
  const lines = sessions.map((session) => {
    const device = describeAgent(session.agent);
    const end = html`
      <form method="post" action=${`/studio/settings/security/sessions/${session.id}`}>
        <button class="plain" type="submit">
          Sign out<span class="visually-hidden">: ${device}</span>
        </button>
      </form>
    `;
    return html`
      <li>
        <span class="line-title">${device}</span>
        <span class="line-meta">
          ${session.id === currentId ? "This device, last seen " : "Last seen "}
          <time datetime=${isoTime(session.seenAtMs)}>
            ${formatDateTime(session.seenAtMs, frame.site)}
          </time>
        </span>
        <div class="line-actions">${session.id !== currentId && end}</div>
      </li>
    `;
  });
  const others = sessions.length > 1 && html`
    <form method="post" action="/studio/settings/security/sessions">
      <p class="actions"><button type="submit">Sign out all other devices</button></p>
    </form>
  `;
  return html`
    <section id="sessions">
      <h2>Signed-in devices</h2>
      <ul class="lines bare">${lines}</ul>
      ${others}
    </section>
  `;
}

const BROWSERS = [
  [/Edg\//, "Edge"],
  [/OPR\//, "Opera"],
  [/Firefox\//, "Firefox"],
  [/Chrom(e|ium)\//, "Chrome"],
  [/Safari\//, "Safari"],
] as const;
const SYSTEMS = [
  [/iPhone/, "an iPhone"],
  [/iPad/, "an iPad"],
  [/Android/, "Android"],
  [/Windows/, "Windows"],
  [/Mac OS X|Macintosh/, "a Mac"],
  [/CrOS/, "a Chromebook"],
  [/Linux/, "Linux"],
] as const;

/** "Firefox on Linux", from what a browser calls itself. */
function describeAgent(agent: string): string {
  const browser = BROWSERS.find(([sign]) => sign.test(agent))?.[1];
  const system = SYSTEMS.find(([sign]) => sign.test(agent))?.[1];
  if (browser === undefined && system === undefined) return "An unknown browser";
  return `${browser ?? "A browser"} on ${system ?? "an unknown device"}`;
}
