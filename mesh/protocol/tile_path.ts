/** Paths of hash tiles and entry bundles, c2sp.org/tlog-tiles (docs/protocol.md §8.2). */
import { ProtocolError } from "./errors.ts";
import { INTEGER_MAX, TILE_PATH_CHARACTERS_MAX, TILE_WIDTH } from "./limits.ts";

/** Which tile a path names. */
export type TilePath = Readonly<{
  /** Level of a hash tile, 0 to 6, or `entries` for an entry bundle. */
  level: number | "entries";
  /** Number within the level, from 0. */
  n: number;
  /** Hashes or entries in it, 1 to 256; 256 is a full tile. */
  width: number;
}>;

/** Level 6 holds subtrees of 256^6 entries; 10^15 entries need no more. */
const LEVEL_MAX = 6;
const PATH =
  /^tile\/(0|[1-9][0-9]?|entries)\/((?:x[0-9]{3}\/){0,4}[0-9]{3})(?:\.p\/([1-9][0-9]{0,2}))?$/;

/** Encodes a path such as `tile/0/x001/x234/067.p/8`. Throws `ProtocolError` `tile_path`. */
export function encodeTilePath({ level, n, width }: TilePath): string {
  checkTile(level, n, width);
  const digits = String(n);
  const groups: string[] = [];
  const padded = digits.padStart(Math.ceil(digits.length / 3) * 3, "0");
  for (let i = 0; i < padded.length; i += 3) groups.push(padded.slice(i, i + 3));
  const path = groups.map((group, i) => i < groups.length - 1 ? `x${group}` : group).join("/");
  return `tile/${level}/${path}${width === TILE_WIDTH ? "" : `.p/${width}`}`;
}

/** Decodes a path, refusing every second spelling. Throws `ProtocolError` `tile_path`. */
export function decodeTilePath(path: string): TilePath {
  const parts = path.length <= TILE_PATH_CHARACTERS_MAX ? PATH.exec(path) : null;
  if (parts === null) {
    throw new ProtocolError("tile_path", `Cannot decode tile path: ${path.slice(0, 80)}`);
  }
  const tile: TilePath = {
    level: parts[1] === "entries" ? "entries" : Number(parts[1]),
    n: Number((parts[2] as string).replaceAll(/[x/]/g, "")),
    width: parts[3] === undefined ? TILE_WIDTH : Number(parts[3]),
  };
  if (encodeTilePath(tile) !== path) {
    throw new ProtocolError("tile_path", `Cannot decode tile path: second spelling: ${path}`);
  }
  return tile;
}

function checkTile(level: number | "entries", n: number, width: number): void {
  const isLevel = level === "entries" ||
    (Number.isInteger(level) && level >= 0 && level <= LEVEL_MAX);
  const isNumber = Number.isInteger(n) && n >= 0 && n <= INTEGER_MAX;
  const isWidth = Number.isInteger(width) && width >= 1 && width <= TILE_WIDTH;
  if (!isLevel || !isNumber || !isWidth) {
    throw new ProtocolError("tile_path", `Cannot name tile: ${level}/${n} of ${width}`);
  }
}
