import type * as Binding from '../binding';
import { Collection } from './collection';
import { Database } from './database';
import { native } from './native';
import { checkDatabaseOptions, checkPath, type DatabaseOptions } from './options';
import { checkQuery, type Page, type Query } from './query';
import type { StoredDocument } from './rows';

/** A database with the tables of documents, which are part of the public interface. */
export class DocumentDatabase extends Database {
  readonly #native: Binding.DocumentDatabase;

  /**
   * As `new Database()`; also creates the tables, or brings them up to date.
   *
   * @throws also {@link FileSyncError} `FSDB_SCHEMA`: the file is newer than this program, or it is
   * opened `readonly` and holds no documents.
   */
  constructor(path: string, options?: DatabaseOptions);
  /** @internal */
  constructor(path: string, options: DatabaseOptions, open?: () => Binding.DocumentDatabase);
  constructor(path: string, options: DatabaseOptions = {}, open?: () => Binding.DocumentDatabase) {
    const opened = open?.() ?? openDocuments(path, options);
    super(path, options, () => opened);
    this.#native = opened;
  }

  /** The documents of one type, which need not exist yet. */
  collection<T = unknown>(type: string): Collection<T> {
    return new Collection<T>(this.#native, type);
  }

  /**
   * A page of documents, of one type or of all.
   *
   * @throws `TypeError` for a query that is wrong; the message names the part that is.
   */
  find<T = unknown>(query: Query = {}): Page<StoredDocument<T>> {
    return this.#native.find(checkQuery(query)) as Page<StoredDocument<T>>;
  }

  /** Documents by type, of the types that have any. */
  counts(): Record<string, number> {
    return Object.fromEntries(this.#native.counts());
  }
}

function openDocuments(path: string, options: DatabaseOptions): Binding.DocumentDatabase {
  return new native.DocumentDatabase(checkPath(path), checkDatabaseOptions(options));
}
