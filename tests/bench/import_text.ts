/** Importing a folder of Markdown without its pictures, beside writing the same texts into one table. @module */
import { openDatabase } from "../../storage/database.ts";
import { makeFolder, runCapsule } from "../support/process.ts";
import { textFolder } from "./real_posts.ts";
import { median, type Row } from "./row.ts";

const TURNS = 3;

/** Copies the Markdown only: pictures are timed apart. */
async function copyTexts(from: string, to: string): Promise<string[]> {
  await Deno.mkdir(to, { recursive: true });
  const texts: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) texts.push(...await copyTexts(`${from}/${name}`, `${to}/${name}`));
    else if (name.endsWith(".md")) {
      const text = await Deno.readTextFile(`${from}/${name}`);
      // A picture that is not there would be looked for and reported.
      await Deno.writeTextFile(`${to}/${name}`, text.replaceAll(/!\[([^\]]*)\]\([^)]*\)/g, "$1"));
      texts.push(text);
    }
  }
  return texts;
}

function insertTexts(path: string, texts: readonly string[]): void {
  using db = openDatabase(path);
  db.exec("create virtual table texts using fts5 (text)");
  db.transaction(() => {
    for (const text of texts) db.prepare("insert into texts values (?)").run(text);
  });
}

/** The row. */
export const importText: Row = {
  name: "import",
  async run() {
    using folder = makeFolder();
    const texts = await copyTexts(textFolder(), `${folder.path}/blog`);
    const rates: [number[], number[]] = [[], []];
    let imported = 0;
    for (let turn = 0; turn < TURNS; turn++) {
      const data = `${folder.path}/${turn}.db`;
      const init = await runCapsule(
        ["init", "--name", "Bench", "--password-stdin", "--data", data],
        {
          stdin: "correct horse battery\n",
        },
      );
      if (init.code !== 0) throw new Error(`import: ${init.stderr}`);
      const startedAtMs = performance.now();
      const answer = await runCapsule(["import", `${folder.path}/blog`, "--data", data, "--json"]);
      const seconds = (performance.now() - startedAtMs) / 1000;
      imported = Number(answer.json()["imported"]);
      rates[0].push(imported / seconds);
      const insertedAtMs = performance.now();
      insertTexts(`${folder.path}/${turn}-plain.db`, texts);
      rates[1].push(texts.length / ((performance.now() - insertedAtMs) / 1000));
    }
    return [{
      what: `import ${imported} articles, start of the program included`,
      value: median(rates[0]),
      baseline: median(rates[1]),
      unit: "articles/s",
      target: { atLeast: 200 },
    }];
  },
};
