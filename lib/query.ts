import type * as Binding from '../binding';
import { checkKnown, integer, object, text, texts } from './check';

/** What a document is compared with. Dates are compared as ISO 8601 text. */
export type Scalar = string | number | bigint | boolean | null | Date;

/** Comparisons; all of them must hold. */
export interface Comparison {
  eq?: Scalar;
  ne?: Scalar;
  gt?: Scalar;
  gte?: Scalar;
  lt?: Scalar;
  lte?: Scalar;
  /** Is one of these. */
  in?: readonly Scalar[];
  /** Is an array with this element, or text with this text in it. */
  contains?: Scalar;
  /** Is there, or is not. */
  exists?: boolean;
  /** Matches, as in SQL. */
  like?: string;
  /** Matches, as in SQL. */
  glob?: string;
}

/**
 * Conditions on documents; all of them must hold. Keys are JSON paths: `age`, `model.api`,
 * `$."a.b"`; `id`, `name`, `type`, `version`, `seq`, `filePath`, `fileModified`, `createdAt` and
 * `updatedAt` name the columns. A plain value means equal.
 */
export type Where = { [path: string]: Scalar | Comparison | Where | Where[] | undefined } & {
  and?: Where[];
  or?: Where[];
  not?: Where;
};

/** Which documents, in which order, and which page of them. */
export interface Query {
  /** Documents of this type; of all by default. */
  type?: string;
  where?: Where;
  /**
   * What full text must find, as in `search()`. Of the types that are declared with `search`; the
   * order is that of `orderBy`, not the rank.
   */
  search?: string;
  /** JSON paths or columns; `-` in front for descending. @defaultValue insertion order */
  orderBy?: string | string[];
  /**
   * Documents on a page at most, 1 to 10,000, for paging by `after`.
   * @defaultValue 100
   */
  limit?: number;
  /** The `next` of the page before: costs the same on every page. */
  after?: string;
  /** Page number from 1, for paging by number: the answer then has a `total`. */
  page?: number;
  /** Documents on a page of `page`, 1 to 10,000. @defaultValue 100 */
  pageSize?: number;
}

export interface Page<T> {
  rows: T[];
  /** If the query had one. */
  page?: number;
  pageSize: number;
  /** All documents that match, if the query had a `page`. */
  total?: number;
  hasMore: boolean;
  /** Opaque: the `after` of the next page. Absent on the last one. */
  next?: string;
}

/** How SQLite goes about a query. */
export interface QueryPlan {
  /** Whether an index spares looking at every document of the type, or sorting them. */
  usesIndex: boolean;
  /** The names of the indexes. */
  indexes: string[];
  /** Whether rows are sorted after they were found. */
  sorts: boolean;
  /** The steps, in SQLite's words: `EXPLAIN QUERY PLAN`. */
  steps: string[];
  sql: string;
}

const names = ['type', 'where', 'search', 'orderBy', 'limit', 'after', 'page', 'pageSize'];
const positive = { min: 1, max: Number.MAX_SAFE_INTEGER };

/**
 * Completes a query. What is in `where`, and what fits together, is for the addon to say.
 * @internal
 */
export function checkQuery(query: Query, known: readonly string[] = names): Binding.Query {
  checkKnown(object(query, 'query'), known, 'part of a query');
  const { orderBy } = query;
  return {
    type: text(query.type, 'type'),
    where: checkWhere(query.where),
    search: text(query.search, 'search'),
    orderBy: texts(typeof orderBy === 'string' ? [orderBy] : orderBy, 'orderBy') ?? [],
    limit: integer(query.limit, 'limit', positive),
    after: text(query.after, 'after'),
    page: integer(query.page, 'page', positive),
    pageSize: integer(query.pageSize, 'pageSize', positive),
  };
}

/**
 * The type is the collection's.
 * @internal
 */
export function checkCollectionQuery(query: object, type: string): Binding.Query {
  const others = names.filter((name) => name !== 'type');
  return { ...checkQuery(query, others), type };
}

/** @internal */
export function checkWhere(where: unknown): unknown {
  return where === undefined ? undefined : object(where, 'where');
}
