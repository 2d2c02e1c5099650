/** Entry bundles of c2sp.org/tlog-tiles: entries, each after its length (docs/protocol.md §8.2). */
import { ProtocolError } from "./errors.ts";
import { ENTRY_BYTES_MAX, TILE_WIDTH } from "./limits.ts";

/** Encodes 1 to 256 entries, each after its length in two bytes, big-endian. Throws `bundle_form`. */
export function encodeEntryBundle(entries: readonly Uint8Array[]): Uint8Array {
  if (
    entries.length === 0 || entries.length > TILE_WIDTH ||
    entries.some((entry) => entry.length > ENTRY_BYTES_MAX)
  ) {
    throw new ProtocolError("bundle_form", `Cannot encode bundle: ${entries.length} entries`);
  }
  const total = entries.reduce((sum, entry) => sum + 2 + entry.length, 0);
  const bundle = new Uint8Array(total);
  let at = 0;
  for (const entry of entries) {
    bundle[at] = entry.length >> 8;
    bundle[at + 1] = entry.length & 255;
    bundle.set(entry, at + 2);
    at += 2 + entry.length;
  }
  return bundle;
}

/** Takes a bundle apart into views of its bytes. Throws `ProtocolError` `bundle_form`. */
export function decodeEntryBundle(bundle: Uint8Array): Uint8Array[] {
  const entries: Uint8Array[] = [];
  let at = 0;
  while (at < bundle.length && entries.length < TILE_WIDTH) {
    const length = (bundle[at] as number) * 256 + (bundle[at + 1] ?? 0);
    const end = at + 2 + length;
    if (length > ENTRY_BYTES_MAX || end > bundle.length) break;
    entries.push(bundle.subarray(at + 2, end));
    at = end;
  }
  if (entries.length === 0 || at !== bundle.length) {
    throw new ProtocolError("bundle_form", `Cannot decode bundle: stopped at byte ${at}`);
  }
  return entries;
}
