import { equal, match, notEqual } from "node:assert/strict";
import { makeProofDocument } from "../../mesh/proofs.ts";
import { verifyProofDocument } from "../../mesh/protocol/proof_document.ts";
import { publishBatch, publishWithdrawal } from "../../mesh/publish.ts";
import { makeSign, verifySignature } from "../../mesh/verify_signature.ts";
import { derivePublicKey } from "../../storage/keys.ts";
import { openTestCapsule } from "../support/capsule.ts";

Deno.test("makeProofDocument proves any entry of a log off-line", () => {
  using capsule = openTestCapsule();
  const items = Array.from({ length: 700 }, (_, n) => ({ kind: "post" as const, text: `p${n}` }));
  publishBatch(capsule, items);
  for (const index of [0, 1, 255, 256, 257, 511, 700]) {
    const document = makeProofDocument(capsule.db, capsule.log, index) ?? "";
    const outcome = verifyProofDocument(document, undefined, verifySignature);
    equal(outcome.outcome, "valid");
    const altered = document.replace("capsule entry 1", "capsule entry 2");
    notEqual(verifyProofDocument(altered, undefined, verifySignature).outcome, "valid");
  }
});

Deno.test("makeProofDocument says what is withdrawn and what is not there", () => {
  using capsule = openTestCapsule();
  const { index } = capsule.post({});
  publishWithdrawal(capsule, index);
  equal(makeProofDocument(capsule.db, capsule.log, index), "withdrawn");
  equal(makeProofDocument(capsule.db, capsule.log, 9), undefined);
  equal(makeProofDocument(capsule.db, 9, 0), undefined);
  match(makeProofDocument(capsule.db, capsule.log, 0) ?? "", /"capsule":1/);
});

Deno.test("RFC 8032 section 7.1: keys, signatures and their altered forms", () => {
  const vectors = [
    [
      "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
      "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
      "",
      "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ],
    [
      "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
      "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
      "72",
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ],
  ] as const;
  for (const [seed, key, message, signature] of vectors) {
    const [seedBytes, keyBytes, text, bytes] = [seed, key, message, signature].map((hex) =>
      Uint8Array.fromHex(hex)
    ) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
    equal(derivePublicKey(seedBytes).toHex(), key);
    equal(makeSign(seedBytes)(text).toHex(), signature);
    equal(verifySignature(keyBytes, text, bytes), true);
    for (const position of [0, 31, 32, 63]) {
      const altered = bytes.slice();
      altered[position] = (altered[position] ?? 0) ^ 1;
      equal(verifySignature(keyBytes, text, altered), false);
    }
    equal(verifySignature(keyBytes, text, bytes.subarray(1)), false);
    equal(verifySignature(keyBytes.subarray(1), text, bytes), false);
    equal(verifySignature(keyBytes, Uint8Array.of(...text, 0), bytes), false);
  }
});

Deno.test("a key that is no point of the curve verifies nothing and stops nothing", () => {
  const offCurve = Uint8Array.fromHex(`02${"00".repeat(31)}`);
  equal(verifySignature(offCurve, new Uint8Array(1), new Uint8Array(64)), false);
});
