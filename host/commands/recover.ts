/** `capsule recover`: brings a lost capsule back from a phrase and somebody who follows it. @module */
import { recoverCapsule } from "../../mesh/recover.ts";
import type { RecoverProgress } from "../../mesh/recover_fetch.ts";
import { type Branch, RecoverProblem } from "../../mesh/recover_problem.ts";
import { findOwnCapsule } from "../../storage/capsules.ts";
import { type Database, openDatabase } from "../../storage/database.ts";
import { countMirrorGaps } from "../../storage/mirror_gaps.ts";
import { countLacking } from "../../storage/missing_contents.ts";
import { hashPassword } from "../../storage/passwords.ts";
import { readAddress } from "../address.ts";
import { type Command, CommandProblem, type Context, UsageProblem } from "../command.ts";
import { formatCount } from "../counts.ts";
import { withMesh } from "../mesh.ts";
import { readWhole } from "../numbers.ts";
import { checkPassword } from "../passwords.ts";
import { readPhrase } from "../phrases.ts";
import { PROGRAM_CALL } from "../program_version.ts";

/** The command. */
export const command: Command = {
  name: "recover",
  summary: "Bring a lost capsule back from its phrase and a capsule that followed it",
  usage: "recover --from ADDRESS --address URL [--cut N] [options]",
  options: {
    from: {
      type: "string",
      value: "ADDRESS",
      text: "a capsule that followed yours; more than one is better",
      multiple: true,
    },
    address: { type: "string", value: "URL", text: "where the capsule is reached from now on" },
    cut: { type: "string", value: "N", text: "entries that stay (all)" },
    dev: { type: "boolean", text: "development: http and private addresses are allowed" },
  },
  details:
    "The recovery phrase is the first line of standard input, or asked for; a password for\n" +
    "signing in may stand on the second line (else set one with capsule password).\n" +
    "Everything is fetched into a new database and verified; when it was stopped, run it again.\n" +
    "If the copies contradict each other you are shown how, and choose with --cut.",
  examples: [
    "capsule recover --from https://ben.example --address https://ida.example < phrase.txt",
  ],
  run,
};

async function run(context: Context): Promise<void> {
  const isDev = context.flag("dev");
  const from = context.texts("from").map((address) => readAddress(address, isDev, "--from"));
  if (from.length === 0) {
    throw new UsageProblem("recover: name a capsule that followed yours with --from ADDRESS.");
  }
  const given = context.text("address") ?? context.config.address;
  if (given === undefined) {
    throw new UsageProblem("recover: say with --address where the capsule is reached from now on.");
  }
  const address = readAddress(given, isDev);
  const cut = readWhole(context, "cut");
  const { phrase, others: [password] } = await readPhrase(context, "recover");
  const phc = password === undefined ? undefined : await hashPassword(checkPassword(password));
  using db = openDatabase(context.dataPath);
  const show = makeShow(context);
  try {
    const recovered = await withMesh(
      context,
      db,
      (mesh) => recoverCapsule(mesh, { phrase, from, address, cut, phc, onProgress: show.update }),
    );
    show.end();
    const { id, entries, contents, blobs, followers } = recovered;
    context.answer(
      recovered,
      [
        `The capsule is back: ${id}`,
        `  ${formatCount(entries, "entry", "entries")}, ${formatCount(contents, "text")}, ` +
        `${formatCount(blobs, "picture")}`,
        ...describeGaps(db),
        `  ${formatCount(followers, "capsule")} will hear of ${address} when it is served.`,
        phc === undefined
          ? `Set a password with "${PROGRAM_CALL} password", then start it with "${PROGRAM_CALL} serve".`
          : `Start it with "${PROGRAM_CALL} serve".`,
      ].join("\n"),
    );
  } catch (error) {
    if (!(error instanceof RecoverProblem) || error.branches.length === 0) throw error;
    throw new CommandProblem(
      error.code,
      `${error.message} ${error.branches.map(describeBranch).join(" ")}`,
    );
  } finally {
    show.end();
  }
}

/** What nobody gave; what was withdrawn is not among it. */
function describeGaps(db: Database): string[] {
  const log = findOwnCapsule(db)?.log;
  const texts = log === undefined ? 0 : countLacking(db, log);
  const pictures = log === undefined ? 0 : countMirrorGaps(db, log).pictures;
  if (texts === 0 && pictures === 0) return [];
  const missing = [
    ...(texts === 0 ? [] : [formatCount(texts, "text")]),
    ...(pictures === 0 ? [] : [formatCount(pictures, "picture")]),
  ].join(" and ");
  return [
    `  Nobody who was asked has ${missing} of yours that you did not withdraw. While the capsule is`,
    "  served they are asked of every follower who turns up; until then their places stay empty.",
  ];
}

const LABELS = {
  entries: "Fetching and checking entries",
  contents: "Fetching contents",
  pictures: "Fetching pictures",
} as const;

function makeShow(context: Context) {
  let step: RecoverProgress["step"] | undefined;
  let bar = context.progress("");
  return {
    update(progress: RecoverProgress) {
      if (progress.step !== step) {
        bar.end();
        step = progress.step;
        bar = context.progress(LABELS[step]);
      }
      bar.update(progress.done, progress.total);
    },
    end: () => bar.end(),
  };
}

/** (120 entries at https://b.example, newest: 2026-01-01T12:00:00.000Z "On engines") */
function describeBranch({ size, addresses, newest }: Branch): string {
  const pieces = newest.map(({ time, kind, words }) =>
    words === "" ? `${time} ${kind}` : `${time} "${words}"`
  );
  const shown = pieces.length === 0 ? "" : `, newest: ${pieces.join(", ")}`;
  return `(${formatCount(size, "entry", "entries")} at ${addresses.join(", ")}${shown})`;
}
