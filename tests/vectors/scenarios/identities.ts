/** Scenarios of docs/protocol.md §5.4 to §5.6 and §6: records, chains, notes. */
import { fromHex, toHex } from "../../../mesh/protocol/hex.ts";
import {
  encodeIdentityRecord,
  hashIdentityRecord,
  type IdentityRecord,
  signIdentityRecord,
} from "../../../mesh/protocol/identity.ts";
import { decodeNote, noteKeyId, signNote } from "../../../mesh/protocol/note.ts";
import {
  buildLog,
  chain,
  ID,
  minute,
  OTHER_ID,
  OTHER_RECOVERY,
  record,
  RECOVERY,
  signingKey,
} from "../sample.ts";
import type { Scenarios, Vector } from "../vector.ts";

type Expect = Vector["expect"];

/** All of them. */
export function identityScenarios(): Scenarios {
  return { ...notes(), ...records(), ...recordRules(), ...chains(), ...comparisons() };
}

/** A note of this many bytes; its dash is two bytes longer than one character. */
function longNote(bytes: number): string {
  const sign = (): Uint8Array => new Uint8Array(64);
  const of = (text: string): string =>
    signNote({ text: `${text}\n`, name: "sample", publicKey: RECOVERY.publicKey, sign });
  return of("a".repeat(bytes - of("a").length - 2 + 1));
}

/** No point of the curve has this y: libraries refuse the key, each in its own way. */
function offCurveNote(): Vector {
  const publicKey = fromHex(`02${"00".repeat(31)}`);
  const sign = (): Uint8Array => new Uint8Array(64);
  return {
    comment: "A key that is no point of the curve fits nothing.",
    spec: "6",
    call: "verifyNote",
    input: {
      note: signNote({ text: "A text.\n", name: "sample", publicKey, sign }),
      name: "sample",
      key: toHex(publicKey),
    },
    expect: "note_signature",
  };
}

function notes(): Scenarios {
  const name = "sample";
  const { publicKey, sign } = RECOVERY;
  const key = toHex(publicKey);
  const text = "A text.\n\nWith two paragraphs.\n";
  const note = signNote({ text, name, publicKey, sign });
  const foreign = signNote({ text, name: "other", publicKey, sign: () => new Uint8Array(64) });
  const foreignLine = foreign.slice(text.length + 1);
  const ourLine = note.slice(text.length + 1);
  const one = (comment: string, note: string, expect: Expect): Vector => ({
    comment,
    spec: "6",
    call: "verifyNote",
    input: { note, name, key },
    expect,
    ...(expect === "ok" ? { output: text } : {}),
  });
  const count = (comment: string, note: string, expect: Expect, output?: number): Vector => ({
    comment,
    spec: "6",
    call: "decodeNote",
    input: { note },
    expect,
    ...(output === undefined ? {} : { output }),
  });
  return {
    note_key_id: {
      comment: "Four bytes of SHA-256(name, LF, 0x01, key).",
      spec: "6",
      call: "noteKeyId",
      input: { name, key },
      expect: "ok",
      output: toHex(noteKeyId(name, publicKey)),
    },
    note_ok: one("Text, blank line, signature.", note, "ok"),
    note_foreign_line: one("Lines of unknown keys are ignored.", note + foreignLine, "ok"),
    note_16_signatures: count("16 signature lines.", note + foreignLine.repeat(15), "ok", 16),
    note_17_signatures: count("One more.", note + foreignLine.repeat(16), "note_too_long"),
    note_16_kib: count("Exactly 16 KiB.", longNote(16_384), "ok", 1),
    note_16_kib_and_1: count("One byte more.", longNote(16_384) + "\n", "note_too_long"),
    note_only_foreign: one("Nobody known signed.", foreign, "note_signature"),
    note_twice: one("The key's line is there twice.", note + ourLine, "note_signature"),
    note_other_text: one("Another text.", note.replace("A text", "B text"), "note_signature"),
    note_key_off_curve: offCurveNote(),
    note_short_signature: one(
      "A signature of 63 bytes.",
      signNote({ text, name, publicKey, sign: (m) => sign(m).slice(1) }),
      "note_signature",
    ),
    note_no_final_newline: one("No final newline.", note.slice(0, -1), "note_form"),
    note_crlf: one("CRLF.", note.replaceAll("\n", "\r\n"), "note_form"),
    note_no_blank_line: one("No blank line.", note.replaceAll("\n\n", "\n"), "note_form"),
    note_hyphen: one("A hyphen for the dash.", note.replace("—", "-"), "note_form"),
    note_no_padding: one("base64 without padding.", note.replace(/=+\n$/, "\n"), "note_form"),
    note_base64_bits: one(
      "base64 whose unused bits are not zero.",
      note.replace(/(.)=\n$/, (_, c: string) => `${String.fromCharCode(c.charCodeAt(0) + 1)}=\n`),
      "note_form",
    ),
    note_control: one("A tab in the text.", note.replace("A text", "A\ttext"), "note_form"),
    note_lone_surrogate: one("A lone surrogate.", note.replace("A text", "\ud800"), "utf8_form"),
  };
}

