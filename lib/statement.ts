import type * as Binding from '../binding';
import type { Database } from './database';
import { lastRowid, native } from './native';
import type { Row, RunResult } from './rows';

/** Where a column of a result comes from; `null` for an expression. */
export interface ColumnDefinition {
  name: string;
  column: string | null;
  table: string | null;
  database: string | null;
  /** As declared in the table. */
  type: string | null;
}

/** What a statement takes: values in order, or one object of named values. */
export type Parameters<P> = P extends unknown[] ? P : [parameters: P];

/**
 * A prepared statement, with the conventions of better-sqlite3.
 *
 * Values are given one by one or as an array for `?`, or as an object for `:name`, `@name` and
 * `$name`. SQLite takes numbers (whole ones as INTEGER), strings, bigints, booleans (as 1 and 0),
 * `Uint8Array` and the like (copied), and `null` or `undefined` (as NULL). It gives back numbers,
 * strings, `Buffer` and `null`; integers beyond 2^53 are rounded unless `safeIntegers()` is on.
 *
 * Methods throw {@link SqliteError} if SQLite refuses, `RangeError` for too few, too many or
 * missing parameters, and `TypeError` for values that SQLite has no type for, for calls that do not
 * fit the statement, and after the database was closed.
 */
export interface Statement<P extends unknown[] | object = unknown[], R = Row> {
  /** The SQL, as it was given. */
  readonly source: string;
  readonly database: Database;
  /** Whether it returns rows, which `get`, `all` and `iterate` are for. */
  readonly reader: boolean;
  /** Whether it leaves the database as it is. */
  readonly readonly: boolean;
  /** Whether rows are being iterated. */
  readonly busy: boolean;
  /** The first row; `undefined` if there is none. */
  get(...params: Parameters<P>): R | undefined;
  /** All rows. */
  all(...params: Parameters<P>): R[];
  /**
   * The rows as they are asked for; a few are read ahead. Until the end, or until the loop is left,
   * the statement is busy and nothing can be written on this connection.
   */
  iterate(...params: Parameters<P>): IterableIterator<R>;
  /** Runs the statement to its end; rows are ignored. */
  run(...params: Parameters<P>): RunResult;
  /** Binds values once and for all: the other methods then take none. */
  bind(...params: Parameters<P>): Statement<[], R>;
  /** Returns only the first column, as a value. @defaultValue on */
  pluck(on?: boolean): Statement<P, unknown>;
  /**
   * Returns each row as an object of objects by table: `{ users: {...}, posts: {...} }`, with what
   * belongs to no table under `$`.
   * @defaultValue on
   */
  expand(on?: boolean): Statement<P, Record<string, Row>>;
  /** Returns rows as arrays. @defaultValue on */
  raw(on?: boolean): Statement<P, unknown[]>;
  /** Returns integers as bigint. @defaultValue on */
  safeIntegers(on?: boolean): this;
  /** The columns of the result, in order. */
  columns(): ColumnDefinition[];
  /** The SQL. */
  toString(): string;
}

// Rows per call into the addon while iterating: few at first, as most loops that end early end
// soon.
const firstRows = 4;
const mostRows = 128;

class RowIterator implements IterableIterator<unknown> {
  readonly #statement: Binding.Statement;
  #rows: unknown[] = [];
  #next = 0;
  #wanted = firstRows;
  #done = false;
  #stopped = false;

  constructor(statement: Binding.Statement) {
    this.#statement = statement;
  }

  next(): IteratorResult<unknown> {
    if (this.#next === this.#rows.length && !this.#done) this.#fetch();
    if (this.#next < this.#rows.length) return { done: false, value: this.#rows[this.#next++] };
    return this.return();
  }

  return(): IteratorResult<unknown> {
    this.#rows = [];
    this.#next = 0;
    this.#done = true;
    // Not again: the statement may be iterated anew by then.
    if (!this.#stopped) this.#statement.stopIterating();
    this.#stopped = true;
    return { done: true, value: undefined };
  }

  [Symbol.iterator](): this {
    return this;
  }

  #fetch(): void {
    try {
      this.#rows = this.#statement.nextRows(this.#wanted);
    } catch (error) {
      this.return();
      throw error;
    }
    this.#next = 0;
    this.#done = this.#rows.length < this.#wanted;
    this.#wanted = Math.min(2 * this.#wanted, mostRows);
  }
}

/** The native class with what is better done here; other calls go straight to it. */
class PreparedStatement extends native.Statement {
  readonly source: string;
  readonly database: Database;

  constructor(database: Database, connection: Binding.Database, sql: string) {
    super(connection, sql);
    this.source = sql;
    this.database = database;
  }

  override run(...params: unknown[]): object {
    const changes = super.run(...params);
    if (typeof changes !== 'number') return changes;
    return { changes, lastInsertRowid: lastRowid[0] };
  }

  iterate(...params: unknown[]): IterableIterator<unknown> {
    this.startIterating(...params);
    return new RowIterator(this);
  }

  override toString(): string {
    return this.source;
  }
}

/** @internal */
export function createStatement(
  database: Database,
  connection: Binding.Database,
  sql: string,
): unknown {
  return new PreparedStatement(database, connection, sql);
}
