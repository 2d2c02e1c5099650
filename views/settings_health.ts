/** Settings: how everything is doing, what to do where it is not well, and two charts. @module */
import { describeAge } from "./ages.ts";
import { withCommands } from "./commands.ts";
import { type DayRequests, RequestChart, SizeChart, type SizeOfDay } from "./charts.ts";
import type { Finding } from "./findings.ts";
import { html, type Markup } from "./html.ts";
import { Icon, type IconName } from "./icons.ts";
import { SettingsCrumb } from "./settings.ts";
import { type Frame, StudioPage } from "./studio.ts";
import { formatDateTime, isoTime } from "./time.ts";

type Props = Readonly<{
  frame: Frame;
  nowMs: number;
  /** What was seen on this machine. */
  here: readonly Finding[];
  /** What the newest look from outside showed; undefined before the first. */
  outside: Readonly<{ findings: readonly Finding[]; atMs: number }> | undefined;
  days: readonly DayRequests[];
  sizes: readonly SizeOfDay[];
  /** A token that was just made: it is shown once. */
  token: string | undefined;
  /** When the token in force was made; undefined without one. */
  tokenMadeAtMs: number | undefined;
}>;

const ACTION = "/studio/settings/health";
const RANKS: Readonly<Record<Finding["state"], number>> = { problem: 0, warning: 1, ok: 2 };
const ICONS: Readonly<Record<Finding["state"], IconName>> = {
  problem: "warning",
  warning: "information",
  ok: "check",
};
/** For those who do not see the icon. */
const WORDS: Readonly<Record<Finding["state"], string>> = {
  problem: "Does not work",
  warning: "Worth a look",
  ok: "Well",
};

/** The page. */
export function HealthPage(props: Props): Markup {
  const { frame, here, outside, days, sizes } = props;
  return StudioPage({
    frame,
    title: "Health",
    path: "/studio/settings",
    children: html`
      <div class="settings-parts health">
        ${SettingsCrumb()}
        <h1>Health</h1>
        <p class="intro">${describeAll([...here, ...outside?.findings ?? []])}</p>
        <section>
          <h2>On this machine</h2>
          ${FindingList({ findings: here })}
        </section>
        ${Outside(props)}
        <section>
          <h2>Requests of the last seven days</h2>
          ${RequestChart({ days })}
          <p class="help">Counted are answers, not people: nothing is kept of who asked.</p>
        </section>
        <section>
          <h2>Size of the database</h2>
          ${SizeChart({ sizes })}
        </section>
        ${Figures(props)}
      </div>
    `,
  });
}

/** Names them: on a phone the second list is far below. */
function describeAll(findings: readonly Finding[]): string {
  const of = (state: Finding["state"]) => findings.filter((one) => one.state === state);
  const [problems, warnings] = [of("problem"), of("warning")];
  if (problems.length + warnings.length === 0) return "All is well.";
  const broken = problems.length === 0
    ? "It works."
    : sentence(`${things(problems.length, "does", "do")} not work: ${names(problems)}`);
  if (warnings.length === 0) return broken;
  const worth = `${things(warnings.length, "is", "are")} worth a look: ${names(warnings)}`;
  return `${broken} ${sentence(worth)}`;
}

const LIST = new Intl.ListFormat("en-GB");

function names(findings: readonly Finding[]): string {
  return LIST.format(findings.map(({ name }) => name.toLowerCase()));
}

const NUMBERS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];

function things(count: number, verb: string, verbOfMany: string): string {
  const number = NUMBERS[count] ?? String(count);
  return count === 1 ? `${number} thing ${verb}` : `${number} things ${verbOfMany}`;
}

function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;
}

/** What needs somebody first. */
function FindingList({ findings }: { findings: readonly Finding[] }): Markup {
  const lines = findings.toSorted((a, b) => RANKS[a.state] - RANKS[b.state]).map((finding) => {
    const { name, state, text, todo } = finding;
    return html`
      <li class=${`finding is-${state}`}>
        ${Icon({ name: ICONS[state] })}
        <p>
          <strong>${name}<span class="visually-hidden">${`: ${WORDS[state]}.`}</span></strong>
          <span dir="auto">${text}</span>
        </p>
        ${todo !== "" && html`<p class="finding-todo" dir="auto">${withCommands(todo)}</p>`}
      </li>
    `;
  });
  return html`<ul class="findings bare">${lines}</ul>`;
}

function Outside({ outside, nowMs }: Props): Markup {
  return html`
    <section id="outside">
      <h2>As others see it</h2>
      ${outside === undefined
        ? html`
          <p class="help">
            Whether your name leads here, the ports are open and the clock is right is looked at when you
            ask for it. Nobody is asked whom your capsule does not speak to anyway.
          </p>
        `
        : FindingList({ findings: outside.findings })}
      <form method="post" action=${ACTION}>
        <p class="actions">
          <button class="primary" type="submit">
            ${outside === undefined ? "Look now" : "Look again"}
          </button>
          <span class="help">
            ${outside === undefined
              ? "Takes some seconds."
              : html`Looked <time datetime=${isoTime(outside.atMs)}>${
                describeAge(outside.atMs, nowMs)
              }</time>.`}
          </span>
        </p>
      </form>
    </section>
  `;
}

function Figures({ frame, token, tokenMadeAtMs }: Props): Markup {
  return html`
    <section id="figures">
      <h2>For monitoring programs</h2>
      <p class="help">
        Prometheus and its like read the figures at${" "}
        <code>${`${frame.site.address}/metrics`}</code>, with a token of yours. Without it nothing is
        found there. The figures say nothing of visitors.
      </p>
      ${token !== undefined && NewToken({ token })}
      ${token === undefined && tokenMadeAtMs !== undefined && html`
        <p>
          There is a token, made on${" "}
          <time datetime=${isoTime(tokenMadeAtMs)}>${formatDateTime(
            tokenMadeAtMs,
            frame.site,
          )}</time>.
        </p>
      `}
      <form method="post" action=${`${ACTION}/token`}>
        <p class="actions">
          <button type="submit" name="do" value="make">
            ${tokenMadeAtMs === undefined ? "Make a token" : "Make another token"}
          </button>
          ${tokenMadeAtMs !== undefined && html`
            <button class="plain" type="submit" name="do" value="remove">Remove the token</button>
          `}
        </p>
      </form>
    </section>
  `;
}

function NewToken({ token }: { token: string }): Markup {
  return html`
    <div class="notice notice-done" role="status">
      <p>This is the token. It is shown only now; the one before counts no more.</p>
      <p><code class="id">${token}</code></p>
    </div>
  `;
}
