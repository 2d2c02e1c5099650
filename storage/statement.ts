/** One prepared statement, and the one place where values are bound. @module */
import type { StatementSync } from "node:sqlite";

/** What may be bound: anything else is refused, because the driver would store null or guess. */
export type Value = null | number | bigint | string | Uint8Array;

/** What `Statement.run` says of a write. */
export type Changes = Readonly<{
  /** How many rows were inserted, updated or deleted. */
  changes: number;
  /** The rowid of the newest inserted row. */
  lastId: number;
}>;

/** A prepared statement; `database.prepare` hands out the same one for the same text. */
export class Statement {
  readonly #statement: StatementSync;
  readonly #onChange: () => void;
  readonly #explain: (error: unknown) => unknown;

  /** Wraps a statement of the driver; made by `Database.prepare` only. */
  constructor(
    statement: StatementSync,
    onChange: () => void,
    explain: (error: unknown) => unknown,
  ) {
    this.#statement = statement;
    this.#onChange = onChange;
    this.#explain = explain;
  }

  /** The first row, or undefined. Throws TypeError for a value that cannot be bound. */
  get(...values: Value[]): unknown {
    checkValues(values);
    try {
      return this.#statement.get(...values);
    } catch (error) {
      throw this.#explain(error);
    }
  }

  /** Every row. The query bounds how many there are. */
  all(...values: Value[]): unknown[] {
    checkValues(values);
    try {
      return this.#statement.all(...values);
    } catch (error) {
      throw this.#explain(error);
    }
  }

  /** Rows one by one. The statement must not be used again before the last one was read. */
  *iterate(...values: Value[]): Generator<unknown> {
    checkValues(values);
    try {
      yield* this.#statement.iterate(...values);
    } catch (error) {
      throw this.#explain(error);
    }
  }

  /** Runs a write and says how many rows it changed. */
  run(...values: Value[]): Changes {
    checkValues(values);
    try {
      const { changes, lastInsertRowid } = this.#statement.run(...values);
      if (changes !== 0) this.#onChange();
      return { changes: Number(changes), lastId: Number(lastInsertRowid) };
    } catch (error) {
      throw this.#explain(error);
    }
  }
}

function checkValues(values: readonly unknown[]): void {
  // By index: this runs for every value of every row.
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    switch (typeof value) {
      case "string":
      case "bigint":
        continue;
      case "number":
        if (Number.isNaN(value)) throw new TypeError("Cannot bind NaN: SQLite would store null");
        continue;
      case "object":
        if (value === null || value instanceof Uint8Array) continue;
    }
    const found = value instanceof Date ? "a Date" : typeof value;
    throw new TypeError(
      `Cannot bind a value: expected null, number, bigint, string or Uint8Array, found ${found}`,
    );
  }
}
