// The native face of the addon: what native/addon/ exports and lib/ calls. Not for users: lib/ has
// checked every argument before it gets here. A test holds this file to the addon.

/** What lib/ hands over for making objects; see native/addon/factories.h. */
export interface Factories {
  /** `sql`: an SqliteError, whose code is `sqliteCode`. */
  error(
    sql: boolean,
    code: string,
    message: string,
    path: string | undefined,
    line: number | undefined,
    column: number | undefined,
    sqliteCode: string | undefined,
  ): Error;
  /** `tables`: of each column, for 'expanded'; '$' for an expression. */
  rowFactory(
    columns: string[],
    mode: 'object' | 'array' | 'first-column' | 'expanded',
    tables: string[],
  ): RowFactory;
  /** What appends the rows of a batch with columns of these kinds: see ColumnarBatch. */
  rowDecoder(columns: string[], kinds: string): RowDecoder;
  /** Set aside for the numbers and types of a batch: 65,536 of each. */
  numbers: Float64Array;
  types: Uint8Array;
  runResult(changes: number, lastInsertRowid: number | bigint): object;
  /** Of length 1: where run() leaves the rowid when it returns a number. */
  lastRowid: Float64Array;
  /** type, id, name, document (JSON), version, seq, filePath, fileModified, createdAt, updatedAt */
  documents(rows: unknown[], ...values: unknown[]): void;
  /** seq, op, type, id, version, origin, at */
  documentChanges(rows: unknown[], ...values: unknown[]): void;
  /** type, id, filePath */
  documentRefs(rows: unknown[], ...values: unknown[]): void;
  /** type, filePath, code, message, line, column, attempts, nextRetryAt, since */
  fileErrors(rows: unknown[], ...values: unknown[]): void;
}

export interface RowFactory {
  one(...values: unknown[]): unknown;
  /** Appends the rows that are made of `values`, one after the other, to `rows`. */
  many(rows: unknown[], ...values: unknown[]): void;
}

export type RowDecoder = (
  rows: unknown[],
  count: number,
  numbers: Float64Array,
  types: Uint8Array,
  text: string,
  others: unknown[] | undefined,
) => void;

export interface DatabaseOptions {
  readonly: boolean;
  fileMustExist: boolean;
  busyTimeoutMs: number;
  /** Calls `onSql` with every SQL text before it runs. */
  verbose: boolean;
  durability: 'full' | 'normal';
}

/** Complete; `arguments` is -1 for any number. */
export interface FunctionOptions {
  arguments: number;
  deterministic: boolean;
  directOnly: boolean;
  safeIntegers: boolean;
}

/** The state is an object of lib/'s. */
export interface AggregateFunctions {
  start(): object;
  step(state: object, ...values: unknown[]): void;
  /** undefined: not for windows. */
  inverse: ((state: object, ...values: unknown[]) => void) | undefined;
  result(state: object): unknown;
}

export interface TableRows {
  /** The values of the next row; undefined at the end. */
  next(): unknown[] | undefined;
  return(): void;
}

export interface TableDefinition {
  columns: string[];
  parameters: string[];
  safeIntegers: boolean;
  directOnly: boolean;
  open(...parameters: unknown[]): TableRows;
}

