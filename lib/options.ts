// The options that users give, checked and completed.
import { resolve } from 'node:path';
import type * as Binding from '../binding';
import { checkKnown, flag, integer, object, text, texts } from './check';
import {
  type CollectionOptions,
  checkCollection,
  checkCollections,
  sourceCollectionNames,
} from './collection-options';

/** Options of every database. */
export interface DatabaseOptions {
  /**
   * Opens for reading only; the file must exist.
   * @defaultValue false
   */
  readonly?: boolean;
  /**
   * Fails with `FSDB_IO` instead of creating the file.
   * @defaultValue false
   */
  fileMustExist?: boolean;
  /**
   * How long a statement waits, in milliseconds, while another connection holds the write lock.
   * @defaultValue 5000
   */
  busyTimeoutMs?: number;
  /** The same, by its name in better-sqlite3. */
  timeout?: number;
  /**
   * Called with the SQL of each statement before it runs, its parameters filled in; long values are
   * cut off. What it throws ends the call. `null`: none.
   */
  verbose?: ((sql: string) => void) | null;
  /** Not for us: what clients of better-sqlite3 pass on when it is not set. */
  nativeBinding?: null;
  /**
   * What a power cut may take: `'full'`, nothing that was acknowledged; `'normal'`, the last writes
   * before `flush()` or a checkpoint, in exchange for not waiting for the disk at every commit.
   * Nothing is ever lost when only the process ends. Rows that come from files are always written
   * as `'normal'`: the files are kept.
   * @defaultValue 'full'
   */
  durability?: 'full' | 'normal';
}

/** Options of a {@link DocumentDatabase}. */
export interface DocumentOptions extends DatabaseOptions {
  /**
   * What is declared of documents that the program writes, by type. A declaration that has changed is
   * made true before the database is open: an index over 100,000 documents takes a moment, once.
   */
  collections?: Record<string, CollectionOptions>;
}

/** Where documents of one type come from. */
export interface SourceOptions extends Omit<CollectionOptions, 'keep'> {
  /** The folder. It may be missing, and appear later. */
  directory: string;
  /**
   * Globs of the files that are documents, relative to the folder: `*`, `?`, `**`, `{a,b}`,
   * `[a-z]`; a leading `!` takes back what earlier ones matched.
   * @defaultValue every supported extension: `['**\/*.{json,prompty,md,yaml,yml}']`
   */
  include?: string[];
  /**
   * Globs of files to leave out, beside those that always are: names that begin with a dot,
   * `node_modules`, editors' temporary files, SQLite files.
   */
  exclude?: string[];
  /**
   * What a document's id is: `'path'`, the relative path without extension; `'stem'`, the file's
   * name without extension; or a JSON path into the document, such as `'$.id'`.
   * @defaultValue 'path'
   */
  id?: string;
  /**
   * JSON path of a document's name.
   * @defaultValue what is at `name`, else at `title`, else the file's stem
   */
  name?: string;
  /** JSON paths that must be there and not be empty; a file that lacks one is an error. */
  require?: string[];
  /**
   * Follows symbolic links to files inside the folder. Links never lead out of it.
   * @defaultValue false
   */
  followSymlinks?: boolean;
  /**
   * Files that are larger are an error (`FSDB_LIMIT`).
   * @defaultValue 16 MiB
   */
  maxFileBytes?: number;
}

/** Options of a {@link FileSyncDatabase}. */
export interface FileSyncOptions extends DocumentOptions {
  /** The folders by document type. */
  sources: Record<string, SourceOptions>;
  /**
   * How long a file must have rested before it is read, in milliseconds.
   * @defaultValue 500
   */
  debounceMs?: number;
  /**
   * A file that never rests is read at least this often, in milliseconds.
   * @defaultValue 2000, or `debounceMs` if that is more
   */
  maxWaitMs?: number;
  /**
   * How changes are noticed: `'auto'`, by the file system's events; `'poll'`, by looking, for file
   * systems that send none; `false`, not at all: then only `sync()` looks. `true` is `'auto'`.
   * @defaultValue 'auto'
   */
  watch?: boolean | 'auto' | 'poll';
  /**
   * How often to look where there are no events, in milliseconds.
   * @defaultValue 1000
   */
  pollIntervalMs?: number;
  /**
   * Native threads that read and parse.
   * @defaultValue the number of cores, at most 8
   */
  threads?: number;
}

/** Options of `sync()`. */
export interface SyncOptions {
  /** Only this type's folder; all by default. */
  type?: string;
  /**
   * Reads and hashes every file again instead of trusting sizes and times.
   * @defaultValue false
   */
  full?: boolean;
}

const databaseNames = [
  ...['readonly', 'fileMustExist', 'busyTimeoutMs', 'timeout'],
  ...['verbose', 'nativeBinding', 'durability'],
];
const fileSyncNames = [
  ...['sources', 'debounceMs', 'maxWaitMs', 'watch', 'pollIntervalMs', 'threads'],
  ...['collections', ...databaseNames],
];
const sourceNames = [
  ...['directory', 'include', 'exclude', 'id', 'name', 'require'],
  ...['followSymlinks', 'maxFileBytes', ...sourceCollectionNames],
];

const defaultInclude = ['**/*.{json,prompty,md,yaml,yml}'];
const defaultMaxFileBytes = 16 * 1024 * 1024;
const defaultBusyTimeoutMs = 5000;
const defaultDebounceMs = 500;
const defaultMaxWaitMs = 2000;
const defaultPollIntervalMs = 1000;
const maxThreads = 8;

// What setTimeout() can wait at most, and far more than anybody means.
const maxMs = 2 ** 31 - 1;
const ms = { min: 0, max: maxMs };

/**
 * SQLite's names for databases without a file stay as they are; no path is a temporary file.
 * @internal
 */
