/** Language tags as a person types them. @module */
import { CommandProblem } from "./command.ts";

/** A BCP 47 tag in its usual spelling. */
export function readLanguage(text: string): string {
  try {
    const [tag] = Intl.getCanonicalLocales(text);
    if (tag !== undefined && tag.length <= 35) return tag;
  } catch {
    // Told below.
  }
  throw new CommandProblem(
    "language_unknown",
    `--language expects a tag such as en, de or pt-BR, found "${text}".`,
  );
}
