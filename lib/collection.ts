import type * as Binding from '../binding';
import { checkCollectionQuery, checkWhere, type Page, type Query, type Where } from './query';
import type { StoredDocument } from './rows';

/** The documents of one type. Reads run on the calling thread and take microseconds. */
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

  /** How many documents match. */
  count(where?: Where): number {
    return this.#native.count(this.type, checkWhere(where));
  }
}
