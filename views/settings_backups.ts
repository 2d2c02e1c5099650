/** Settings: backups by themselves, how they went, and taking one along. @module */
import type { StoredBackupPlan } from "../storage/backup_plan.ts";
import type { Backup } from "../storage/backups.ts";
import { countOf, describeBytes } from "./ages.ts";
import { describeBackup, describeRehearsal } from "./backups.ts";
import { type Content, html, type Markup } from "./html.ts";
import { Icon } from "./icons.ts";
import { SettingsCrumb } from "./settings.ts";
import { Done, type Frame, StudioPage } from "./studio.ts";
import { type Problems, ProblemSummary, SelectField, TextField } from "./studio_fields.ts";
import { formatDateTime, isoTime } from "./time.ts";

/** The form of the plan, as typed. */
export type PlanForm = Readonly<{ folder: string; keepDays: string; keepWeeks: string }>;

type Props = Readonly<{
  frame: Frame;
  plan: StoredBackupPlan | undefined;
  form: PlanForm;
  /** The newest good one, by the plan or by a command. */
  newest: Backup | undefined;
  /** The newest try by the plan that has ended. */
  newestTry: Backup | undefined;
  rehearsal: Backup | undefined;
  isBeingMade: boolean;
  /** When the next one is due, Unix ms; undefined without a plan. */
  dueMs: number | undefined;
  /** Those with a file in the folder of the plan, the newest first. */
  kept: readonly Backup[];
  /** What was wrong, and with which of the forms. */
  problems?: Problems | undefined;
  problemForm?: "plan" | "download";
  done?: string | undefined;
}>;

const PATH = "/studio/settings/backups";
/** Stands for the file that was downloaded. */
const NAME_EXAMPLE = "FILE";

/** The page. */
export function BackupsPage(props: Props): Markup {
  const { frame, done, plan, kept } = props;
  return StudioPage({
    frame,
    title: "Backups",
    path: "/studio/settings",
    children: html`
      <div class="settings-parts">
        <section>
          ${SettingsCrumb()}
          <h1>Backups</h1>
          ${done !== undefined && Done({ children: done })}
          <p class="intro">
            A backup is one file with everything in it, your keys too. It is made while your capsule
            is being read, and verified before it counts.
          </p>
          ${Troubles(props)} ${Facts(props)} ${plan !== undefined && NowPart(props)}
        </section>
        ${PlanPart(props)}
        ${kept.length > 0 && DownloadPart(props)}
      </div>
    `,
  });
}

/** What is wrong stands first. */
function Troubles({ plan, newestTry, rehearsal }: Props): Content {
  if (plan === undefined) return null;
  const sentences = [
    newestTry?.state === "failed" ? `The last backup failed. ${newestTry.problem}` : "",
    rehearsal === undefined || rehearsal.rehearsalProblem === ""
      ? ""
      : `A backup could not be restored for trial: ${rehearsal.rehearsalProblem}`,
  ];
  return sentences.filter((sentence) => sentence !== "").map((sentence) =>
    html`
      <p class="state trouble-2" role="status">
        ${Icon({ name: "warning" })}
        <span>${sentence}</span>
      </p>
    `
  );
}

function Facts({ frame, plan, newest, rehearsal, isBeingMade, dueMs, kept }: Props): Markup {
  const moment = (ms: number) =>
    html`<time datetime=${isoTime(ms)}>${formatDateTime(ms, frame.site)}</time>`;
  const next = isBeingMade
    ? html`One is being made now: <a href=${PATH}>look again</a>`
    : plan?.isAsked === true
    ? html`Within a few seconds: <a href=${PATH}>look again</a>`
    : dueMs === undefined
    ? "None is planned"
    : moment(dueMs);
  const facts: [string, Content][] = [
    [
      "Newest",
      newest === undefined
        ? "None yet"
        : html`${moment(newest.begunAtMs)}, ${describeBackup(newest)}`,
    ],
    ["Restored for trial", describeRehearsal(rehearsal, frame.site) ?? "Not yet"],
    ["Next", next],
  ];
  if (kept.length > 0) {
    const bytes = kept.reduce((sum, one) => sum + (one.bytes ?? 0), 0);
    facts.push(["Kept here", `${countOf(kept.length, "backup")}, ${describeBytes(bytes)}`]);
  }
  const items = facts.flatMap(([term, fact]) => [html`<dt>${term}</dt>`, html`<dd>${fact}</dd>`]);
  return html`<dl class="facts">${items}</dl>`;
}

function PlanPart({ plan, form, problems, problemForm }: Props): Markup {
  const own = problemForm === "plan" ? problems : undefined;
  const end = plan !== undefined && html`
    <button type="submit" name="do" value="never">Switch them off</button>
  `;
  return html`
    <form id="plan" method="post" action=${PATH}>
      <h2>Every night</h2>
      ${ProblemSummary({ problems: own })} ${TextField({
        name: "folder",
        label: "Folder",
        help:
          "A folder inside that of the capsule. Best is one on a second disk, mounted there or linked into it: " +
          "what is on the same disk is lost with it.",
        value: form.folder,
        isRequired: true,
        maxLength: 200,
        problems: own,
      })}
      <div class="pair">
        ${TextField({
          name: "keepDays",
          label: "Days",
          help: "One a day is kept, for so many days.",
          value: form.keepDays,
          isRequired: true,
          maxLength: 4,
          problems: own,
        })} ${TextField({
          name: "keepWeeks",
          label: "Weeks",
          help: "Then one a week, for so many weeks.",
          value: form.keepWeeks,
          isRequired: true,
          maxLength: 4,
          problems: own,
        })}
      </div>
      <p class="help">
        A backup is made between four and half past five in the morning. Once a week the newest is
        restored for trial. Older backups are removed, other files never.
      </p>
      <p class="actions">
        <button class="primary" type="submit" name="do" value="save">
          ${plan === undefined ? "Switch them on" : "Save"}
        </button>
        ${end}
      </p>
    </form>
  `;
}

function NowPart({ isBeingMade, plan }: Props): Content {
  if (isBeingMade || plan?.isAsked === true) return null;
  return html`
    <form method="post" action=${PATH}>
      <p class="actions"><button type="submit" name="do" value="now">Back up now</button></p>
    </form>
  `;
}

function DownloadPart({ frame, kept, problems, problemForm }: Props): Markup {
  const own = problemForm === "download" ? problems : undefined;
  const options = kept.map((backup) => ({
    value: String(backup.id),
    label: `${formatDateTime(backup.begunAtMs, frame.site)}, ${describeBytes(backup.bytes ?? 0)}`,
  }));
  return html`
    <form id="download" method="post" action=${`${PATH}/download`}>
      <h2>Download one</h2>
      <p class="help">
        To use it, put it into an empty folder beside the program, type${" "}
        <code>${`capsule restore ${NAME_EXAMPLE}`}</code>, and start the capsule: everything is as it was
        then.
      </p>
      ${ProblemSummary({ problems: own })} ${SelectField({
        name: "backup",
        label: "Backup",
        value: options[0]?.value ?? "",
        options,
        problems: own,
      })} ${TextField({
        name: "password",
        label: "Your password",
        help: "Whoever has the file can publish as you: keep it as private as your password.",
        type: "password",
        value: "",
        isRequired: true,
        maxLength: 1000,
        autocomplete: "current-password",
        problems: own,
      })}
      <p class="actions"><button type="submit">Download</button></p>
    </form>
  `;
}
