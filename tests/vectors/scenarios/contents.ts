/** Scenarios of docs/protocol.md §10: contents that are shown, not shown, refused. */
import { encodeContent } from "../../../mesh/protocol/content.ts";
import { toHex } from "../../../mesh/protocol/hex.ts";
import { buildLog, ID, minute, OTHER_ID, post } from "../sample.ts";
import type { Scenarios, Vector } from "../vector.ts";

type Fields = Record<string, unknown>;

const utf8 = new TextEncoder();
const HASH = "ab".repeat(32);
const BASE = { capsule: ID, salt: "00112233445566778899aabbccddeeff" };
const PICTURE = {
  hash: HASH,
  type: "image/png",
  bytes: 1000,
  width: 640,
  height: 480,
  description: "A cat",
};
const REFERENCE = { capsule: OTHER_ID, hash: HASH, address: "https://bob.example" };
const POST = {
  ...BASE,
  publishedAt: minute(0),
  language: "en",
  text: "Hello",
  pictures: [],
  tags: ["mesh"],
};
const ARTICLE = {
  ...BASE,
  publishedAt: minute(0),
  language: "en",
  title: "A title",
  slug: "a-title",
  summary: "",
  tags: [],
  markdown: "# Text",
  pictures: [],
};
const REVISE = { ...BASE, revises: 0, revisedAt: minute(1), language: "en", tags: [] };
const PROFILE = { ...BASE, name: "Ada", line: "", about: "", language: "en", links: [] };

/** All of them. */
export function contentScenarios(): Scenarios {
  return {
    ...shown(),
    ...notShown(),
    ...notShownOthers(),
    ...follows(),
    ...json(),
    ...sizes(),
    ...others(),
  };
}

function one(spec: string, comment: string, kind: string, text: string, output: string): Vector {
  const input = { kind, bytes: toHex(utf8.encode(text)) };
  return { comment, spec, call: "decodeContent", input, expect: "ok", output };
}

function shown(): Scenarios {
  const yes = (spec: string, comment: string, kind: string, fields: Fields): Vector =>
    one(spec, comment, kind, JSON.stringify(fields), "shown");
  return {
    content_post: yes("10.2", "A post.", "post", POST),
    content_post_full: yes("10.2", "A reply with 8 pictures that quotes.", "post", {
      ...POST,
      pictures: Array(8).fill(PICTURE),
      reply: { root: REFERENCE, parent: REFERENCE },
      quote: REFERENCE,
    }),
    content_article: yes("10.3", "An article.", "article", ARTICLE),
    content_article_full: yes("10.3", "Every field of an article.", "article", {
      ...ARTICLE,
      slug: "日本語",
      cover: PICTURE,
      pictures: Array(64).fill(PICTURE),
      isPage: true,
      aliases: ["/2014/old.html"],
      authors: ["Ada", "Bob"],
    }),
    content_revise_post: yes("10.4", "A post revised.", "revise", {
      ...REVISE,
      text: "New",
      pictures: [],
    }),
    content_revise_article: yes("10.4", "An article revised.", "revise", {
      ...REVISE,
      note: "Typo",
      title: "T",
      summary: "",
      markdown: "",
      pictures: [],
    }),
    content_withdraw: yes("10.5", "A withdrawal.", "withdraw", { ...BASE, withdraws: 3 }),
    content_profile: yes("10.6", "A profile.", "profile", PROFILE),
    content_profile_full: yes("10.6", "Every field of a profile.", "profile", {
      ...PROFILE,
      picture: PICTURE,
      links: [{ label: "Code", url: "https://code.example/ada" }, {
        label: "Mail",
        url: "mailto:a@b.example",
      }],
      pinned: 4,
    }),
    content_address: yes("10.7", "An address.", "address", {
      ...BASE,
      address: "https://ada.example",
    }),
    content_unknown_field: yes("10.1", "An unknown field is no harm.", "post", {
      ...POST,
      mood: ["good"],
    }),
  };
}

function no(spec: string, comment: string, kind: string, fields: Fields): Vector {
  return one(spec, comment, kind, JSON.stringify(fields), "not shown");
}

