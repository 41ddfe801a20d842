import type * as Binding from '../binding';
import { integer } from './check';
import { Collection } from './collection';
import { Database } from './database';
import { type FindOptions, findAsync } from './find-async';
import { native } from './native';
import { checkDocumentOptions, checkPath, type DocumentOptions } from './options';
import { checkQuery, type Page, type Query, type QueryPlan } from './query';
import type { DocumentChange, StoredDocument } from './rows';
import { type SearchHit, type SearchOptions, type SearchProgress, search } from './search';

/** A database with the tables of documents, which are part of the public interface. */
export class DocumentDatabase extends Database {
  readonly #native: Binding.DocumentDatabase;
  /** The last change that the event `change` has told of. */
  #told: number | undefined;

  /**
   * As `new Database()`; also creates the tables, and what `collections` declares, or brings them up
   * to date.
   *
   * @throws also `TypeError` for a declaration that is wrong, {@link FileSyncError}
   * `FSDB_CONSTRAINT`: documents that are there contradict `unique`; `FSDB_SCHEMA`: the file is newer than this program, or it is
   * opened `readonly` and holds no documents.
   */
  constructor(path: string, options?: DocumentOptions);
  /** @internal */
  constructor(path: string, options: DocumentOptions, open?: () => Binding.DocumentDatabase);
  constructor(path: string, options: DocumentOptions = {}, open?: () => Binding.DocumentDatabase) {
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

  /**
   * As `find()`, on a native thread: for queries that no index serves.
   *
   * @throws as `find()` at once; rejects as {@link Database.query}.
   */
  findAsync<T = unknown>(
    query: Query = {},
    options: FindOptions = {},
  ): Promise<Page<StoredDocument<T>>> {
    return findAsync<T>(this.#native, checkQuery(query), options);
  }

  /**
   * The documents that full text finds, best first. All words must be there; `"words in quotes"`
   * stand together; a star behind a word means that it may go on: `hol*`. All else is text: there is
   * no wrong search.
   *
   * @throws `TypeError` if no type, or not this one, is declared with `search`.
   */
  search<T = unknown>(text: string, options: SearchOptions = {}): SearchHit<T>[] {
    return search<T>(this.#native, text, options);
  }

  /** How far the full text of each type is that is declared with `search`. */
  searchProgress(): Record<string, SearchProgress> {
    return Object.fromEntries(
      this.#native.searchProgress().map(({ type, ...progress }) => [type, progress]),
    );
  }

  /** How `find()` would go about a query: whether it uses an index. */
  explainFind(query: Query = {}): QueryPlan {
    return this.#native.explain(checkQuery(query)) as QueryPlan;
  }

  /**
   * What happened to documents behind the change `seq`, in the order of the commits. 0: from the
   * first one that is kept, which is the 10,000th from the end. If the first `seq` is not the next
   * one, those between have been dropped: start over from the documents.
   *
   * @param limit - changes at most, 1 to 10,000. @defaultValue 1000
   */
  changesSince(seq: number, limit?: number): DocumentChange[] {
    const from = integer(seq, 'seq', { min: 0, max: Number.MAX_SAFE_INTEGER });
    if (from === undefined) throw new TypeError('seq must be a number');
    const most = integer(limit, 'limit', { min: 1, max: 10_000 }) ?? 1000;
    return this.#native.changesSince(from, most) as DocumentChange[];
  }

  /** @internal */
  override documentChanges(): DocumentChange[] {
    if (this.#told === undefined) {
      const newest = "SELECT seq FROM sqlite_sequence WHERE name = 'changes'";
      this.#told = Number(this.prepare(newest).pluck().get() ?? 0);
    }
    const changes = this.changesSince(this.#told, 10_000);
    this.#told = changes.at(-1)?.seq ?? this.#told;
    return changes;
  }

  /** Documents by type, of the types that have any. */
  counts(): Record<string, number> {
    return Object.fromEntries(this.#native.counts());
  }
}

function openDocuments(path: string, options: DocumentOptions): Binding.DocumentDatabase {
  const checked = checkPath(path);
  return new native.DocumentDatabase(checked, checkDocumentOptions(options, checked));
}
