/** Where the articles of an archive were, and where they are now: files, old paths, and the old site's addresses. @module */

import { makeSlug } from "../../content/slug.ts";
import type { Database } from "../../storage/database.ts";
import { findSurveyedName, insertSurveyedName } from "../../storage/surveys.ts";

/** Addresses that must agree before a site is taken for the archive's own. */
const EVIDENCE_MIN = 2;
/** Addresses that are kept until every article is known. */
const HOSTS_MAX = 1_000;
const PATHS_MAX = 100;
const ADDRESS = /(https?:\/\/[^\s/()<>"'\]]+)(\/[^\s()<>"'\]#?]+)/gi;
const ABSOLUTE = /^(?:[a-z][a-z0-9+.-]*:|\/\/|@\/|#)/i;

/** Decides what the links of an archive's files become. */
export class ArchiveLinks {
  readonly #survey: Database;
  readonly #hosts = new Map<string, Set<string>>();
  #base: string | undefined;

  /** `base` is the address of the old site, where the person said it. What is known stands in the survey. */
  constructor(survey: Database, base: string | undefined) {
    this.#survey = survey;
    this.#base = base?.replace(/\/+$/, "");
  }

  /** Origin and path of the old site, without a slash at its end; `undefined` when not known. */
  get base(): string | undefined {
    return this.#base;
  }

  /** Makes an article known by its file and its old paths (with a slash in front). */
  add(file: string, oldPaths: readonly string[], url: string): void {
    insertSurveyedName(this.#survey, "file", file.toLowerCase(), url);
    for (const path of oldPaths) insertSurveyedName(this.#survey, "path", pathKey(path), url);
    const [first] = oldPaths;
    if (first !== undefined) insertSurveyedName(this.#survey, "path_of_file", file, first);
  }

  /** Remembers where a text's addresses lead, to find out where the archive was published. */
  observe(text: string): void {
    if (this.#base !== undefined) return;
    for (const [, origin = "", path = ""] of text.matchAll(ADDRESS)) {
      // Only a path of several parts says something: every site has an /about.
      if (path.split("/").length < 4) continue;
      const host = origin.toLowerCase();
      const paths = this.#hosts.get(host) ?? new Set();
      if (paths.size < PATHS_MAX) paths.add(pathKey(path));
      if (this.#hosts.size < HOSTS_MAX) this.#hosts.set(host, paths);
    }
  }

  /** Decides on the old site, unless one was given: the one most of whose addresses are known articles' old paths. */
  settle(): void {
    if (this.#base !== undefined) return;
    let most = EVIDENCE_MIN - 1;
    for (const [host, paths] of this.#hosts) {
      const known = [...paths].filter((path) => this.#findKey(path) !== undefined).length;
      if (known > most) this.#base = host;
      most = Math.max(most, known);
    }
    this.#hosts.clear();
  }

  /** The URL here of the article that a target in `file` names, fragment kept; `undefined` when it names none. */
  resolve(target: string, file: string): string | undefined {
    const [, address = "", rest = ""] = /^([^?#]*)(.*)$/s.exec(target) ?? [];
    const url = address === "" ? undefined : this.#findAddress(address, file);
    const fragment = rest.includes("#") ? decode(rest.slice(rest.indexOf("#") + 1)) : "";
    if (url === undefined || fragment === "") return url;
    // Headings here have their words as ids; other programs keep more of the signs between them.
    return `${url}#${makeSlug(fragment)}`;
  }

  /** The address at the old site of something that did not come along; `undefined` when that is not known. */
  oldUrl(target: string, file: string): string | undefined {
    if (this.#base === undefined || ABSOLUTE.test(target)) return undefined;
    if (target.startsWith("/")) return this.#base + target;
    const path = this.#findPathOf(file) ?? "/";
    const here = `${this.#base}${path}`.replace(/(?:\.html?)?\/?$/, "/");
    return URL.parse(target, here)?.href;
  }

  #find(path: string): string | undefined {
    return this.#findKey(pathKey(path));
  }

  #findKey(key: string): string | undefined {
    return findSurveyedName(this.#survey, "path", key);
  }

  #findFile(path: string): string | undefined {
    return findSurveyedName(this.#survey, "file", path);
  }

  #findPathOf(file: string): string | undefined {
    return findSurveyedName(this.#survey, "path_of_file", file);
  }

  #findAddress(address: string, file: string): string | undefined {
    const zola = /^@\/(.+)$/.exec(address)?.[1];
    if (zola !== undefined) return this.#findZola(zola);
    if (/^[a-z][a-z0-9+.-]*:/i.test(address)) {
      const path = this.#base === undefined ? undefined : pathBelow(address, this.#base);
      return path === undefined ? undefined : this.#find(path);
    }
    if (address.startsWith("//")) return undefined;
    if (address.startsWith("/")) return this.#find(address);
    const folder = file.includes("/") ? file.slice(0, file.lastIndexOf("/")) : "";
    const near = joinPath(folder, decode(address))?.toLowerCase();
    const found = near === undefined
      ? undefined
      : this.#findFile(near) ?? this.#findFile(`${near}.md`) ?? this.#findFile(`${near}/index.md`);
    return found ?? this.#findNextTo(file, address);
  }

  /** `@/` begins at the archive's content folder, which may be the given folder, above it or below it. */
  #findZola(path: string): string | undefined {
    const parts = decode(path).toLowerCase().split("/");
    for (let skip = 0; skip < Math.min(parts.length, 4); skip++) {
      const found = this.#findFile(parts.slice(skip).join("/"));
      if (found !== undefined) return found;
    }
    return this.#findFile(`content/${parts.join("/")}`);
  }

  /** A target relative to the address that the file's article had. */
  #findNextTo(file: string, address: string): string | undefined {
    const path = this.#findPathOf(file);
    const joined = path === undefined ? undefined : joinPath(path, address);
    return joined === undefined ? undefined : this.#find(`/${joined}`);
  }
}

/** Paths that a server answers with the same page have one key. */
function pathKey(path: string): string {
  return decode(path).toLowerCase().replace(/\/+/g, "/").replace(/\/(?:index\.html?)?$/, "")
    .replace(/\.html?$/, "");
}

/** The path of an address at the old site, with its query and fragment; `undefined` when it leads elsewhere. */
export function pathBelow(address: string, base: string): string | undefined {
  const bare = (text: string) => text.replace(/^https?:\/\/(?:www\.)?/i, "");
  const wanted = bare(address);
  const host = bare(base);
  const isBelow = wanted.slice(0, host.length).toLowerCase() === host.toLowerCase() &&
    wanted[host.length] === "/";
  return isBelow ? wanted.slice(host.length) : undefined;
}

/** A relative path seen from a folder; `undefined` when it leads above the archive. */
export function joinPath(folder: string, relative: string): string | undefined {
  const parts = folder.split("/").filter((part) => part !== "");
  for (const part of relative.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return parts.join("/");
}

/** The path as people type it; one that is not properly encoded stays as it is. */
export function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
