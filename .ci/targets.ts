/** The kinds of machines that the program is made for, and how a program's first bytes tell which it is for. @module */

/** As the compiler calls them. */
export const TARGETS: readonly string[] = [
  "x86_64-unknown-linux-gnu",
  "aarch64-unknown-linux-gnu",
  "x86_64-apple-darwin",
  "aarch64-apple-darwin",
  "x86_64-pc-windows-msvc",
];

/** The target of a program, from its first 4 KiB; undefined for any other file. */
export function findTarget(head: Uint8Array): string | undefined {
  if (head.length < 64) return undefined;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const magic = view.getUint32(0);
  if (magic === 0x7f454c46) {
    const machine = view.getUint16(18, true);
    if (machine === 62) return "x86_64-unknown-linux-gnu";
    return machine === 183 ? "aarch64-unknown-linux-gnu" : undefined;
  }
  if (magic === 0xcffaedfe) {
    const cpu = view.getUint32(4, true);
    if (cpu === 0x01000007) return "x86_64-apple-darwin";
    return cpu === 0x0100000c ? "aarch64-apple-darwin" : undefined;
  }
  const portable = view.getUint32(0x3c, true);
  const isWindows = view.getUint16(0) === 0x4d5a && portable + 6 <= head.length &&
    view.getUint32(portable) === 0x50450000;
  return isWindows && view.getUint16(portable + 4, true) === 0x8664
    ? "x86_64-pc-windows-msvc"
    : undefined;
}
