/** The other way through set-up: a capsule that was lost comes back by its recovery phrase. @module */
import { html, type Markup } from "./html.ts";
import { timeZoneOptions } from "./languages.ts";
import { NewPasswordFields } from "./new_password.ts";
import { DoorPage, type Frame } from "./studio.ts";
import {
  AreaField,
  type Problems,
  ProblemSummary,
  RadioField,
  SelectField,
} from "./studio_fields.ts";

/** One way in which the log was continued. */
export type BranchChoice = Readonly<{ value: string; label: string; help: string }>;

/** What was typed, but for secrets. */
export type RecoverFields = Readonly<{ from: string; timeZone: string; branch: string }>;

type Props = Readonly<{
  frame: Frame;
  fields: RecoverFields;
  /** What there is to choose from, where copies contradict each other. */
  branches: readonly BranchChoice[];
  /** True when a password was taken already. */
  hasPassword: boolean;
  problems?: Problems | undefined;
}>;

/** Asks for the phrase and where copies are. */
export function SetupRecoverPage(props: Props): Markup {
  const { frame, fields, branches, hasPassword, problems } = props;
  const choice = branches.length > 0 && html`
    <p>
      Your followers have copies that contradict each other: the log was continued in more than one way,
      by two copies of your capsule or by somebody who had its key. Choose the one that is yours. The
      other one's newest entries are left out.
    </p>
    ${RadioField({
      name: "branch",
      label: "Which one is yours?",
      value: fields.branch,
      options: branches,
    })}
  `;
  return DoorPage({
    frame,
    title: "Bring my capsule back",
    islands: ["timeZone"],
    children: html`
      <form class="door-form" method="post" action="/setup/recover" enctype="multipart/form-data">
        <h1>Bring my capsule back</h1>
        <p class="intro">
          With your recovery phrase and one capsule that followed yours, everything comes back: your posts,
          articles and pictures, under the same name and the same paths.
        </p>
        ${ProblemSummary({ problems })} ${choice} ${AreaField({
          name: "phrase",
          label: "Your recovery phrase",
          help: "The twelve words on your paper. They are used once and not kept.",
          value: "",
          rows: 2,
          isFirst: true,
          isRequired: true,
          problems,
        })} ${AreaField({
          name: "from",
          label: "Capsules that followed yours",
          help: "Their addresses, one on each line. One is enough; more are better.",
          value: fields.from,
          rows: 3,
          isRequired: true,
          problems,
        })} ${!hasPassword && NewPasswordFields({ problems })} ${SelectField({
          name: "timeZone",
          label: "Time zone",
          help: "Dates on your pages are shown in it.",
          value: fields.timeZone,
          options: timeZoneOptions(fields.timeZone),
          problems,
          data: { "guess-time-zone": "" },
        })}
        <p class="actions">
          <button class="primary" type="submit">Bring it back</button>
          <a href="/setup">Set up a new capsule instead</a>
        </p>
      </form>
    `,
  });
}

/** Says how far it is; the page comes again by itself. */
export function SetupRecoveringPage(
  { frame, sentence }: Readonly<{ frame: Frame; sentence: string }>,
): Markup {
  return DoorPage({
    frame,
    title: "Bringing your capsule back",
    children: html`
      <section class="door-form">
        <h1>Bringing your capsule back</h1>
        <p class="intro" role="status">${sentence}</p>
        <p>
          Everything that comes is checked and kept. If this is interrupted, begin again: it goes on where it
          was. This page looks again every two seconds.
        </p>
        <p class="actions"><a href="/setup/recover">Look now</a></p>
      </section>
    `,
  });
}
