// What is declared of the documents of a type, checked and completed.
import type * as Binding from '../binding';
import { checkKnown, integer, object, text, texts } from './check';

/**
 * What is declared of the documents of a type. It becomes a part of the database file: it works
 * whoever writes, and stays until the type is declared otherwise. Paths are JSON paths such as
 * `model.api`, or columns such as `name` and `updatedAt`.
 */
export interface CollectionOptions {
  /** What queries compare and order by: each path gets an index. */
  indexes?: string[];
  /**
   * Of what stands there no two documents may have the same; a second one is `FSDB_CONSTRAINT`. What
   * is missing or null is no value. Of a type with a folder it holds for what the program writes:
   * files are taken as they are.
   */
  unique?: string[];
  /** Drops old documents in the transaction that stores a new one. Not for types with a folder. */
  keep?: KeepOptions;
  /**
   * Path of an array of `{ id, type, context }`, or of ids: makes `references()` and `backlinks()`
   * work. Without a `type` the document refers to its own.
   */
  references?: string;
  /** Path of an array of strings: makes `tags()` work, and `contains` on it use an index. */
  tags?: string;
  /**
   * Full text over the name and every text (`true`) or over these paths: makes `search()` and
   * `find({ search })` work. Documents that are there already are indexed in the background, those of
   * a folder after the first sync: see `searchProgress()`.
   */
  search?: boolean | string[] | FullTextOptions;
}

/** What full text looks at, and how. */
export interface FullTextOptions {
  /** @defaultValue the name and every text in the document */
  paths?: string[];
  /**
   * `'unicode61'`: words, without regard to case and accents. `'trigram'`: any three or more
   * characters, also within words; larger and slower to write.
   * @defaultValue 'unicode61'
   */
  tokenizer?: 'unicode61' | 'trigram';
}

/** What is kept. Each limit by itself; at least one. */
export interface KeepOptions {
  /** The newest so many, by insertion. */
  newest?: number;
  /** JSON path: so many for each value that stands there. */
  per?: string;
  /** Documents that were created longer ago are dropped, in milliseconds. */
  olderThanMs?: number;
}

const collectionNames = ['indexes', 'unique', 'keep', 'references', 'tags', 'search'];

/** The names of {@link CollectionOptions} that a source may have. */
export const sourceCollectionNames = collectionNames.filter((name) => name !== 'keep');

const amount = { min: 1, max: Number.MAX_SAFE_INTEGER };

/** @internal */
export function checkCollections(
  collections: unknown,
  sources: readonly string[] = [],
): Binding.CollectionConfig[] {
  if (collections === undefined) return [];
  return Object.entries(object(collections, 'collections')).map(([type, given]) => {
    const name = `collections.${type}`;
    if (sources.includes(type)) {
      throw new TypeError(`${name}: the type has a folder; declare it in sources.${type}`);
    }
    checkKnown(object(given, name), collectionNames, `option of ${name}:`);
    return checkCollection(type, given, name, false);
  });
}

/**
 * Other options of a source are none of this function's business.
 * @internal
 */
export function checkCollection(
  type: string,
  options: CollectionOptions,
  name: string,
  fromFiles: boolean,
): Binding.CollectionConfig {
  if (type === '') throw new TypeError('a document type must not be empty');
  return {
    type,
    indexes: paths(options.indexes, `${name}.indexes`),
    unique: paths(options.unique, `${name}.unique`),
    fromFiles,
    references: path(options.references, `${name}.references`),
    tags: path(options.tags, `${name}.tags`),
    search: checkSearch(options.search, `${name}.search`),
    ...checkKeep(options.keep, `${name}.keep`),
  };
}

function checkKeep(
  keep: KeepOptions | undefined,
  name: string,
): Pick<Binding.CollectionConfig, 'keepNewest' | 'keepPer' | 'keepOlderThanMs'> {
  if (keep === undefined) return { keepNewest: undefined, keepPer: '', keepOlderThanMs: undefined };
  checkKnown(object(keep, name), ['newest', 'per', 'olderThanMs'], `option of ${name}:`);
  const keepNewest = integer(keep.newest, `${name}.newest`, amount);
  const keepOlderThanMs = integer(keep.olderThanMs, `${name}.olderThanMs`, amount);
  if (keepNewest === undefined && keepOlderThanMs === undefined) {
    throw new TypeError(`${name} must have newest or olderThanMs`);
  }
  if (keep.per !== undefined && keepNewest === undefined) {
    throw new TypeError(`${name}.per goes with newest`);
  }
  return { keepNewest, keepPer: path(keep.per, `${name}.per`), keepOlderThanMs };
}

function checkSearch(search: unknown, name: string): Binding.CollectionConfig['search'] {
  if (search === undefined || search === false) return undefined;
  if (search === true) return { paths: [], trigram: false };
  if (Array.isArray(search)) return { paths: somePaths(search, name), trigram: false };
  const given = object(search, name) as FullTextOptions;
  checkKnown(given, ['paths', 'tokenizer'], `option of ${name}:`);
  const { tokenizer = 'unicode61' } = given;
  if (tokenizer !== 'unicode61' && tokenizer !== 'trigram') {
    throw new TypeError(`${name}.tokenizer must be 'unicode61' or 'trigram'`);
  }
  return {
    paths: given.paths === undefined ? [] : somePaths(given.paths, `${name}.paths`),
    trigram: tokenizer === 'trigram',
  };
}

function somePaths(value: unknown, name: string): string[] {
  const given = paths(value, name);
  if (given.length === 0) throw new TypeError(`${name} must name at least one path`);
  return given;
}

function paths(value: unknown, name: string): string[] {
  return [...new Set(texts(value, name))].map((each) => path(each, name)).sort();
}

function path(value: unknown, name: string): string {
  const given = text(value, name);
  if (given === '') throw new TypeError(`${name} must not be empty`);
  return given ?? '';
}
