import type * as Binding from '../binding';
import { type CallOptions, callOff, checkSignal, checkWrites, type WriteStatement } from './calls';
import { checkKnown, object } from './check';
import { native } from './native';
import { checkDatabaseOptions, checkPath, checkVerbose, type DatabaseOptions } from './options';
import type { Row, RunResult } from './rows';
import { createStatement, type Statement } from './statement';
import { createTransaction, type Transaction } from './transaction';

/**
 * An SQLite database, with the conventions of better-sqlite3. Statements run on the calling thread,
 * on a connection of their own.
 *
 * Everything but `close()` throws `TypeError` (code `FSDB_CLOSED`) after the database was closed.
 */
export class Database {
  /** The path, as it was given. */
  readonly name: string;
  /** Whether it lives in memory or in a temporary file. */
  readonly memory: boolean;
  /** Whether it was opened for reading only, or cannot be written. */
  readonly readonly: boolean;
  readonly #native: Binding.Database;
  #closing: Promise<void> | undefined;

  /**
   * Opens the file at `path` and creates it if there is none. `':memory:'` opens a database in
   * memory, `''` or nothing one in a temporary file.
   *
   * @throws {@link FileSyncError} `FSDB_IO`, `FSDB_READONLY`, `FSDB_CORRUPT`, `FSDB_BUSY`
   */
  constructor(path?: string, options?: DatabaseOptions);
  /** @internal */
  constructor(path: string, options: DatabaseOptions, open?: () => Binding.Database);
  constructor(path = '', options: DatabaseOptions = {}, open?: () => Binding.Database) {
    const checked = checkPath(path);
    this.#native = open
      ? open()
      : new native.Database(checked, checkDatabaseOptions(options, checked));
    const verbose = checkVerbose(options.verbose);
    // A property of the native object, not a reference that it holds: so both can be collected.
    if (verbose) this.#native.onSql = (sql) => verbose(sql);
    this.name = path;
    this.memory = checked === '' || checked === ':memory:';
    this.readonly = this.#native.readonly;
  }

  /** False from the moment that `close()` is called. */
  get open(): boolean {
    return this.#native.isOpen;
  }

  /** Whether a transaction is open on this connection. */
  get inTransaction(): boolean {
    return this.#native.inTransaction;
  }

  /**
   * Prepares one statement.
   *
   * @throws {@link SqliteError} if SQLite does not understand it; `RangeError` if `sql` holds no
   * statement or more than one.
   */
  prepare<P extends unknown[] | object = unknown[], R = Row>(sql: string): Statement<P, R> {
    return createStatement(this, this.#native, sqlText(sql)) as Statement<P, R>;
  }

  /** Runs every statement in `sql`; rows are ignored. */
  exec(sql: string): this {
    this.#native.exec(sqlText(sql));
    return this;
  }

  /**
   * Runs `PRAGMA sql` and returns its rows.
   *
   * @param options - `simple`: returns the first column of the first row instead.
   */
  pragma(sql: string, options: { simple?: boolean } = {}): unknown {
    checkKnown(object(options, 'options'), ['simple'], 'option');
    const statement = this.prepare<[]>(`PRAGMA ${sqlText(sql)}`);
    if (statement.reader) {
      return options.simple ? statement.pluck().get() : statement.all();
    }
    statement.run();
    return options.simple ? undefined : [];
  }

  /**
   * Returns a function that calls `fn` inside a transaction: what it returns commits, what it throws
   * rolls back. Called inside another transaction, it uses a savepoint. `fn` must not be async.
   */
  transaction<This, A extends unknown[], R>(
    fn: (this: This, ...args: A) => R,
  ): Transaction<This, A, R> {
    if (typeof fn !== 'function') throw new TypeError('transaction() takes a function');
    return createTransaction(this, fn);
  }

  /**
   * Whether statements and functions that are made from now on take integers as bigint.
   * @defaultValue on
   */
  defaultSafeIntegers(on = true): this {
    this.#native.defaultSafeIntegers(on);
    return this;
  }

  /**
   * Lifts what keeps this connection from being used while it is in use: statements may write while
   * rows are iterated, and functions may run statements. What such rows are is then SQLite's affair.
   * @defaultValue on
   */
  unsafeMode(on = true): this {
    this.#native.unsafeMode(on);
    return this;
  }

  /**
   * Runs the statements as one transaction on the native writer thread. Calls that wait together
   * commit together, and each of them succeeds or fails on its own. What `query()` and other
   * connections read after it has resolved holds the write.
   *
   * A database in memory has no second connection: there they run on this thread, after what it is
   * doing.
   *
   * @throws {@link SqliteError} of the statement that failed: nothing of the call stays; `RangeError`
   * and `TypeError` as a statement's `run()`; {@link FileSyncError} `FSDB_BUSY`, `FSDB_CLOSED`,
   * `FSDB_READONLY`; `FSDB_TIMEOUT`: called off before it had begun.
   */
  write(
    statements: WriteStatement | readonly WriteStatement[],
    options: CallOptions = {},
  ): Promise<RunResult[]> {
    const { sql, params } = checkWrites(statements);
    checkKnown(object(options, 'options'), ['signal'], 'option');
    const results = callOff(checkSignal(options.signal), undefined, (control) =>
      this.#native.write(sql, params, control),
    );
    return results as Promise<RunResult[]>;
  }

  /**
   * Resolves when everything that has been acknowledged so far is safe against a power cut. With
   * `durability: 'full'` it is so already.
   */
  flush(): Promise<void> {
    return this.#native.flush();
  }

  /** For handles that keep the process alive: see {@link FileSyncDatabase}. Others never do. */
  ref(): this {
    return this;
  }

  /** See `ref()`. */
  unref(): this {
    return this;
  }

  /**
   * Ends every statement and the connection at once, and resolves when this handle's share in the
   * file's threads has ended: the last handle leaves the database in one file. Calling it again returns
   * the same promise.
   */
  close(): Promise<void> {
    this.#closing ??= this.#native.close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function sqlText(sql: unknown): string {
  if (typeof sql === 'string') return sql;
  throw new TypeError('SQL must be a string');
}
