/** Public pages kept as bytes, valid until anything is committed. @module */
import { createApp, type Deps } from "./app.ts";

/** Builds what `Deno.serve` calls: the page cache in front of the application. */
export function createHandler(
  deps: Deps,
): (request: Request, info?: Deno.ServeHandlerInfo) => Response | Promise<Response> {
  const app = createApp(deps);
  return (request) => app.fetch(request);
}
