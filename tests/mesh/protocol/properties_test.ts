/**
 * Properties: what is encoded decodes to itself, any flipped byte is refused, every proof verifies and
 * every altered one does not. A failing run prints its seed; `CAPSULE_TEST_SEED` repeats it.
 */
import { deepEqual, equal, ok, throws } from "node:assert/strict";
import fc from "fast-check";
import { decodeCapsuleId, encodeCapsuleId } from "../../../mesh/protocol/capsule_id.ts";
import { decodeContent, encodeContent } from "../../../mesh/protocol/content.ts";
import { decodeEntry, encodeEntry, formatTime } from "../../../mesh/protocol/entry.ts";
import { decodeEntryBundle, encodeEntryBundle } from "../../../mesh/protocol/entry_bundle.ts";
import { ProtocolError } from "../../../mesh/protocol/errors.ts";
import { fromHex, toHex } from "../../../mesh/protocol/hex.ts";
import {
  decodeIdentityRecord,
  encodeIdentityRecord,
  verifyHead,
  verifyIdentityChain,
} from "../../../mesh/protocol/identity.ts";
import { INTEGER_MAX } from "../../../mesh/protocol/limits.ts";
import { decodePhrase, encodePhrase } from "../../../mesh/protocol/phrase.ts";
import { encodeProofDocument, verifyProofDocument } from "../../../mesh/protocol/proof_document.ts";
import { countUtf8, parseTime } from "../../../mesh/protocol/text.ts";
import { decodeTilePath, encodeTilePath } from "../../../mesh/protocol/tile_path.ts";
import { inclusionProof } from "../../../mesh/protocol/tree.ts";
import { verifySignature } from "../../vectors/keys.ts";
import { buildLog, chain, checkpoint, ID, post, record, signingKey } from "../../vectors/sample.ts";

const seed = Number(Deno.env.get("CAPSULE_TEST_SEED") ?? Math.floor(Math.random() * 2 ** 31));
const run = <T>(property: fc.IProperty<T>, numRuns = 300): void => {
  fc.assert(property, { seed, numRuns });
};

const bytes = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length });
const integer = fc.integer({ min: 0, max: INTEGER_MAX });
const ms = fc.integer({ min: 0, max: 253_402_300_799_999 });
const log = buildLog(40);

Deno.test(`hex, phrases, ids, times, tile paths and bundles decode to themselves (seed ${seed})`, () => {
  run(fc.property(fc.uint8Array(), (value) => deepEqual(fromHex(toHex(value)), value)));
  run(fc.property(bytes(16), (value) => deepEqual(decodePhrase(encodePhrase(value)), value)), 50);
  run(
    fc.property(fc.integer({ min: 1, max: 1000 }), (n) => {
      const { publicKey } = signingKey(n);
      deepEqual(decodeCapsuleId(encodeCapsuleId(publicKey)), publicKey);
    }),
    50,
  );
  run(fc.property(ms, (value) => equal(parseTime(formatTime(value)), value)));
  const level = fc.oneof(fc.integer({ min: 0, max: 6 }), fc.constant("entries" as const));
  const path = fc.record({ level, n: integer, width: fc.integer({ min: 1, max: 256 }) });
  run(fc.property(path, (value) => deepEqual(decodeTilePath(encodeTilePath(value)), value)));
  const entries = fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: 256 });
  run(
    fc.property(entries, (value) => deepEqual(decodeEntryBundle(encodeEntryBundle(value)), value)),
  );
});

Deno.test(`entries and identity records decode to themselves (seed ${seed})`, () => {
  const entry = fc.record({
    capsuleId: fc.constant(ID),
    index: integer,
    time: ms.map(formatTime),
    kind: fc.stringMatching(/^[a-z]{1,32}$/),
    contentHash: bytes(32),
    contentBytes: integer,
  });
  run(fc.property(entry, (value) => deepEqual(decodeEntry(encodeEntry(value), value), value)));
  const later = fc.record({
    n: fc.integer({ min: 1, max: 62 }),
    previousHash: bytes(32),
    cutSize: fc.integer({ min: 1, max: INTEGER_MAX }),
    cutRoot: bytes(32),
    time: ms.map(formatTime),
  }).map((changes) => record(changes));
  run(fc.property(later, (value) => {
    deepEqual(decodeIdentityRecord(encodeIdentityRecord(value)), value);
  }));
});