const RECORD = encodeIdentityRecord(record());
const HASH = "ab".repeat(32);

function decodeRecord(comment: string, text: string, expect: Expect): Vector {
  return {
    comment,
    spec: "5.4",
    call: "decodeIdentityRecord",
    input: { text },
    expect,
    ...(expect === "ok" ? { output: toHex(hashIdentityRecord(text)) } : {}),
  };
}

/** Record 0 with other lines. */
function withLines(changes: Record<number, string>): string {
  return RECORD.split("\n").map((line, i) => changes[i] ?? line).join("\n");
}

function records(): Scenarios {
  const line = (i: number, value: string): string => withLines({ [i]: value });
  const later = (n: string, key: string): string => withLines({ 2: n, 3: HASH, 4: key });
  return {
    identity_record_ok: decodeRecord("Record 0 and its hash.", RECORD, "ok"),
    identity_record_no_address: decodeRecord("No address.", line(5, "-"), "ok"),
    identity_record_63_closing: decodeRecord("Record 63 closes.", later("63", "-"), "ok"),
    identity_record_63_key: decodeRecord(
      "Record 63 may only close.",
      later("63", HASH),
      "identity_too_long",
    ),
    identity_record_64: decodeRecord(
      "There is no record 64.",
      later("64", "-"),
      "identity_too_long",
    ),
    identity_record_version: decodeRecord(
      "Another version.",
      line(0, "capsule identity 2"),
      "identity_form",
    ),
    identity_record_crlf: decodeRecord("CRLF.", RECORD.replaceAll("\n", "\r\n"), "identity_form"),
    identity_record_no_final_newline: decodeRecord(
      "No final newline.",
      RECORD.slice(0, -1),
      "identity_form",
    ),
    identity_record_extra_line: decodeRecord("A tenth line.", `${RECORD}more\n`, "identity_form"),
    identity_record_empty_line: decodeRecord("An empty line.", line(5, ""), "address_form"),
    identity_record_id: decodeRecord(
      "The id in upper case.",
      line(1, ID.toUpperCase()),
      "capsule_id_form",
    ),
  };
}

