/** Tags as a person types them. @module */
import { TAG_CHARACTERS_MAX, TAGS_MAX } from "../mesh/protocol/limits.ts";
import { CommandProblem } from "./command.ts";

/** The given tags behind those that are there already, each once whatever its case, without "#". */
export function readTags(given: readonly string[], known: readonly string[] = []): string[] {
  const tags = new Map<string, string>();
  for (const tag of [...known, ...given.map(readTag)]) {
    const key = tag.toLowerCase();
    if (!tags.has(key)) tags.set(key, tag);
  }
  if (tags.size <= TAGS_MAX) return [...tags.values()];
  throw new CommandProblem(
    "too_many_tags",
    `At most ${TAGS_MAX} tags are possible, found ${tags.size}. Leave some out.`,
  );
}

function readTag(text: string): string {
  const tag = text.trim().replace(/^#/, "").normalize("NFC");
  if (tag !== "" && !/[#\p{Cc}]/u.test(tag) && Array.from(tag).length <= TAG_CHARACTERS_MAX) {
    return tag;
  }
  throw new CommandProblem(
    "tag_form",
    `--tag expects one tag of at most ${TAG_CHARACTERS_MAX} characters without "#", found "${text}".`,
  );
}
