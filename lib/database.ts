import type * as Binding from '../binding';
import { type BackupOptions, type BackupReport, checkBackup, runBackup } from './backup';
import {
  type CallOptions,
  callOff,
  checkSignal,
  checkWrites,
  type Params,
  type WriteStatement,
} from './calls';
import { ChangeFeed, type DatabaseEvents } from './change-feed';
import { checkKnown, object } from './check';
import { FileSyncError } from './errors';
import {
  type AggregateOptions,
  checkAggregate,
  checkFunction,
  checkName,
  type FunctionOptions,
  type SqlResult,
} from './functions';
import type { LiveOptions, LiveQuery, Notice } from './live-query';
import { native } from './native';
import { checkRequest, type QueryOptions, QueryStream, runQuery } from './off-loop-query';
import { checkDatabaseOptions, checkPath, checkVerbose, type DatabaseOptions } from './options';
import type { DocumentChange, Row, RunResult } from './rows';
import { createStatement, type Statement } from './statement';
import { createTransaction, type Transaction } from './transaction';
import {
  callFactory,
  checkTable,
  type VirtualTableDefinition,
  type VirtualTableFactory,
} from './virtual-table';

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
  // What SQL may call, by what SQLite knows it by. The addon has only weak references.
  readonly #callbacks = new Map<string, unknown>();
  #safeIntegers = false;
  #closing: Promise<void> | undefined;
  #changes: ChangeFeed | undefined;

  /**
   * Opens the file at `path` and creates it if there is none. `':memory:'` opens a database in
   * memory, `''` or nothing one in a temporary file, and a Buffer, such as one of `serialize()`, one
   * in memory that begins with a copy of these bytes.
   *
   * @throws {@link FileSyncError} `FSDB_IO`, `FSDB_READONLY`, `FSDB_CORRUPT`, `FSDB_BUSY`
   */
  constructor(path?: string | Uint8Array, options?: DatabaseOptions);
  /** @internal */
  constructor(path: string, options: DatabaseOptions, open?: () => Binding.Database);
  constructor(
    path: string | Uint8Array = '',
    options: DatabaseOptions = {},
    open?: () => Binding.Database,
  ) {
    const checked = path instanceof Uint8Array ? path : checkPath(path);
    this.#native = open
      ? open()
      : new native.Database(checked, checkDatabaseOptions(options, checked));
    const verbose = checkVerbose(options.verbose);
    // A property of the native object, not a reference that it holds: so both can be collected.
    if (verbose) this.#native.onSql = (sql) => verbose(sql);
    this.name = typeof path === 'string' ? path : path === null ? '' : ':memory:';
    this.memory = typeof checked !== 'string' || checked === '' || checked === ':memory:';
    this.readonly = options.readonly === true || this.#native.readonly;
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
   * Defines a function that SQL on this connection can call, in place of one with the same name and
   * number of arguments. It returns a number, string, bigint, boolean (1 or 0), Buffer or null; what
   * it throws, the statement throws. While it runs the connection is busy: see `unsafeMode()`.
   */
  // biome-ignore lint/suspicious/noExplicitAny: arguments are of the types that the SQL gives.
  function(name: string, run: (...values: any[]) => SqlResult): this;
  function(
    name: string,
    options: FunctionOptions | null,
    // biome-ignore lint/suspicious/noExplicitAny: as above.
    run: (...values: any[]) => SqlResult,
  ): this;
  function(name: string, ...rest: unknown[]): this {
    checkName(name, 'User-defined function');
    const options = rest.length > 1 ? (rest[0] as FunctionOptions) : undefined;
    const checked = checkFunction(options, rest.at(-1), { safeIntegers: this.#safeIntegers });
    this.#native.function(name, checked.options, checked.run);
    this.#keep('function', `${name}/${checked.options.arguments}`, checked.run);
    return this;
  }

  /** Defines an aggregate, as `function()` does functions; with `inverse` also for windows. */
  // biome-ignore lint/suspicious/noExplicitAny: what is gathered is the caller's affair.
  aggregate<T = any>(name: string, options: AggregateOptions<T>): this {
    checkName(name, 'User-defined function');
    const checked = checkAggregate(options as AggregateOptions, {
      safeIntegers: this.#safeIntegers,
    });
    this.#native.aggregate(name, checked.options, checked.functions);
    this.#keep('function', `${name}/${checked.options.arguments}`, checked.functions);
    return this;
  }

  /**
   * Defines a table whose rows a generator yields; or, by a function that returns such a definition,
   * what `CREATE VIRTUAL TABLE ... USING name(...)` makes tables of.
   */
  table(name: string, definition: VirtualTableDefinition | VirtualTableFactory): this {
    checkName(name, 'Virtual table module');
    if (typeof definition !== 'function' && (typeof definition !== 'object' || !definition)) {
      throw new TypeError('Expected second argument to be a function or a table definition object');
    }
    const ready = typeof definition === 'object';
    const defaults = { safeIntegers: this.#safeIntegers };
    const checked = ready ? checkTable(definition, name, defaults) : undefined;
    const make = (database: string, table: string, ...words: string[]) => {
      const made =
        checked ??
        checkTable(
          callFactory(definition as VirtualTableFactory, { module: name, database, table }, words),
          name,
          defaults,
        );
      this.#keep('table', `${database}.${table}`, made);
      return made;
    };
    this.#native.table(name, ready, make);
    this.#keep('module', name, make);
    return this;
  }

  /**
   * Loads an extension of SQLite: a shared library, without its ending if that is the system's usual.
   *
   * @param entryPoint - by default what SQLite finds by the library's name
   */
  loadExtension(path: string, entryPoint = ''): this {
    if (typeof path !== 'string') throw new TypeError('Expected first argument to be a string');
    if (typeof entryPoint !== 'string') {
      throw new TypeError('Expected second argument to be a string');
    }
    this.#native.loadExtension(path, entryPoint);
    return this;
  }

  /** The whole database as a file would hold it; `new Database(buffer)` opens it in memory. */
  serialize(options: { attached?: string } = {}): Buffer {
    checkKnown(object(options, 'options'), ['attached'], 'option');
    const { attached = 'main' } = options;
    if (typeof attached !== 'string' || attached === '') {
      throw new TypeError('Expected the "attached" option to be a string');
    }
    return this.#native.serialize(attached);
  }

  /**
   * Copies the live database to a file, on a native thread: its state when this is called, whole or
   * not at all. An existing file is replaced at the end. What is in memory is first copied at once.
   *
   * @throws {@link FileSyncError} `FSDB_CONFLICT`: the destination is this database, or is itself in
   * use; `FSDB_IO`, `FSDB_FULL`, `FSDB_READONLY`; `FSDB_CLOSED`, if the database is closed meanwhile;
   * what `progress` throws.
   */
  async backup(destination: string, options: BackupOptions = {}): Promise<BackupReport> {
    const checked = checkBackup(destination, options);
    return await runBackup(this.#native, checked, () => this.#checkOpen());
  }

  /**
   * Whether statements and functions that are made from now on take integers as bigint.
   * @defaultValue on
   */
  defaultSafeIntegers(on = true): this {
    this.#native.defaultSafeIntegers(on);
    this.#safeIntegers = on;
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
   * Runs one statement that only reads on a native thread, and resolves with its rows. It sees what
   * was committed before the call, by whomever, but not this connection's open transaction, temporary
   * tables, attached files or functions.
   *
   * A database in memory has no second connection: there it runs on this thread.
   *
   * @throws {@link SqliteError}, `SQLITE_AUTH` for what is more than reading; `RangeError` and
   * `TypeError` as a statement's `all()`; {@link FileSyncError} `FSDB_TIMEOUT`, `FSDB_LIMIT`,
   * `FSDB_CLOSED`.
   */
  query<R = Row>(sql: string, params?: Params, options: QueryOptions = {}): Promise<R[]> {
    return runQuery(this.#native, checkRequest(sql, params, options)) as Promise<R[]>;
  }

  /**
   * The same, row by row, in bounded memory: it reads a little ahead and then waits for its reader.
   * Begins with the first row that is asked for, and ends when the loop is left. Until then it sees
   * the database as it was when it began, and keeps the write-ahead log from being reset.
   *
   * @throws as `query()`, from `next()`; also `FSDB_LIMIT` if 12 streams are open on the file.
   */
  stream<R = Row>(
    sql: string,
    params?: Params,
    options: QueryOptions = {},
  ): AsyncIterableIterator<R> {
    const stream = new QueryStream(this.#native, checkRequest(sql, params, options));
    return stream as AsyncIterableIterator<unknown> as AsyncIterableIterator<R>;
  }

  /**
   * Runs a query now, and again whenever a table that it reads has changed, by whomever; `onRows` is
   * called with the rows whenever they are others than before. Without it, iterate what is returned.
   * Runs as `query()` does. While it is open, this database is not collected; it does not keep the
   * process alive.
   *
   * @throws `TypeError` for a database in memory, and as `query()`. What a run fails with is for
   * `onError`, or for the loop that waits.
   */
  live<R = Row>(
    sql: string,
    params?: Params,
    onRows?: (rows: R[]) => void,
    options: LiveOptions = {},
  ): LiveQuery<R> {
    return this.#feed().live(sql, params, onRows, options) as LiveQuery<unknown> as LiveQuery<R>;
  }

  /**
   * Calls `listener` after commits. As with an `EventEmitter`, what it throws is an uncaught exception.
   *
   * @throws `TypeError` for a database in memory.
   */
  on<E extends keyof DatabaseEvents>(
    event: E,
    listener: (...args: DatabaseEvents[E]) => void,
  ): this {
    checkChangeEvent(event);
    this.#feed().on(listener);
    return this;
  }

  off<E extends keyof DatabaseEvents>(
    event: E,
    listener: (...args: DatabaseEvents[E]) => void,
  ): this {
    checkChangeEvent(event);
    this.#changes?.off(listener);
    return this;
  }

  /**
   * What is new in the change feed since the last call; undefined where there is none.
   * @internal
   */
  documentChanges(): DocumentChange[] | undefined {
    return undefined;
  }

  /** Made when it is first needed. */
  #feed(): ChangeFeed {
    if (this.#changes) return this.#changes;
    const changes = new ChangeFeed(this.#native, () => this.documentChanges());
    const others = this.#native.onEvent;
    this.#native.onEvent = (event, payload) => {
      if (event === 'change') changes.tell(payload as Notice);
      else others?.(event, payload);
    };
    this.#changes = changes;
    return changes;
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
    this.#changes?.close();
    this.#closing ??= this.#native.close();
    return this.#closing;
  }

  #checkOpen(): void {
    if (this.open) return;
    throw new FileSyncError('backup: the database was closed', 'FSDB_CLOSED');
  }

  // SQLite does not tell names apart by case.
  #keep(kind: string, name: string, callbacks: unknown): void {
    this.#callbacks.set(`${kind} ${name.toLowerCase()}`, callbacks);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function checkChangeEvent(event: unknown): void {
  if (event !== 'change') throw new TypeError(`no event "${String(event)}"; there are: change`);
}

function sqlText(sql: unknown): string {
  if (typeof sql === 'string') return sql;
  throw new TypeError('SQL must be a string');
}
