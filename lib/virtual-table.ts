// Virtual tables that a program gives to SQL: checked, and their rows made uniform.
import type * as Binding from '../binding';
import { checkKnown, object } from './check';
import { type FunctionDefaults, flag } from './functions';

/** A row of a virtual table: values in the order of the columns, or by name. */
export type VirtualTableRow = unknown[] | Record<string, unknown>;

/** A table whose rows a generator yields, for reading. */
export interface VirtualTableDefinition {
  columns: string[];
  /**
   * Hidden columns, whose values the generator is given: `FROM name(1, 2)`.
   * @defaultValue `$1`, `$2` and so on, as many as `rows` takes
   */
  parameters?: string[];
  /** Yields the rows. A parameter that the query says nothing of is undefined. */
  // biome-ignore lint/suspicious/noExplicitAny: arguments are of the types that the SQL gives.
  rows(...parameters: any[]): Generator<VirtualTableRow, void>;
  /**
   * Must not be read by the schema: views, triggers and the like.
   * @defaultValue false
   */
  directOnly?: boolean;
  /**
   * Gives integers as bigint.
   * @defaultValue what `defaultSafeIntegers()` says when it is defined
   */
  safeIntegers?: boolean;
}

/** For `CREATE VIRTUAL TABLE ... USING name(...)`: gets the arguments as they were written. */
export type VirtualTableFactory = (
  this: { module: string; database: string; table: string },
  ...words: string[]
) => VirtualTableDefinition;

const names = ['columns', 'parameters', 'rows', 'directOnly', 'safeIntegers'];
const maxParameters = 32;

// biome-ignore lint/complexity/noBannedTypes: whatever it takes.
const generators = Object.getPrototypeOf(function* () {}) as Function;

function texts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

/**
 * Messages are those of better-sqlite3.
 * @internal
 */
export function checkTable(
  definition: VirtualTableDefinition,
  module: string,
  defaults: FunctionDefaults,
): Binding.TableDefinition {
  const used = `Virtual table module "${module}" used a table definition`;
  checkKnown(object(definition, 'definition'), names, 'member of a table definition');
  const { columns, rows } = definition;
  for (const [name, value] of Object.entries({ rows, columns })) {
    if (value === undefined) throw new TypeError(`${used} without a "${name}" property`);
  }
  if (!Object.prototype.isPrototypeOf.call(generators, rows)) {
    throw new TypeError(`${used} with an invalid "rows" property (should be a generator function)`);
  }
  const parameters =
    definition.parameters ?? Array.from({ length: rows.length }, (_, i) => `$${i + 1}`);
  for (const [name, value] of Object.entries({ columns, parameters })) {
    if (texts(value)) continue;
    throw new TypeError(
      `${used} with an invalid "${name}" property (should be an array of strings)`,
    );
  }
  if (columns.length === 0) throw new RangeError(`${used} with zero columns`);
  if (parameters.length > maxParameters) {
    throw new RangeError(
      `${used} with more than the maximum number of ${maxParameters} parameters`,
    );
  }
  checkNames(columns, parameters, used);
  return {
    columns,
    parameters,
    directOnly: flag(definition.directOnly, 'directOnly'),
    safeIntegers: flag(definition.safeIntegers, 'safeIntegers', defaults.safeIntegers),
    open: (...values) => new Rows(rows.apply(definition, values), columns, module),
  };
}

/** @internal */
export function callFactory(
  factory: VirtualTableFactory,
  request: { module: string; database: string; table: string },
  words: string[],
): VirtualTableDefinition {
  const definition: unknown = factory.apply(request, words);
  if (typeof definition === 'object' && definition !== null) {
    return definition as VirtualTableDefinition;
  }
  throw new TypeError(
    `Virtual table module "${request.module}" did not return a table definition object`,
  );
}

// SQLite does not tell names apart by case.
function checkNames(columns: string[], parameters: string[], used: string): void {
  const lower = (list: string[]) => new Set(list.map((name) => name.toLowerCase()));
  if (lower(columns).size !== columns.length) {
    throw new TypeError(`${used} with duplicate column names`);
  }
  if (lower(parameters).size !== parameters.length) {
    throw new TypeError(`${used} with duplicate parameter names`);
  }
  const both = columns.find((name) => lower(parameters).has(name.toLowerCase()));
  if (both === undefined) return;
  throw new TypeError(
    `${used} with column "${both}" which was ambiguously defined as both a column and parameter`,
  );
}

class Rows implements Binding.TableRows {
  readonly #rows: Generator<VirtualTableRow, void>;
  readonly #columns: string[];
  readonly #module: string;

  constructor(rows: Generator<VirtualTableRow, void>, columns: string[], module: string) {
    this.#rows = rows;
    this.#columns = columns;
    this.#module = module;
  }

  next(): unknown[] | undefined {
    const { done, value } = this.#rows.next();
    return done ? undefined : this.#toArray(value);
  }

  return(): void {
    this.#rows.return();
  }

  #toArray(row: unknown): unknown[] {
    const count = this.#columns.length;
    if (Array.isArray(row)) {
      if (row.length === count) return row;
      throw this.#wrong('a row with an incorrect number of columns');
    }
    if (typeof row !== 'object' || row === null) {
      throw this.#wrong("something that isn't a valid row object");
    }
    const members = row as Record<string, unknown>;
    for (const name of Object.keys(members)) {
      if (!this.#columns.includes(name)) {
        throw this.#wrong(`a row with an undeclared column "${name}"`);
      }
    }
    return this.#columns.map((name) => {
      if (Object.hasOwn(members, name)) return members[name];
      throw this.#wrong('a row with missing columns');
    });
  }

  #wrong(what: string): TypeError {
    return new TypeError(`Virtual table module "${this.#module}" yielded ${what}`);
  }
}