function recordRules(): Scenarios {
  const line = (i: number, value: string): string => withLines({ [i]: value });
  return {
    identity_record_0_previous: decodeRecord(
      "Record 0 follows nothing.",
      line(3, HASH),
      "identity_form",
    ),
    identity_record_1_no_previous: decodeRecord(
      "Record 1 follows one.",
      line(2, "1"),
      "identity_form",
    ),
    identity_record_0_closing: decodeRecord("Record 0 names a key.", line(4, "-"), "identity_form"),
    identity_record_0_cut: decodeRecord(
      "Record 0 has cut 0.",
      line(6, "1"),
      "identity_form",
    ),
    identity_record_empty_cut_root: decodeRecord(
      "Cut 0 has the root of the empty tree.",
      line(7, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
      "checkpoint_form",
    ),
    identity_record_hex_root: decodeRecord("The root in hex.", line(7, HASH), "identity_form"),
    identity_record_own_key: decodeRecord(
      "The signing key is the recovery key.",
      line(4, toHex(RECOVERY.publicKey)),
      "identity_key",
    ),
    identity_record_small_order: decodeRecord(
      "The signing key has small order.",
      line(4, "01" + "00".repeat(31)),
      "key_refused",
    ),
    identity_record_upper_key: decodeRecord(
      "The signing key in upper case.",
      line(4, toHex(signingKey(0).publicKey).toUpperCase()),
      "hex_form",
    ),
    identity_record_time: decodeRecord(
      "A time without milliseconds.",
      line(8, "2026-01-01T12:00:00Z"),
      "time_form",
    ),
  };
}

function chains(): Scenarios {
  const one = (comment: string, notes: string[], expect: Expect, output?: unknown): Vector => ({
    comment,
    spec: "5.5",
    call: "verifyIdentityChain",
    input: { notes },
    expect,
    ...(output === undefined ? {} : { output }),
  });
  const ok = (comment: string, notes: string[]): Vector => {
    const newest = decodeNote(notes[notes.length - 1] as string).text;
    const output = { n: notes.length - 1, hash: toHex(hashIdentityRecord(newest)) };
    return one(comment, notes, "ok", output);
  };
  const log = buildLog(3);
  const cut = { cutSize: log.size, cutRoot: log.root };
  const previousHash = hashIdentityRecord(decodeNote(chain()[0] as string).text);
  const signed = (changes: Partial<IdentityRecord>): string =>
    signIdentityRecord(record({ n: 1, previousHash, ...changes }), RECOVERY.sign);
  const full = chain(...Array.from({ length: 62 }, () => ({})), { signingKey: null });
  const stranger = signIdentityRecord(
    record({ capsuleId: OTHER_ID, n: 1, previousHash, signingKey: signingKey(1).publicKey }),
    OTHER_RECOVERY.sign,
  );
  const forged = signNote({
    text: encodeIdentityRecord(record()),
    name: ID,
    publicKey: RECOVERY.publicKey,
    sign: OTHER_RECOVERY.sign,
  });
  return {
    identity_ok_1: ok("Record 0 alone.", chain()),
    identity_ok_recovery: ok("A recovery with a cut.", chain(cut)),
    identity_ok_closing: ok("A closing.", chain(cut, { signingKey: null, ...cut })),
    identity_ok_64: ok("64 records, the last one closing.", full),
    identity_empty: one("No record.", [], "identity_too_long"),
    identity_65: one("65 notes.", [...full, full[63] as string], "identity_too_long"),
    identity_from_1: one("Record 0 is missing.", chain({}).slice(1), "identity_chain"),
    identity_gap: one(
      "Record 1 is missing.",
      [chain()[0] as string, chain({}, {})[2] as string],
      "identity_chain",
    ),
    identity_wrong_hash: one(
      "Record 1 names another record 0.",
      [
        chain()[0] as string,
        signed({ previousHash: new Uint8Array(32), signingKey: signingKey(1).publicKey }),
      ],
      "identity_chain",
    ),
    identity_same_key: one("Record 1 names the key of record 0.", [
      chain()[0] as string,
      signed({}),
    ], "identity_key"),
    identity_after_closing: one(
      "A record after the closing.",
      chain({ signingKey: null }, {}),
      "identity_closed",
    ),
    identity_other_capsule: one(
      "Record 1 is another capsule's.",
      [chain()[0] as string, stranger],
      "identity_chain",
    ),
    identity_forged: one("Signed by another key.", [forged], "note_signature"),
  };
}

function comparisons(): Scenarios {
  const one = (comment: string, held: string[], offered: string[], output: string): Vector => ({
    comment,
    spec: "5.6",
    call: "compareIdentities",
    input: { held, offered },
    expect: "ok",
    output,
  });
  const log = buildLog(3);
  const cut = { cutSize: log.size, cutRoot: log.root };
  const closing = { signingKey: null };
  const late = { time: minute(99) };
  const longer = chain({}, {});
  const beside = chain({ signingKey: signingKey(9).publicKey });
  const early = chain({ ...closing });
  const otherEarly = chain({ ...closing, ...late });
  const hashOf = (notes: string[]): string =>
    toHex(hashIdentityRecord(decodeNote(notes[notes.length - 1] as string).text));
  const smaller = hashOf(early) < hashOf(otherEarly) ? "held" : "offered";
  return {
    compare_same: one("The same chain.", chain({}), chain({}), "same"),
    compare_longer: one("The longer one wins.", chain(), chain({}), "offered"),
    compare_shorter: one("The shorter one does not.", chain({}), chain(), "held"),
    compare_longer_beside: one("Also over one that differs below.", beside, longer, "offered"),
    compare_clash: one("Equal length: the first seen is kept.", chain({}), beside, "clash"),
    compare_closing_below: one("A closing wins over a longer chain.", longer, early, "offered"),
    compare_closing_held: one("And stays.", early, longer, "held"),
    compare_closings_cut: one(
      "Of two closings the larger cut.",
      early,
      chain({ ...closing, ...cut }),
      "offered",
    ),
    compare_closings_hash: one("Then the smaller hash.", early, otherEarly, smaller),
  };
}