export function checkPath(path: unknown): string {
  if (path === undefined || path === null) return '';
  if (typeof path !== 'string') throw new TypeError('path must be a string');
  if (path.includes('\0')) throw new TypeError('path must not contain a NUL character');
  return path === '' || path === ':memory:' ? path : resolve(path);
}

/** @internal */
export function checkDatabaseOptions(
  options: DatabaseOptions,
  path: string | Uint8Array,
): Binding.DatabaseOptions {
  checkKnown(object(options, 'options'), databaseNames, 'option');
  const checked = databaseOptions(options);
  if (checked.readonly && (path === '' || path === ':memory:')) {
    throw new TypeError('In-memory/temporary databases cannot be readonly');
  }
  return checked;
}

/** @internal */
export function checkDocumentOptions(
  options: DocumentOptions,
  path: string,
): Binding.DocumentOptions {
  const { collections, ...rest } = object(options, 'options') as DocumentOptions;
  checkKnown(rest, databaseNames, 'option');
  return { ...checkDatabaseOptions(rest, path), collections: checkCollections(collections) };
}

function databaseOptions(options: DatabaseOptions): Binding.DatabaseOptions {
  const name = options.busyTimeoutMs === undefined ? 'timeout' : 'busyTimeoutMs';
  if (options.nativeBinding) {
    throw new TypeError('nativeBinding: filesyncdb finds its addon by itself');
  }
  return {
    verbose: typeof checkVerbose(options.verbose) === 'function',
    readonly: flag(options.readonly, 'readonly'),
    fileMustExist: flag(options.fileMustExist, 'fileMustExist'),
    busyTimeoutMs: integer(options[name], name, ms) ?? defaultBusyTimeoutMs,
    durability: durability(options.durability),
  };
}

function durability(value: unknown): 'full' | 'normal' {
  if (value === undefined || value === 'full' || value === 'normal') return value ?? 'full';
  throw new TypeError("durability must be 'full' or 'normal'");
}

/** @internal */
export function checkVerbose(value: unknown): ((sql: string) => void) | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'function') return value as (sql: string) => void;
  throw new TypeError('verbose must be a function');
}

/** @internal */
export function checkFileSyncOptions(options: FileSyncOptions): Binding.FileSyncOptions {
  checkKnown(object(options, 'options'), fileSyncNames, 'option');
  const debounceMs = integer(options.debounceMs, 'debounceMs', ms) ?? defaultDebounceMs;
  const maxWaitMs = integer(options.maxWaitMs, 'maxWaitMs', ms);
  if (maxWaitMs !== undefined && maxWaitMs < debounceMs) {
    throw new RangeError('maxWaitMs must be at least debounceMs');
  }
  return {
    ...databaseOptions(options),
    sources: sources(options.sources),
    collections: [
      ...Object.entries(options.sources).map(([type, source]) =>
        checkCollection(type, source, `sources.${type}`, true),
      ),
      ...checkCollections(options.collections, Object.keys(options.sources)),
    ],
    debounceMs,
    maxWaitMs: maxWaitMs ?? Math.max(debounceMs, defaultMaxWaitMs),
    watch: watchMode(options.watch),
    pollIntervalMs:
      integer(options.pollIntervalMs, 'pollIntervalMs', { min: 1, max: maxMs }) ??
      defaultPollIntervalMs,
    threads: integer(options.threads, 'threads', { min: 1, max: maxThreads }) ?? 0,
  };
}

/** @internal */
export function checkSyncOptions(
  options: SyncOptions,
  types: readonly string[],
): { type: string | undefined; full: boolean } {
  checkKnown(object(options, 'options'), ['type', 'full'], 'option');
  if (options.type !== undefined) checkType(options.type, types);
  return { type: options.type, full: flag(options.full, 'full') };
}

/**
 * Throws unless `type` has a source.
 * @internal
 */
export function checkType(type: unknown, types: readonly string[]): string {
  if (typeof type === 'string' && types.includes(type)) return type;
  throw new TypeError(`no source "${String(type)}"; there are: ${types.join(', ')}`);
}

function sources(given: unknown): Binding.SourceConfig[] {
  const entries = Object.entries(object(given, 'sources'));
  if (entries.length === 0) throw new TypeError('sources must name at least one document type');
  return entries.map(([type, options]) => source(type, options as SourceOptions));
}

function source(type: string, options: SourceOptions): Binding.SourceConfig {
  const name = `sources.${type}`;
  if (type === '') throw new TypeError('a document type must not be empty');
  checkKnown(object(options, name), sourceNames, `option of ${name}:`);
  const directory = text(options.directory, `${name}.directory`);
  if (!directory) throw new TypeError(`${name}.directory must be a path`);
  const maxBytes = { min: 1, max: Number.MAX_SAFE_INTEGER };
  return {
    type,
    directory: resolve(directory),
    include: texts(options.include, `${name}.include`) ?? defaultInclude,
    exclude: texts(options.exclude, `${name}.exclude`) ?? [],
    id: text(options.id, `${name}.id`) ?? 'path',
    name: text(options.name, `${name}.name`) ?? '',
    require: texts(options.require, `${name}.require`) ?? [],
    followSymlinks: flag(options.followSymlinks, `${name}.followSymlinks`),
    maxFileBytes:
      integer(options.maxFileBytes, `${name}.maxFileBytes`, maxBytes) ?? defaultMaxFileBytes,
  };
}

function watchMode(watch: unknown): 'off' | 'auto' | 'poll' {
  switch (watch) {
    case undefined:
    case true:
    case 'auto':
      return 'auto';
    case 'poll':
      return 'poll';
    case false:
      return 'off';
    default:
      throw new TypeError("watch must be true, false, 'auto' or 'poll'");
  }
}
