/** What a vector file holds (docs/protocol.md §17). */
import type { ProtocolCode } from "../../mesh/protocol/errors.ts";

/** One scenario. */
export type Vector = Readonly<{
  /** One sentence for people. */
  comment: string;
  /** Section of docs/protocol.md, without the sign. */
  spec: string;
  /** Which function of run.ts; its name is the function under test. */
  call: string;
  /** Arguments: texts as they are, bytes as hex. */
  input: Readonly<Record<string, unknown>>;
  /** `ok` or the one code that must come out. */
  expect: "ok" | ProtocolCode;
  /** What comes out when it is ok. */
  output?: unknown;
}>;

/** Scenarios by file name, without `.json`. */
export type Scenarios = Record<string, Vector>;