function notShown(): Scenarios {
  const tags = (tag: string): Fields => ({ ...POST, tags: [tag] });
  return {
    content_unknown_kind: no("10", "A kind nobody knows.", "dance", POST),
    content_post_null: no("10.1", "null where the field should be absent.", "post", {
      ...POST,
      quote: null,
    }),
    content_post_9_pictures: no("10.2", "Nine pictures.", "post", {
      ...POST,
      pictures: Array(9).fill(PICTURE),
    }),
    content_post_no_salt: no("10.1", "No salt.", "post", { ...POST, salt: undefined }),
    content_post_salt_upper: no("10.1", "A salt in upper case.", "post", {
      ...POST,
      salt: BASE.salt.toUpperCase(),
    }),
    content_post_time: no("10.2", "A time with an offset.", "post", {
      ...POST,
      publishedAt: "2026-01-01T12:00:00+00:00",
    }),
    content_post_language: no("10.2", "No language tag.", "post", { ...POST, language: "" }),
    content_tag_hash: no("10.1", "A tag with #.", "post", tags("#mesh")),
    content_tag_64: one(
      "10.1",
      "A tag of 64 characters.",
      "post",
      JSON.stringify(tags("😀".repeat(64))),
      "shown",
    ),
    content_tag_65: no("10.1", "A tag of 65 characters.", "post", tags("😀".repeat(65))),
    content_tag_nfd: no("10.1", "A tag that is not NFC.", "post", tags("café".normalize("NFD"))),
    content_33_tags: no("10.1", "33 tags.", "post", {
      ...POST,
      tags: Array.from({ length: 33 }, (_, i) => `t${i}`),
    }),
  };
}

function notShownOthers(): Scenarios {
  return {
    content_picture_svg: no("10.1", "A type not listed.", "post", {
      ...POST,
      pictures: [{ ...PICTURE, type: "image/svg+xml" }],
    }),
    content_picture_16_mib: one(
      "10.1",
      "A picture of 16 MiB.",
      "post",
      JSON.stringify({ ...POST, pictures: [{ ...PICTURE, bytes: 16_777_216 }] }),
      "shown",
    ),
    content_picture_too_large: no("10.1", "One byte more.", "post", {
      ...POST,
      pictures: [{ ...PICTURE, bytes: 16_777_217 }],
    }),
    content_article_65_pictures: no("10.3", "65 pictures.", "article", {
      ...ARTICLE,
      pictures: Array(65).fill(PICTURE),
    }),
    content_article_no_title: no("10.3", "A title of spaces.", "article", {
      ...ARTICLE,
      title: "  ",
    }),
    content_article_slug_slash: no("10.3", "A slug with a slash.", "article", {
      ...ARTICLE,
      slug: "a/b",
    }),
    content_article_slug_dots: no("10.3", "A slug that leads upwards.", "article", {
      ...ARTICLE,
      slug: "..",
    }),
    content_article_not_page: no("10.3", "isPage is true or absent.", "article", {
      ...ARTICLE,
      isPage: false,
    }),
    content_article_alias: no("10.3", "An alias to another host.", "article", {
      ...ARTICLE,
      aliases: ["//evil.example"],
    }),
    content_withdraw_negative: no("10.5", "A negative index.", "withdraw", {
      ...BASE,
      withdraws: -1,
    }),
    content_profile_script_link: no("10.6", "A link that is a script.", "profile", {
      ...PROFILE,
      links: [{ label: "x", url: "javascript:alert(1)" }],
    }),
    content_like_later: no("10.8", "A like is kept and not shown by this version.", "like", {
      ...BASE,
      likes: { capsule: BASE.capsule, hash: "0".repeat(64), address: "https://ada.example" },
    }),
    content_address_path: no("10.7", "An address with a path.", "address", {
      ...BASE,
      address: "https://ada.example/x",
    }),
  };
}

function follows(): Scenarios {
  return {
    content_follow: one(
      "10.8",
      "A follow.",
      "follow",
      JSON.stringify({ ...BASE, follows: BASE.capsule, address: "https://ada.example" }),
      "shown",
    ),
    content_follow_no_address: no("10.8", "A follow without an address.", "follow", {
      ...BASE,
      follows: BASE.capsule,
    }),
    content_follow_name: no("10.8", "A follow of something that is no id.", "follow", {
      ...BASE,
      follows: "ada.example",
      address: "https://ada.example",
    }),
    content_unfollow: one(
      "10.8",
      "An unfollow.",
      "unfollow",
      JSON.stringify({ ...BASE, follows: BASE.capsule }),
      "shown",
    ),
    content_unfollow_no_id: no("10.8", "An unfollow of nobody.", "unfollow", BASE),
  };
}

