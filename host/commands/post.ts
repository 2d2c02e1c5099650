/** `capsule post`: publishes a short post. @module */
import { findTags } from "../../content/post_text.ts";
import { CONTENT_BYTES_MAX } from "../../mesh/protocol/limits.ts";
import { publishPost } from "../../mesh/publish.ts";
import type { Command, Context } from "../command.ts";
import { readLanguage } from "../languages.ts";
import { savePictures } from "../pictures.ts";
import { answerPublished, readTextWord } from "../pieces.ts";
import { openExisting, requireCapsule } from "../served_database.ts";
import { prepareSigning, SIGNING_OPTIONS } from "../signing.ts";
import { readTags } from "../tags.ts";

/** The command. */
export const command: Command = {
  name: "post",
  summary: "Publish a post",
  usage: "post TEXT|- [--image FILE --alt TEXT]… [options]",
  options: {
    image: { type: "string", value: "FILE", text: "a picture, up to eight", multiple: true },
    alt: { type: "string", value: "TEXT", text: "what the picture shows", multiple: true },
    language: { type: "string", value: "TAG", text: "the language of the text (your own)" },
    tag: {
      type: "string",
      value: "TAG",
      text: "a tag beside the #tags in the text",
      multiple: true,
    },
    ...SIGNING_OPTIONS,
  },
  words: { min: 1, max: 1 },
  details:
    `"-" reads the text from standard input. Each --image needs its --alt, in the same order.`,
  examples: [
    `capsule post "Good morning from the harbour. #weather"`,
    `capsule post "Low tide" --image tide.jpg --alt "A beach with two boats lying on the sand"`,
  ],
  run,
};

async function run(context: Context): Promise<void> {
  using db = openExisting(context.dataPath);
  const capsule = requireCapsule(db);
  await prepareSigning(context, db);
  const text = (await readTextWord(context.words[0] ?? "", CONTENT_BYTES_MAX)).trim();
  const language = context.text("language");
  const tags = readTags(context.texts("tag"), findTags(text));
  const pictures = await savePictures(db, context);
  const published = publishPost({ db, now: context.now }, {
    text,
    pictures,
    tags,
    ...(language === undefined ? {} : { language: readLanguage(language) }),
  });
  answerPublished(context, db, capsule, published, {
    kind: "post",
    index: published.index,
    slug: "",
  });
}
