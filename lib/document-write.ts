// What is written through a collection, checked.
import type * as Binding from '../binding';
import { checkKnown, integer, object, text } from './check';

/** What has to hold for a write to go through; looked at in its transaction. */
export interface WriteGuard {
  /** The stored `version`; 0: there must be no such document. */
  ifVersion?: number;
  /**
   * JSON path into the document: what stands there must be greater than what is stored there, number
   * with number or text with text, such as times in ISO 8601. Holds if nothing is stored there.
   */
  onlyIfNewer?: string;
}

/** Options of `put()` and `patch()`. */
export interface WriteOptions extends WriteGuard {
  /**
   * What the document is called.
   * @defaultValue what stands at `name` or `title` in it when that changes, else its id
   */
  name?: string;
}

/** Options of `insert()`. */
export interface InsertOptions {
  /** @defaultValue a UUID of version 7: in the order in which they were made */
  id?: string;
  /** As for `put()`. */
  name?: string;
}

/** All of its members may be left out, at any depth; `null` removes one. */
export type DeepPartial<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { [K in keyof T]?: DeepPartial<T[K]> | null }
    : T;

// As long as the longest path of a file. Far more than an id needs.
const maxNameLength = 16_384;
const version = { min: 0, max: Number.MAX_SAFE_INTEGER };

/**
 * A type, an id or a name that is to be stored: not empty, and such that every program reads the
 * same.
 * @internal
 */
export function checkName(value: unknown, what: string): string {
  const name = text(value, what);
  if (!name) throw new TypeError(`${what} must be a string, and not empty`);
  if (name.includes('\0')) throw new TypeError(`${what} must not contain a NUL character`);
  if (/\p{Surrogate}/u.test(name)) throw new TypeError(`${what} must not contain a lone surrogate`);
  if (name.length > maxNameLength) {
    throw new RangeError(`${what} must have at most ${maxNameLength} characters`);
  }
  return name;
}

/**
 * The document as JSON has it.
 * @internal
 */
export function toJson(document: unknown): string {
  const json: string | undefined = JSON.stringify(document);
  if (json === undefined) throw new TypeError('document must be a value that JSON has');
  return json;
}

/** @internal */
export function toPatch(changes: unknown): string {
  return toJson(object(changes, 'changes'));
}

type Options = WriteOptions | InsertOptions | undefined;
type Checked = Pick<Binding.DocumentWrite, 'name' | 'ifVersion' | 'onlyIfNewer'>;

/** @internal */
export function checkWriteOptions(options: Options, known: readonly string[]): Checked {
  if (options === undefined)
    return { name: undefined, ifVersion: undefined, onlyIfNewer: undefined };
  checkKnown(object(options, 'options'), known, 'option');
  const { name, ifVersion, onlyIfNewer } = options as WriteOptions;
  return {
    name: name === undefined ? undefined : checkName(name, 'name'),
    ifVersion: integer(ifVersion, 'ifVersion', version),
    onlyIfNewer: text(onlyIfNewer, 'onlyIfNewer'),
  };
}
