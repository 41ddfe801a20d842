import { EventEmitter } from 'node:events';
import type * as Binding from '../binding';
import type { DatabaseEvents } from './change-feed';
import { DocumentDatabase } from './document-database';
import type { FileSyncError } from './errors';
import { native } from './native';
import {
  checkFileSyncOptions,
  checkPath,
  checkSyncOptions,
  checkType,
  type FileSyncOptions,
  type SyncOptions,
} from './options';
import type { StoredDocument } from './rows';
import { createReport, type FileError, type SyncReport, type SyncStatus } from './sync-report';

/** What a {@link FileSyncDatabase} tells, with what it gives to listeners. */
export interface FileSyncEvents extends DatabaseEvents {
  /** A sync has changed the database: it is committed and can be read. */
  sync: [report: SyncReport];
  /** A file could not become a document, for a reason that it had not before. */
  'file-error': [error: FileError];
  state: [state: SyncStatus['state']];
  /** Something that works less well than it should, or that another handle has changed. */
  warning: [error: FileSyncError];
}

/**
 * A database of documents that is kept equal to folders of files, by native threads: JavaScript
 * never waits for them.
 *
 * While it watches, it keeps the process alive, as a listening server does, until `close()` or
 * `unref()`. Handles on the same file share one set of threads; if a later one brings other options,
 * those count from then on, and the others get a `warning`.
 */
export class FileSyncDatabase extends DocumentDatabase {
  readonly #native: Binding.FileSyncDatabase;
  readonly #types: readonly string[];
  readonly #events = new EventEmitter<FileSyncEvents>();
  #closing: Promise<void> | undefined;

  /**
   * Opens the database at `path` and starts the first sync, which `ready()` waits for. `':memory:'`
   * and `''` open one in a temporary directory that goes when it is closed.
   *
   * @throws {@link FileSyncError} as `new DocumentDatabase()`; `FSDB_READONLY` also with the option
   * `readonly`.
   */
  constructor(path: string, options: FileSyncOptions) {
    const checked = checkFileSyncOptions(options);
    const opened = new native.FileSyncDatabase(checkPath(path), checked);
    super(path, { verbose: options.verbose ?? null }, () => opened);
    this.#native = opened;
    this.#types = checked.sources.map(({ type }) => type);
    // A property of the native object, not a reference that it holds: so both can be collected.
    opened.onEvent = (event, payload) => this.#tell(event, payload);
  }

  /** Opens a database and waits for its first sync. */
  static async open(path: string, options: FileSyncOptions): Promise<FileSyncDatabase> {
    const database = new FileSyncDatabase(path, options);
    try {
      await database.ready();
    } catch (error) {
      await database.close();
      throw error;
    }
    return database;
  }

  /**
   * The report of the first sync, as soon as it has ended. Files that could not be read do not make
   * it fail: see `syncStatus().errors`.
   *
   * @throws {@link FileSyncError} `FSDB_CLOSED`, or what kept the database from being written.
   */
  async ready(): Promise<SyncReport> {
    return createReport(await this.#native.ready(), native.documentRefs);
  }

  /**
   * Looks at every file now and brings the database up to date.
   *
   * @throws {@link FileSyncError} `FSDB_CLOSED`, or what kept the database from being written.
   */
  sync(options: SyncOptions = {}): Promise<SyncReport> {
    const { type, full } = checkSyncOptions(options, this.#types);
    const report = this.#native.sync(type, full);
    return report.then((numbers) => createReport(numbers, native.documentRefs));
  }

  /**
   * Writes the document's file, atomically, and then its row. A new document gets a file of the
   * first format that the source includes, of `.json`, `.yaml`, `.yml`, `.md` and `.prompty`.
   *
   * @throws {@link FileSyncError} `FSDB_CONFLICT`: the document itself has another id, or another
   * file took it; `FSDB_IO`, `FSDB_FULL`, `FSDB_READONLY`: the file was not written.
   */
  save<T>(type: string, id: string, document: T): Promise<StoredDocument<T>> {
    checkType(type, this.#types);
    checkId(id);
    const json: string | undefined = JSON.stringify(document);
    if (json === undefined) throw new TypeError('document must be a value that JSON has');
    return this.#native.save(type, id, json) as Promise<StoredDocument<T>>;
  }

  /** Deletes the document's file, and then its row. Resolves to false if there is no such document. */
  remove(type: string, id: string): Promise<boolean> {
    checkType(type, this.#types);
    checkId(id);
    return this.#native.remove(type, id);
  }

  /** How things stand. Works after `close()`, too. */
  syncStatus(): SyncStatus {
    if (!this.open) return closedStatus();
    const { lastSync, errors, ...status } = this.#native.syncStatus();
    return {
      ...(status as Pick<SyncStatus, 'state' | 'role'> & typeof status),
      documents: this.counts(),
      search: this.searchProgress(),
      lastSync: lastSync && createReport(lastSync, native.documentRefs),
      errors: errors as FileError[],
    };
  }

  /**
   * Calls `listener` at each `event`. As with an `EventEmitter`, what it throws is an uncaught
   * exception.
   */
  override on<E extends keyof FileSyncEvents>(
    event: E,
    listener: (...args: FileSyncEvents[E]) => void,
  ): this {
    if (event === 'change') return super.on('change', listener as never);
    this.#events.on(checkEvent(event), listener as never);
    return this;
  }

  override off<E extends keyof FileSyncEvents>(
    event: E,
    listener: (...args: FileSyncEvents[E]) => void,
  ): this {
    if (event === 'change') return super.off('change', listener as never);
    this.#events.off(checkEvent(event), listener as never);
    return this;
  }

  /** Keeps the process alive while watching: the default. */
  override ref(): this {
    this.#native.ref();
    return this;
  }

  /** Lets the process end although this watches. Calls that have not been answered still keep it. */
  override unref(): this {
    this.#native.unref();
    return this;
  }

  /**
   * Ends watching and everything else, and leaves the database in one file. Calls that have not been
   * answered are rejected with `FSDB_CLOSED`, unless another handle on the file goes on.
   */
  override close(): Promise<void> {
    this.#closing ??= super.close().then(() => {
      // What a listener throws is uncaught, and no failure of closing.
      process.nextTick(() => this.#events.emit('state', 'closed'));
    });
    return this.#closing;
  }

  #tell(event: string, payload: unknown): void {
    const wanted = event as keyof FileSyncEvents;
    if (this.#events.listenerCount(wanted) === 0) return;
    const value =
      event === 'sync' ? createReport(payload as Binding.SyncReport, native.documentRefs) : payload;
    this.#events.emit(wanted, ...([value] as never));
  }
}

const events: readonly string[] = ['change', 'sync', 'file-error', 'state', 'warning'];

function checkEvent<E>(event: E): E {
  if (events.includes(String(event))) return event;
  throw new TypeError(`no event "${String(event)}"; there are: ${events.join(', ')}`);
}

function checkId(id: unknown): void {
  if (typeof id !== 'string' || id === '')
    throw new TypeError('id must be a string, and not empty');
}

function closedStatus(): SyncStatus {
  return {
    state: 'closed',
    role: 'follower',
    leaderPid: null,
    backend: '',
    directories: 0,
    overflows: 0,
    rescans: 0,
    documents: {},
    search: {},
    pending: 0,
    generation: 0,
    lastSync: null,
    errors: [],
    degraded: [],
  };
}