Deno.test(`contents decode to themselves, whatever a person types (seed ${seed})`, () => {
  const text = fc.string({ unit: "binary", maxLength: 500 })
    .filter((value) => value.isWellFormed() && !value.includes("\u0000"));
  run(fc.property(text, (value) => {
    const content = { ...post("", 1), text: value };
    deepEqual(decodeContent(encodeContent(content), "post", ID), content);
    equal(countUtf8(value), new TextEncoder().encode(value).length);
  }));
  const unpaired = fc.string({
    unit: fc.integer({ min: 0xd800, max: 0xdfff }).map((code) => String.fromCharCode(code)),
    minLength: 1,
  })
    .filter((value) => !value.isWellFormed());
  run(
    fc.property(unpaired, (value) => {
      throws(() => encodeContent({ ...post("", 1), text: value } as never), ProtocolError);
    }),
    50,
  );
});

Deno.test(`decoding contents never throws but for size and UTF-8 (seed ${seed})`, () => {
  const kinds = fc.constantFrom("post", "article", "revise", "withdraw", "profile", "address", "x");
  const keys = ["capsule", "salt", "text", "revises", "links", "pictures", "tags", "__proto__"];
  const json = fc.object({ key: fc.constantFrom(...keys) }).map((value) => JSON.stringify(value));
  run(
    fc.property(fc.oneof(json, fc.json(), fc.string()), kinds, (text, kind) => {
      const encoded = new TextEncoder().encode(text.toWellFormed());
      if (encoded.length <= 16_384) decodeContent(encoded, kind);
    }),
    1000,
  );
});

Deno.test(`any flipped byte of an entry is refused, or is another entry of another hash (seed ${seed})`, () => {
  const entry = log.entries[7] as Uint8Array;
  const place = { capsuleId: ID, index: 7 };
  const at = fc.integer({ min: 0, max: entry.length - 1 });
  run(
    fc.property(at, fc.integer({ min: 1, max: 255 }), (position, mask) => {
      const altered = entry.slice();
      altered[position] = (altered[position] as number) ^ mask;
      try {
        // Time, kind, hash and length may become others of the same form: then it encodes to those very bytes.
        deepEqual(encodeEntry(decodeEntry(altered, place)), altered);
      } catch (error) {
        ok(error instanceof ProtocolError, String(error));
      }
    }),
    2000,
  );
});

Deno.test(`any flipped byte of a proof document is refused (seed ${seed})`, () => {
  const text = encodeProofDocument({
    identity: chain({ cutSize: 0 }),
    entry: log.entries[7] as Uint8Array,
    content: log.contents[7] as Uint8Array,
    index: 7,
    hashes: inclusionProof(7, log.size, log.readTile),
    checkpoint: checkpoint(log.size, log.root, 1),
  });
  const original = new TextEncoder().encode(text);
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  equal(verifyProofDocument(text, undefined, verifySignature).outcome, "valid");
  const at = fc.integer({ min: 0, max: original.length - 1 });
  run(
    fc.property(at, fc.integer({ min: 1, max: 255 }), (position, mask) => {
      const altered = original.slice();
      altered[position] = (altered[position] as number) ^ mask;
      let flipped: string;
      try {
        flipped = decoder.decode(altered);
      } catch {
        return; // Not even text.
      }
      // White space may become other white space; apart from that the JSON must be the same to be valid.
      const result = verifyProofDocument(flipped, undefined, verifySignature);
      if (result.outcome !== "invalid") deepEqual(JSON.parse(flipped), JSON.parse(text));
    }),
    1000,
  );
});

Deno.test(`any flipped byte of a checkpoint or identity record is refused (seed ${seed})`, () => {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const identity = verifyIdentityChain(chain(), verifySignature);
  const notes: [string, (note: string) => unknown][] = [
    [checkpoint(log.size, log.root), (note) => verifyHead(identity, note, verifySignature)],
    [chain()[0] as string, (note) => verifyIdentityChain([note], verifySignature)],
  ];
  for (const [note, verify] of notes) {
    verify(note);
    const original = new TextEncoder().encode(note);
    for (let at = 0; at < original.length; at++) {
      for (const mask of [1, 2, 4, 8, 16, 32, 64, 128]) {
        const altered = original.slice();
        altered[at] = (altered[at] as number) ^ mask;
        throws(
          () => verify(decodeStrict(decoder, altered)),
          ProtocolError,
          `byte ${at}, mask ${mask}`,
        );
      }
    }
  }
});

/** Bytes that are no text are refused as the protocol refuses them. */
function decodeStrict(decoder: TextDecoder, bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new ProtocolError("utf8_form", "Cannot decode text: invalid UTF-8");
  }
}
