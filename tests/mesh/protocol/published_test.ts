/** Vectors that others published: RFC 8032 section 7.1 and BIP-39. */
import { equal } from "node:assert/strict";
import { Buffer } from "node:buffer";
import { verifySignature as serverVerify } from "../../../mesh/verify_signature.ts";
import { fromHex, toHex } from "../../../mesh/protocol/hex.ts";
import { decodePhrase, encodePhrase } from "../../../mesh/protocol/phrase.ts";
import { checkPublicKey } from "../../../mesh/protocol/public_key.ts";
import { keyFromSeed } from "../../vectors/keys.ts";

/** Seed, public key, message, signature of tests 1, 2, 3 and SHA(abc). */
const RFC_8032 = [
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
  [
    "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
    "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
    "af82",
    "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
  ],
  [
    "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
    "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
    "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
    "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704",
  ],
] as const;

/** Entropy and phrase, the 128-bit vectors of BIP-39's reference implementation. */
const BIP_39 = [
  [
    "00000000000000000000000000000000",
    "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about",
  ],
  [
    "7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f",
    "legal winner thank year wave sausage worth useful legal winner thank yellow",
  ],
  [
    "80808080808080808080808080808080",
    "letter advice cage absurd amount doctor acoustic avoid letter advice cage above",
  ],
  ["ffffffffffffffffffffffffffffffff", "zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo wrong"],
  [
    "9e885d952ad362caeb4efe34a8e91bd2",
    "ozone drill grab fiber curtain grace pudding thank cruise elder eight picnic",
  ],
  [
    "c0ba5a8e914111210f2bd131f3d5e08d",
    "scheme spot photo card baby mountain device kick cradle pact join borrow",
  ],
  [
    "23db8160a31d3e0dca3688ed941adbf3",
    "cat swing flag economy stadium alone churn speed unique patch report train",
  ],
  [
    "f30f8c1da665478f49b001d94c5fc452",
    "vessel ladder alter error federal sibling chat ability sun glass valve picture",
  ],
] as const;

Deno.test("RFC 8032: keys, signatures and the server's verification", () => {
  for (const [seed, publicKey, message, signature] of RFC_8032) {
    const key = keyFromSeed(fromHex(seed));
    equal(toHex(key.publicKey), publicKey);
    equal(toHex(checkPublicKey(key.publicKey)), publicKey);
    equal(toHex(key.sign(fromHex(message))), signature);
    equal(serverVerify(key.publicKey, fromHex(message), fromHex(signature)), true);
    const altered = Buffer.from(signature, "hex");
    altered[5] = (altered[5] as number) ^ 4;
    equal(serverVerify(key.publicKey, fromHex(message), new Uint8Array(altered)), false);
  }
});

Deno.test("RFC 8032: a signature whose S is not below L is refused", () => {
  const [, publicKey, message, signature] = RFC_8032[1];
  const order = 2n ** 252n + 27742317777372353535851937790883648493n;
  const s = fromHex(signature.slice(64)).reduceRight((sum, byte) => sum * 256n + BigInt(byte), 0n);
  const larger = (s + order).toString(16).padStart(64, "0").match(/../g) as string[];
  const other = fromHex(signature.slice(0, 64) + larger.reverse().join(""));
  equal(serverVerify(fromHex(publicKey), fromHex(message), other), false);
});

Deno.test("BIP-39: entropy and phrase", () => {
  for (const [entropy, phrase] of BIP_39) {
    equal(encodePhrase(fromHex(entropy)), phrase);
    equal(toHex(decodePhrase(phrase)), entropy);
  }
});
