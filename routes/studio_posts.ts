/** What the composer's buttons do, on the studio's page and on a draft's. @module */
import { findTags } from "../content/post_text.ts";
import { publishPost, PublishProblem } from "../mesh/publish.ts";
import { deleteDraft } from "../storage/drafts.ts";
import { findProfile } from "../storage/profiles.ts";
import type { PostForm } from "../views/composer.ts";
import type { Problems } from "../views/studio_fields.ts";
import type { Deps } from "./app.ts";
import { fromPost, toArticleDraft } from "./article_forms.ts";
import { DRAFT_TOO_LONG, hasNewerDraft, type SavedDraft, saveDraft } from "./draft_saving.ts";
import type { Form } from "./forms.ts";
import { checkPost, readPostForm, toPostDraft } from "./post_forms.ts";
import { isRefused, makeOnceKey, readOnceKey, toProblems, tryPublish } from "./publishing.ts";
import { needOwnCapsule } from "./site.ts";
import type { PictureForm } from "./uploads.ts";

/** Where the sentences of publishing stand in the composer. */
export const POST_FIELDS = {
  text_too_long: "text",
  empty: "text",
  content_too_large: "text",
  too_many_tags: "text",
  tag_form: "text",
  too_many_pictures: "files",
  unknown_picture: "files",
  language_form: "language",
} as const;

/** What came of a composer that was sent. */
export type TakenPost = Readonly<{
  /** Where to go on; undefined when the form is shown again. */
  url?: string;
  /** The draft that the text is now, where another device was faster. */
  moved?: SavedDraft;
  form: PostForm;
  problems: Problems;
  /** The database takes nothing now: nothing was wrong with the form. */
  isRefused?: boolean;
  onceKey: string;
}>;

/** Does what the composer's buttons say. A draft that becomes a post is gone in the same transaction. */
export function takePost(deps: Deps, sent: PictureForm): TakenPost {
  const { form } = sent;
  const { log } = needOwnCapsule(deps);
  const { post, problems } = readPostForm(deps, sent, findProfile(deps.db, log).language);
  const onceKey = form.text("once") === "" ? makeOnceKey() : form.text("once");
  const back = { form: post, problems, onceKey };
  if (Object.keys(problems).length > 0) return back;
  const wish = form.text("do");
  const isOvertaken = wish === "publish" && hasNewerDraft(deps, form);
  if (wish === "save" || isOvertaken) return keepPost(deps, form, back);
  if (wish === "article") return keepAsArticle(deps, form, back);
  if (wish !== "publish") return back;
  const found = checkPost(post, { isNew: true });
  if (Object.keys(found).length > 0) return { ...back, problems: found };
  return publishForm(deps, form, back);
}

function keepPost(deps: Deps, form: Form, back: TakenPost): TakenPost {
  const saved = tryPublish(() => saveDraft(deps, form, "post", toPostDraft(back.form)));
  if (saved instanceof PublishProblem) return refuse(back, saved);
  if (saved === "too_long") return { ...back, problems: { text: DRAFT_TOO_LONG } };
  if (saved.otherId !== undefined) return { ...back, moved: saved };
  return { ...back, url: "/studio?done=saved" };
}

/** The words and pictures go on as the draft of an article; the draft that they were is gone, unless it has newer ones. */
function keepAsArticle(deps: Deps, form: Form, back: TakenPost): TakenPost {
  const isOvertaken = hasNewerDraft(deps, form);
  const saved = tryPublish(() => {
    const made = saveDraft(deps, form, "article", toArticleDraft(fromPost(back.form)));
    if (made !== "too_long" && !isOvertaken) deleteDraft(deps.db, form.text("draft"));
    return made;
  });
  if (saved instanceof PublishProblem) return refuse(back, saved);
  if (saved === "too_long") return { ...back, problems: { text: DRAFT_TOO_LONG } };
  return { ...back, url: `/studio/drafts/${saved.id}` };
}

function publishForm(deps: Deps, form: Form, back: TakenPost): TakenPost {
  const { db, now } = deps;
  const { language, pictures } = back.form;
  const text = back.form.text.trim();
  const fields = { text, language, pictures, tags: findTags(text) };
  const published = tryPublish(() =>
    db.transaction(() => {
      const done = publishPost({ db, now }, { ...fields, onceKey: readOnceKey(form, fields) });
      deleteDraft(db, form.text("draft"));
      return done;
    })
  );
  if (published instanceof PublishProblem) return refuse(back, published);
  return { ...back, url: `/p/${published.index}` };
}

function refuse(back: TakenPost, problem: PublishProblem): TakenPost {
  const problems = toProblems(problem, POST_FIELDS);
  return { ...back, problems, isRefused: isRefused(problem) };
}
