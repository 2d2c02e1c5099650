/** The written rules of the house, checked by `deno lint` (docs/architecture.md says why they are there). @module */
/// <reference lib="deno.unstable" />
import { comments, fileName, noBarrel } from "./lint/names.ts";
import {
  clockInHost,
  consoleInHost,
  envInConfig,
  fetchInMesh,
  markupInViews,
  rawMarkup,
  sqlInStorage,
  statusInRoutes,
} from "./lint/places.ts";
import { syncTransaction, testsRun } from "./lint/promises.ts";
import { rooms } from "./lint/rooms.ts";
import { fileLength, functionLength } from "./lint/sizes.ts";

const plugin: Deno.lint.Plugin = {
  name: "house",
  rules: {
    rooms,
    "file-length": fileLength,
    "function-length": functionLength,
    "file-name": fileName,
    "no-barrel": noBarrel,
    comments,
    "sql-in-storage": sqlInStorage,
    "env-in-config": envInConfig,
    "fetch-in-mesh": fetchInMesh,
    "clock-in-host": clockInHost,
    "console-in-host": consoleInHost,
    "raw-markup": rawMarkup,
    "markup-in-views": markupInViews,
    "status-in-routes": statusInRoutes,
    "sync-transaction": syncTransaction,
    "tests-run": testsRun,
  },
};

export default plugin;