function json(): Scenarios {
  const text = JSON.stringify(POST);
  const no = (comment: string, text: string): Vector =>
    one("10.1", comment, "post", text, "not shown");
  const nested = (depth: number): string => {
    const inner = "[".repeat(depth - 1) + "]".repeat(depth - 1);
    return text.replace(/}$/, `,"x":${inner}}`);
  };
  return {
    json_depth_8: one("10.1", "Eight levels.", "post", nested(8), "shown"),
    json_depth_9: no("Nine levels.", nested(9)),
    json_twice: no("A name twice.", text.replace("{", '{"text":"Other",')),
    json_twice_escaped: no(
      "A name twice, once with an escape.",
      text.replace("{", '{"te\\u0078t":"Other",'),
    ),
    json_lone_surrogate: no("A lone surrogate.", text.replace("Hello", "\\ud800")),
    json_nul: no("U+0000.", text.replace("Hello", "\\u0000")),
    json_byte_order_mark: no("A byte order mark.", `\ufeff${text}`),
    json_array: no("An array.", `[${text}]`),
    json_cut_off: no("Half of it.", text.slice(0, 60)),
    json_trailing_comma: no("A comma too many.", text.replace(/}$/, ",}")),
    json_spaces: one(
      "10.1",
      "White space is no harm: bytes are hashed, not values.",
      "post",
      `${text} \n`,
      "shown",
    ),
  };
}

function sizes(): Scenarios {
  const one = (comment: string, kind: string, times: number, expect: Vector["expect"]): Vector => ({
    comment,
    spec: "10",
    call: "decodeContent",
    input: { kind, repeat: " ", times },
    expect,
    ...(expect === "ok" ? { output: "not shown" } : {}),
  });
  return {
    content_16_kib: one("A post of 16 KiB (here: of spaces).", "post", 16_384, "ok"),
    content_16_kib_and_1: one("One byte more.", "post", 16_385, "content_too_long"),
    content_512_kib: one("An article of 512 KiB.", "article", 524_288, "ok"),
    content_512_kib_and_1: one("One byte more.", "article", 524_289, "content_too_long"),
    content_unknown_kind_16_kib_and_1: one(
      "The smaller limit.",
      "dance",
      16_385,
      "content_too_long",
    ),
    content_invalid_utf8: {
      comment: "Invalid UTF-8 is refused, of any kind.",
      spec: "10",
      call: "decodeContent",
      input: { kind: "dance", bytes: "ff" },
      expect: "utf8_form",
    },
  };
}

function others(): Scenarios {
  const log = buildLog(1);
  const verify = (comment: string, content: Uint8Array, expect: Vector["expect"]): Vector => ({
    comment,
    spec: "10",
    call: "verifyContent",
    input: {
      content: toHex(content),
      entry: toHex(log.entries[0] as Uint8Array),
      capsuleId: ID,
      index: 0,
    },
    expect,
  });
  const content = log.contents[0] as Uint8Array;
  const sample = post("Post 0", 0);
  return {
    content_fits: verify("The bytes that the entry names.", content, "ok"),
    content_other_bytes: verify(
      "One bit is another.",
      content.map((b, i) => i === 9 ? b ^ 1 : b),
      "content_mismatch",
    ),
    content_cut_off: verify("The last byte is missing.", content.slice(0, -1), "content_mismatch"),
    content_written: {
      comment: "Our own writing: names in the order of the specification.",
      spec: "10.2",
      call: "encodeContent",
      input: { content: { ...sample, tags: [], mood: "dropped" } },
      expect: "ok",
      output: toHex(encodeContent(sample)),
    },
    content_not_written: {
      comment: "What readers would not show is not written.",
      spec: "10.2",
      call: "encodeContent",
      input: { content: { ...sample, language: "?" } },
      expect: "content_form",
    },
  };
}
