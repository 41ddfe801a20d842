import type * as Binding from '../binding';
import { checkKnown, integer, object, text } from './check';
import type { StoredDocument } from './rows';

/** A document that a search has found. */
export interface SearchHit<T = unknown> extends StoredDocument<T> {
  /** By BM25: the lower the better. Comparable within one search of one type. */
  rank: number;
  /** Words around a match; matches stand in `[` and `]`. Plain text: escape it for HTML. */
  snippet: string;
}

/** Options of `search()`. */
export interface SearchOptions {
  /** Documents of this type; by default of all that are declared with `search`. */
  type?: string;
  /** Documents at most, 1 to 1,000. @defaultValue 20 */
  limit?: number;
}

/** How far the full text of a type is. */
export interface SearchProgress {
  /** Whether everything that is stored can be found. Until then, some of it can. */
  ready: boolean;
  /** Documents that were indexed so far, while it is being filled. */
  indexed: number;
}

const defaultLimit = 20;
const limits = { min: 1, max: 1000 };

/** @internal */
export function search<T>(
  native: Binding.DocumentDatabase,
  words: string,
  options: SearchOptions,
  known: readonly string[] = ['type', 'limit'],
): SearchHit<T>[] {
  checkKnown(object(options, 'options'), known, 'option');
  const wanted = text(words, 'text');
  if (wanted === undefined) throw new TypeError('text must be a string');
  const limit = integer(options.limit, 'limit', limits) ?? defaultLimit;
  const { rows, ranks, snippets } = native.search(wanted, text(options.type, 'type'), limit);
  return rows.map((row, i) =>
    Object.assign(row as SearchHit<T>, { rank: ranks[i], snippet: snippets[i] }),
  );
}
