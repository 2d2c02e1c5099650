/** The project's files, for checks that go over all of them. @module */

/** Every file below a folder whose name ends so, in order. */
export function listFiles(folder: string, ending: string): string[] {
  const found: string[] = [];
  for (const entry of Deno.readDirSync(folder)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) found.push(...listFiles(path, ending));
    else if (entry.name.endsWith(ending)) found.push(path);
  }
  return found.sort();
}
