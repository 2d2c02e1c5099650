// deno-lint-ignore-file camelcase -- a scenario is named as its file
/** Scenarios of docs/protocol.md §4 and §5.1 to §5.3: spellings, phrase, id, keys. */
import { bech32, bech32m } from "@scure/base";
import { toHex } from "../../../mesh/protocol/hex.ts";
import { encodePhrase } from "../../../mesh/protocol/phrase.ts";
import { ENTROPY, ID, RECOVERY } from "../sample.ts";
import type { Scenarios, Vector } from "../vector.ts";
import { deriveRecoverySeed } from "../../../mesh/protocol/phrase.ts";

type Expect = Vector["expect"];

/** All of them. */
export function textScenarios(): Scenarios {
  return { ...spellings(), ...addresses(), ...phrases(), ...ids(), ...keys() };
}

function spellings(): Scenarios {
  const one = (call: string, comment: string, text: string, expect: Expect, output?: unknown) => ({
    comment,
    spec: "4",
    call,
    input: { text },
    expect,
    ...(output === undefined ? {} : { output }),
  });
  return {
    hex_lower: one("fromHex", "Lower case is the one spelling.", "00ff10", "ok", "00ff10"),
    hex_upper: one("fromHex", "Upper case is refused.", "00FF10", "hex_form"),
    hex_odd: one("fromHex", "Half a byte is refused.", "00f", "hex_form"),
    integer_zero: one("decodeInteger", "Zero is one digit.", "0", "ok", 0),
    integer_largest: one("decodeInteger", "15 digits.", "999999999999999", "ok", 999999999999999),
    integer_too_large: one("decodeInteger", "16 digits.", "1000000000000000", "integer_form"),
    integer_leading_zero: one("decodeInteger", "A leading zero.", "07", "integer_form"),
    integer_negative: one("decodeInteger", "A sign.", "-1", "integer_form"),
    integer_plus: one("decodeInteger", "A plus sign.", "+1", "integer_form"),
    integer_exponent: one("decodeInteger", "An exponent.", "1e3", "integer_form"),
    integer_empty: one("decodeInteger", "Nothing.", "", "integer_form"),
    time_ok: one("parseTime", "A time.", "2026-01-01T12:00:00.000Z", "ok", 1767268800000),
    time_leap_day: one(
      "parseTime",
      "29 February 2024.",
      "2024-02-29T00:00:00.000Z",
      "ok",
      1709164800000,
    ),
    time_no_such_day: one(
      "parseTime",
      "29 February 2025.",
      "2025-02-29T00:00:00.000Z",
      "time_form",
    ),
    time_24_hours: one("parseTime", "Hour 24.", "2026-01-01T24:00:00.000Z", "time_form"),
    time_leap_second: one("parseTime", "Second 60.", "2016-12-31T23:59:60.000Z", "time_form"),
    time_no_milliseconds: one("parseTime", "No milliseconds.", "2026-01-01T12:00:00Z", "time_form"),
    time_offset: one("parseTime", "An offset.", "2026-01-01T12:00:00.000+00:00", "time_form"),
    time_lower_case: one("parseTime", "Lower case.", "2026-01-01t12:00:00.000z", "time_form"),
    time_long_year: one(
      "parseTime",
      "A year of six digits.",
      "+012026-01-01T12:00:00.000Z",
      "time_form",
    ),
    utf8_overlong: {
      comment: "An overlong form of `/`.",
      spec: "4",
      call: "decodeUtf8",
      input: { bytes: "c0af" },
      expect: "utf8_form",
    },
    utf8_surrogate: {
      comment: "A surrogate in three bytes.",
      spec: "4",
      call: "decodeUtf8",
      input: { bytes: "eda080" },
      expect: "utf8_form",
    },
  };
}

function addresses(): Scenarios {
  const good = [
    "https://ada.example",
    "https://ada.example:8443",
    "http://127.0.0.1:8100",
    "https://xn--bcher-kva.example",
    "https://[2001:db8::1]",
    "http://localhost:8000",
  ];
  const bad: Record<string, string> = {
    upper_case: "https://Ada.example",
    slash: "https://ada.example/",
    default_port: "https://ada.example:443",
    port_zero: "https://ada.example:080",
    port_too_large: "https://ada.example:65536",
    other_scheme: "ftp://ada.example",
    user: "https://ada@ada.example",
    unicode: "https://bücher.example",
    short_ipv4: "https://127.1",
    hex_ipv4: "https://0x7f000001",
    long_ipv6: "https://[2001:db8:0:0:0:0:0:1]",
    final_dot: "https://ada.example.",
  };
  const scenarios: Scenarios = {};
  good.forEach((text, i) => {
    const output = text;
    const comment = `${text} is an address.`;
    scenarios[`address_ok_${i + 1}`] = {
      comment,
      spec: "4",
      call: "checkAddress",
      input: { text },
      expect: "ok",
      output,
    };
  });
  for (const [name, text] of Object.entries(bad)) {
    const comment = `Not the one spelling of an origin: ${text}`;
    scenarios[`address_${name}`] = {
      comment,
      spec: "4",
      call: "checkAddress",
      input: { text },
      expect: "address_form",
    };
  }
  return scenarios;
}