export class Database {
  /** Bytes: a database in memory that begins with a copy of them. */
  constructor(path: string | Uint8Array, options: DatabaseOptions);
  readonly isOpen: boolean;
  readonly inTransaction: boolean;
  readonly readonly: boolean;
  /** Set by lib/ if there is the option `verbose`. */
  onSql?: (sql: string) => void;
  exec(sql: string): void;
  serialize(attached: string): Buffer;
  loadExtension(path: string, entryPoint: string): void;
  /** lib/ keeps every function that it hands over; the addon knows them weakly. */
  function(name: string, options: FunctionOptions, run: (...values: unknown[]) => unknown): void;
  aggregate(name: string, options: FunctionOptions, functions: AggregateFunctions): void;
  /** `ready`: is itself a table; otherwise `make` is called for each CREATE VIRTUAL TABLE. */
  table(
    name: string,
    ready: boolean,
    make: (database: string, table: string, ...words: string[]) => TableDefinition,
  ): void;
  defaultSafeIntegers(on?: boolean): this;
  unsafeMode(on?: boolean): this;
  /** Set by lib/ if it wants to know of events. */
  onEvent?: (event: string, payload: unknown) => void;
  /** The event `change`: `{ byOthers, tables }`. Throws for a database in memory. */
  watchChanges(on: boolean): void;
  /** One result for each statement; `params` has an array or an object for each. */
  write(sql: string[], params: unknown[], control: CallControl | undefined): Promise<object[]>;
  flush(): Promise<void>;
  /** `isOpen` is false at once; resolves when the last thread that served only this handle ended. */
  close(): Promise<void>;
}

/** For a call that can be called off; made for one call. */
export class CallControl {
  /** Rejects the call with `FSDB_TIMEOUT`, unless it has come too far. */
  cancel(message: string): void;
}

export interface BackupProgress {
  totalPages: number;
  remainingPages: number;
}

export class Backup {
  constructor(database: Database, destination: string, attached: string);
  /** Copies at most so many pages. */
  step(pages: number): Promise<BackupProgress>;
  /** Puts the copy in its place; resolves to its size in bytes. */
  finish(): Promise<number>;
  /** Leaves nothing behind. Harmless after finish(). */
  cancel(): Promise<void>;
}

export interface CursorOptions {
  safeIntegers: boolean;
  /** Reads a little ahead, not all. */
  streaming: boolean;
  /** 0: no limit. */
  maxRows: number;
  maxBytes: number;
}

/** A query that runs on another thread. */
export class Cursor {
  constructor(
    database: Database,
    sql: string,
    params: readonly unknown[] | object | undefined,
    options: CursorOptions,
  );
  /** Resolves when there are rows to take, or will be none; with `end` only then. */
  ready(end: boolean): Promise<void>;
  /** Appends about 2,000 rows to `rows`, at most; false: that was all. */
  take(rows: unknown[]): boolean;
  /** Ends it: `ready()` rejects with this code. */
  cancel(code: string, message: string): void;
  /** Of a query that has ended: equal for equal results. */
  readonly digest: string;
  /** Of a query that has ended: the tables that it has read. */
  readonly tables: string[];
}

export class Statement {
  constructor(database: Database, sql: string);
  readonly reader: boolean;
  readonly readonly: boolean;
  readonly busy: boolean;
  all(...params: unknown[]): unknown[];
  get(...params: unknown[]): unknown;
  /** The number of changes, with the rowid in `Factories.lastRowid`; or, with bigints, both. */
  run(...params: unknown[]): number | object;
  /** The statement is busy until stopIterating(). */
  startIterating(...params: unknown[]): void;
  /** At most `limit` rows; fewer, or none, at the end. */
  nextRows(limit: number): unknown[];
  stopIterating(): void;
  bind(...params: unknown[]): this;
  pluck(on?: boolean): this;
  expand(on?: boolean): this;
  raw(on?: boolean): this;
  safeIntegers(on?: boolean): this;
  columns(): object[];
}

/** Complete: what the user left out is undefined, but for `orderBy`. */
export interface Query {
  type: string | undefined;
  where: unknown;
  search: string | undefined;
  orderBy: string[];
  limit: number | undefined;
  after: string | undefined;
  page: number | undefined;
  pageSize: number | undefined;
}

/** What is declared of a type. Paths that are not given are ''. */
export interface CollectionConfig {
  type: string;
  /** Sorted, each once. */
  indexes: string[];
  unique: string[];
  /** The type has a folder. */
  fromFiles: boolean;
  references: string;
  tags: string;
  search: { paths: string[]; trigram: boolean } | undefined;
  keepNewest: number | undefined;
  keepPer: string;
  keepOlderThanMs: number | undefined;
}

