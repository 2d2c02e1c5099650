/** Reads a database again and again, holding each state for some milliseconds; ends with its thread. @module */
/// <reference lib="deno.worker" />
import { openDatabase } from "../../storage/database.ts";

const HELD_MS = 15;

self.onmessage = ({ data: path }: MessageEvent<string>) => {
  const db = openDatabase(path, { isReadOnly: true });
  self.postMessage("reading");
  const flag = new Int32Array(new SharedArrayBuffer(4));
  while (true) {
    db.readTransaction(() => {
      db.prepare("select count(*) from sqlite_schema").get();
      Atomics.wait(flag, 0, 0, HELD_MS);
    });
  }
};
