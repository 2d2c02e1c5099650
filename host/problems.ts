/** Any error as one sentence for the person and one code for programs. @module */
import { CommandProblem } from "./command.ts";
import { nameSystemError } from "./files.ts";
import { FollowProblem } from "../mesh/follow_target.ts";
import { ConfirmProblem } from "../mesh/confirm.ts";
import { FeedProblem } from "../mesh/feeds.ts";
import { AskProblem } from "../mesh/fetch.ts";
import { ProtocolError } from "../mesh/protocol/errors.ts";
import { PublishProblem } from "../mesh/publish_problem.ts";
import { LogProblem, SourceProblem } from "../mesh/pull_problem.ts";
import { RecordProblem } from "../mesh/record_problem.ts";
import { RecoverProblem } from "../mesh/recover_problem.ts";
import { DatabaseProblem } from "../storage/database_problem.ts";
import { explainCodes, problemSentence } from "../views/problem_sentences.ts";

/** What is told of a failure. */
export type ToldProblem = Readonly<{ code: string; message: string }>;

/** The sentence and the code of an error that ended a command. */
export function problemOf(error: unknown): ToldProblem {
  if (error instanceof CommandProblem) return { code: error.code, message: error.message };
  if (error instanceof DatabaseProblem) {
    return { code: `database_${error.kind}`, message: error.message };
  }
  if (error instanceof RecordProblem || error instanceof RecoverProblem) {
    return { code: error.code, message: explainCodes(error.message) };
  }
  if (error instanceof FollowProblem) return { code: error.code, message: error.message };
  if (isForeign(error)) return { code: error.code, message: problemSentence(error.code) };
  if (error instanceof PublishProblem) return { code: error.code, message: error.message };
  if (error instanceof Deno.errors.NotCapable) {
    return {
      code: "not_allowed",
      message: "Cannot do this: the program may read and write only in its own folder, " +
        `found "${error.message.split(",")[0] ?? ""}". Move the file there, or use "-" and a pipe.`,
    };
  }
  const refused = nameSystemError(error);
  if (refused !== undefined) return { code: "system", message: `Cannot do this: ${refused}` };
  // A bug, or a trouble of the machine that nobody foresaw: whoever mends it needs the place.
  const found = error instanceof Error ? error.stack ?? error.message : String(error);
  return {
    code: "internal",
    message: `Something unexpected went wrong; please report these lines: ${found}`,
  };
}

/** What another program, or the way to it, did: the owner is told what that means, not what was met where. */
function isForeign(error: unknown): error is Readonly<{ code: string }> {
  return [AskProblem, ConfirmProblem, FeedProblem, LogProblem, ProtocolError, SourceProblem]
    .some((kind) => error instanceof kind);
}