export interface DocumentOptions extends DatabaseOptions {
  collections: CollectionConfig[];
}

export interface CompiledQuery {
  sql: string;
  values: (string | number | bigint | null)[];
  /** What the columns are called by which the rows are ordered. */
  keyColumns: string[];
  order: bigint;
  pageSize: number;
  page: number | undefined;
  /** '' unless `page` is given. */
  countSql: string;
  countValues: (string | number | bigint | null)[];
}

/** Of each hit its document, its rank and its snippet. */
export interface SearchHits {
  rows: unknown[];
  ranks: number[];
  snippets: string[];
}

/** `json` is what JSON.stringify() returns, and '' for 'delete'. */
export interface DocumentWrite {
  kind: 'insert' | 'put' | 'patch' | 'delete';
  type: string;
  id: string;
  name: string | undefined;
  json: string;
  ifVersion: number | undefined;
  onlyIfNewer: string | undefined;
}

export class DocumentDatabase extends Database {
  constructor(path: string, options: DocumentOptions);
  get(type: string, id: string): unknown;
  find(query: Query): object;
  count(type: string, where: unknown): number;
  counts(): [type: string, count: number][];
  changesSince(seq: number, limit: number): unknown[];
  /** `context` is JSON, or null. */
  references(type: string, id: string): { context: string | null }[];
  backlinks(type: string, id: string): { context: string | null }[];
  tags(type: string): [tag: string, count: number][];
  explain(query: Query): object;
  /** For query(): the rows and one more, and how many there are in all. */
  compileFind(query: Query): CompiledQuery;
  /** The `next` of a page whose last row has these keys. */
  pageToken(order: bigint, keys: unknown[]): string;
  search(text: string, type: string | undefined, limit: number): SearchHits;
  searchProgress(): { type: string; indexed: number; ready: boolean }[];
  /** The document as it is stored, or, for 'delete', was; null if there is none. */
  writeDocument(write: DocumentWrite): Promise<unknown>;
}

export interface SourceConfig {
  type: string;
  directory: string;
  include: string[];
  exclude: string[];
  id: string;
  name: string;
  require: string[];
  followSymlinks: boolean;
  maxFileBytes: number;
}

export interface FileSyncOptions extends DocumentOptions {
  sources: SourceConfig[];
  debounceMs: number;
  maxWaitMs: number;
  watch: 'off' | 'auto' | 'poll';
  pollIntervalMs: number;
  threads: number;
}

/** The lists of a report as their lengths; `handle` is for documentRefs(). */
export interface SyncReport {
  reason: string;
  generation: number;
  added: number;
  changed: number;
  removed: number;
  renamed: number;
  failed: number;
  scanned: number;
  unchanged: number;
  parsed: number;
  durationMs: number;
  handle: ReportHandle;
}

export interface ReportHandle {
  readonly _reportHandle: unique symbol;
}

export interface SyncStatus {
  state: string;
  role: string;
  leaderPid: number | null;
  backend: string;
  directories: number;
  overflows: number;
  rescans: number;
  pending: number;
  generation: number;
  lastSync: SyncReport | null;
  errors: unknown[];
  degraded: string[];
}

export class FileSyncDatabase extends DocumentDatabase {
  constructor(path: string, options: FileSyncOptions);
  ready(): Promise<SyncReport>;
  sync(type: string | undefined, full: boolean): Promise<SyncReport>;
  save(type: string, id: string, json: string): Promise<unknown>;
  remove(type: string, id: string): Promise<boolean>;
  syncStatus(): SyncStatus;
  ref(): void;
  unref(): void;
}

/** Once, before anything else. */
export function setFactories(factories: Factories): void;

/** For 'renamed' each pair's two in turn: from, to, from, to. */
export function documentRefs(
  report: ReportHandle,
  list: 'added' | 'changed' | 'removed' | 'renamed',
): unknown[];

/** Closes every database of this environment and waits for their threads. */
export function closeAll(): void;

export const sqliteVersion: string;