function phrases(): Scenarios {
  const phrase = encodePhrase(ENTROPY);
  const words = phrase.split(" ");
  const output = {
    entropy: toHex(ENTROPY),
    seed: toHex(deriveRecoverySeed(ENTROPY)),
    publicKey: toHex(RECOVERY.publicKey),
  };
  const one = (comment: string, phrase: string, expect: Expect): Vector => ({
    comment,
    spec: "5.1",
    call: "recoverKey",
    input: { phrase },
    expect,
    ...(expect === "ok" ? { output } : {}),
  });
  const swapped = [words[1], words[0], ...words.slice(2)].join(" ");
  return {
    phrase_ok: one("From the phrase to entropy, seed and key.", phrase, "ok"),
    phrase_written_otherwise: one(
      "Letter case and white space do not matter.",
      `  ${phrase.toUpperCase().replaceAll(" ", " \n\t")} `,
      "ok",
    ),
    phrase_11_words: one("A word is missing.", words.slice(1).join(" "), "phrase_words"),
    phrase_24_words: one("Twice as many words.", `${phrase} ${phrase}`, "phrase_words"),
    phrase_unknown_word: one(
      "A word not listed.",
      phrase.replace(/^\S+/, "capsule"),
      "phrase_words",
    ),
    phrase_swapped: one("Two words have changed places.", swapped, "phrase_checksum"),
  };
}

function ids(): Scenarios {
  const words = bech32m.toWords(RECOVERY.publicKey);
  const one = (comment: string, id: string, expect: Expect): Vector => ({
    comment,
    spec: "5.2",
    call: "decodeCapsuleId",
    input: { id },
    expect,
    ...(expect === "ok" ? { output: toHex(RECOVERY.publicKey) } : {}),
  });
  const lastWord = words[words.length - 1] as number;
  const padded = bech32m.encode("cap", [...words.slice(0, -1), lastWord ^ 1]);
  const identityPoint = Uint8Array.from({ length: 32 }, (_, i) => i === 0 ? 1 : 0);
  return {
    capsule_id_ok: one("An id names its recovery key.", ID, "ok"),
    capsule_id_upper_case: one("All upper case.", ID.toUpperCase(), "capsule_id_form"),
    capsule_id_mixed_case: one(
      "Mixed case.",
      ID.replace(/[a-z](?=[^a-z]*$)/, (c) => c.toUpperCase()),
      "capsule_id_form",
    ),
    capsule_id_bech32: one("bech32, not bech32m.", bech32.encode("cap", words), "capsule_id_form"),
    capsule_id_other_prefix: one(
      "Another prefix.",
      bech32m.encode("npub", words),
      "capsule_id_form",
    ),
    capsule_id_checksum: one(
      "The checksum does not fit.",
      ID.replace(/..$/, "qq"),
      "capsule_id_form",
    ),
    capsule_id_padding: one("A padding bit is set.", padded, "capsule_id_form"),
    capsule_id_short: one(
      "31 bytes.",
      bech32m.encode("cap", bech32m.toWords(RECOVERY.publicKey.slice(1))),
      "capsule_id_form",
    ),
    capsule_id_small_order: one(
      "The key is the identity point.",
      bech32m.encode("cap", bech32m.toWords(identityPoint)),
      "key_refused",
    ),
  };
}

function keys(): Scenarios {
  const rest = "ff".repeat(30);
  const bad: Record<string, string> = {
    order_1: "01" + "00".repeat(31),
    order_1_sign: "01" + "00".repeat(30) + "80",
    order_2: "ec" + rest + "7f",
    order_2_sign: "ec" + rest + "ff",
    order_4: "00".repeat(32),
    order_4_sign: "00".repeat(31) + "80",
    order_8: "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    order_8_sign: "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    order_8_other: "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    order_8_other_sign: "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    y_is_p: "ed" + rest + "7f",
    y_is_p_plus_1: "ee" + rest + "7f",
    y_is_largest: "ff" + rest + "ff",
    31: "ab".repeat(31),
  };
  const scenarios: Scenarios = {
    key_ok: {
      comment: "An ordinary key.",
      spec: "5.3",
      call: "checkPublicKey",
      input: { key: toHex(RECOVERY.publicKey) },
      expect: "ok",
      output: toHex(RECOVERY.publicKey),
    },
  };
  for (const [name, key] of Object.entries(bad)) {
    scenarios[`key_${name === "31" ? "31_bytes" : name}`] = {
      comment: "A key that nobody may use.",
      spec: "5.3",
      call: "checkPublicKey",
      input: { key },
      expect: "key_refused",
    };
  }
  return scenarios;
}
