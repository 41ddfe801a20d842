import type * as Binding from '../binding';
import { checkKnown, object } from './check';
import {
  checkName,
  checkWriteOptions,
  type DeepPartial,
  type InsertOptions,
  toJson,
  toPatch,
  type WriteGuard,
  type WriteOptions,
} from './document-write';
import { type FindOptions, findAsync } from './find-async';
import {
  checkCollectionQuery,
  checkWhere,
  type Page,
  type Query,
  type QueryPlan,
  type Where,
} from './query';
import type { StoredDocument } from './rows';
import { type SearchHit, type SearchOptions, search } from './search';
import { uuidV7 } from './uuid';

const insertOptions = ['id', 'name'];
const putOptions = ['name', 'ifVersion', 'onlyIfNewer'];
const deleteOptions = ['ifVersion'];

/** Between two documents. */
export interface Reference {
  /** Of the other document. */
  type: string;
  id: string;
  /** `null`: there is no such document. */
  name: string | null;
  /** What stands at `context` in the reference; `null` if nothing does. */
  context: unknown;
  /** What is referred to does not exist. */
  dangling: boolean;
}

function withContext(references: { context: string | null }[]): Reference[] {
  for (const reference of references as { context: unknown }[]) {
    const { context } = reference;
    if (typeof context === 'string') reference.context = JSON.parse(context);
  }
  return references as Reference[];
}

/**
 * The documents of one type. Reads run on the calling thread and take microseconds. Writes run on a
 * native thread and resolve after their commit; those that wait together commit together.
 *
 * Of a type that has a folder, writes go to the file, as with `save()` and `remove()`, and then to
 * the row. Guards are then looked at before the file is written: they hold among the writes of this
 * process.
 *
 * A document is what `JSON.stringify()` makes of it: a Date becomes text, `undefined` is left out,
 * NaN becomes null, a bigint is a `TypeError`.
 */
export class Collection<T = unknown> {
  readonly type: string;
  readonly #native: Binding.DocumentDatabase;

  /** @internal */
  constructor(native: Binding.DocumentDatabase, type: string) {
    if (typeof type !== 'string' || type === '') {
      throw new TypeError('a document type must be a string, and not empty');
    }
    this.#native = native;
    this.type = type;
  }

  /** The document with this id; `null` if there is none. */
  get(id: string): StoredDocument<T> | null {
    if (typeof id !== 'string') throw new TypeError('id must be a string');
    return this.#native.get(this.type, id) as StoredDocument<T> | null;
  }

  /**
   * A page of documents.
   *
   * @throws `TypeError` for a query that is wrong; the message names the part that is.
   */
  find(query: Omit<Query, 'type'> = {}): Page<StoredDocument<T>> {
    const checked = checkCollectionQuery(query, this.type);
    return this.#native.find(checked) as Page<StoredDocument<T>>;
  }

  /** As `find()`, on a native thread: see {@link DocumentDatabase.findAsync}. */
  findAsync(
    query: Omit<Query, 'type'> = {},
    options: FindOptions = {},
  ): Promise<Page<StoredDocument<T>>> {
    return findAsync<T>(this.#native, checkCollectionQuery(query, this.type), options);
  }

  /** What full text finds, best first: see {@link DocumentDatabase.search}. */
  search(text: string, options: Pick<SearchOptions, 'limit'> = {}): SearchHit<T>[] {
    const checked = { ...object(options, 'options'), type: this.type };
    checkKnown(options, ['limit'], 'option');
    return search<T>(this.#native, text, checked);
  }

  /** How `find()` would go about a query: whether it uses an index. */
  explain(query: Omit<Query, 'type'> = {}): QueryPlan {
    return this.#native.explain(checkCollectionQuery(query, this.type)) as QueryPlan;
  }

  /** How many documents match. */
  count(where?: Where): number {
    return this.#native.count(this.type, checkWhere(where));
  }

  /**
   * What the document refers to, in the order of its array.
   *
   * @throws `TypeError` unless the collection is declared with `references`.
   */
  references(id: string): Reference[] {
    return withContext(this.#native.references(this.type, checkName(id, 'id')));
  }

  /** The documents of all types that refer to this one, oldest first. It need not exist. */
  backlinks(id: string): Reference[] {
    return withContext(this.#native.backlinks(this.type, checkName(id, 'id')));
  }

  /**
   * The tags in use and how many documents have each, the most used first.
   *
   * @throws `TypeError` unless the collection is declared with `tags`.
   */
  tags(): { tag: string; count: number }[] {
    return this.#native.tags(this.type).map(([tag, count]) => ({ tag, count }));
  }

  /**
   * Stores a new document.
   *
   * @throws {@link FileSyncError} `FSDB_CONFLICT`: the id is taken; `current` is the document that
   * has it; `FSDB_CONSTRAINT`: another document has what is `unique`; `current` is that one. As every
   * write: `FSDB_LIMIT` (16 MiB, 1,000 levels), `FSDB_BUSY`, `FSDB_CLOSED`,
   * `FSDB_FULL`, `FSDB_IO`, `FSDB_READONLY`.
   */
  insert(document: T, options?: InsertOptions): Promise<StoredDocument<T>> {
    const checked = checkWriteOptions(options, insertOptions);
    return this.#write('insert', options?.id ?? uuidV7(), toJson(document), checked);
  }

  /**
   * Stores a document in place of the one with this id, or as a new one. One that is equal changes
   * nothing, not even the version.
   *
   * @throws {@link FileSyncError} `FSDB_CONFLICT`: a guard did not hold; `current` is the document
   * that is stored.
   */
  put(id: string, document: T, options?: WriteOptions): Promise<StoredDocument<T>> {
    const checked = checkWriteOptions(options, putOptions);
    return this.#write('put', id, toJson(document), checked);
  }

  /**
   * Merges `changes` into the document (RFC 7396): objects are merged, `null` removes, all else is
   * replaced, arrays whole. What they do not name stays as it is written. Resolves to `null` if there
   * is no such document.
   *
   * @throws {@link FileSyncError} as `put()`
   */
  patch(
    id: string,
    changes: DeepPartial<T>,
    options?: WriteOptions,
  ): Promise<StoredDocument<T> | null> {
    const checked = checkWriteOptions(options, putOptions);
    return this.#write('patch', id, toPatch(changes), checked);
  }

  /**
   * Deletes a document. Resolves to false if there is none.
   *
   * @throws {@link FileSyncError} as `put()`
   */
  delete(id: string, options?: Pick<WriteGuard, 'ifVersion'>): Promise<boolean> {
    const checked = checkWriteOptions(options, deleteOptions);
    return this.#write('delete', id, '', checked).then((deleted) => deleted !== null);
  }

  #write(
    kind: Binding.DocumentWrite['kind'],
    id: string,
    json: string,
    options: Pick<Binding.DocumentWrite, 'name' | 'ifVersion' | 'onlyIfNewer'>,
  ): Promise<StoredDocument<T>> {
    const type = checkName(this.type, 'type');
    const write = { kind, type, id: checkName(id, 'id'), json, ...options };
    return this.#native.writeDocument(write) as Promise<StoredDocument<T>>;
  }
}
