// What the user typed, as a value. Pure: nothing is opened and nothing printed.
import { basename, resolve } from 'node:path';
import { parseArgs } from 'node:util';

/** A folder and the document type that its files become. */
export interface Folder {
  readonly type: string;
  readonly directory: string;
}

export interface OutputOptions {
  readonly json: boolean;
  readonly quiet: boolean;
}

export interface SyncCommand extends OutputOptions {
  readonly name: 'sync' | 'watch';
  readonly db: string;
  readonly folders: readonly Folder[];
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly id: string | undefined;
  readonly full: boolean;
  readonly poll: boolean;
  readonly debounceMs: number | undefined;
}

export interface QueryCommand extends OutputOptions {
  readonly name: 'query';
  readonly db: string;
  readonly sql: string;
  readonly params: readonly string[];
}

export interface StatusCommand extends OutputOptions {
  readonly name: 'status';
  readonly db: string;
}

export type Command =
  | SyncCommand
  | QueryCommand
  | StatusCommand
  | { readonly name: 'help' | 'version' };

/** The command line makes no sense; the message says what to type instead. */
export class UsageError extends Error {}

const options = {
  db: { type: 'string' },
  include: { type: 'string', multiple: true },
  exclude: { type: 'string', multiple: true },
  id: { type: 'string' },
  full: { type: 'boolean' },
  poll: { type: 'boolean' },
  'debounce-ms': { type: 'string' },
  json: { type: 'boolean' },
  quiet: { type: 'boolean', short: 'q' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'V' },
} as const;

type OptionName = keyof typeof options;

const commonOptions: readonly OptionName[] = ['db', 'json', 'quiet'];
const scanOptions: readonly OptionName[] = ['include', 'exclude', 'id'];
const allowedOptions: Record<string, readonly OptionName[]> = {
  sync: [...commonOptions, ...scanOptions, 'full'],
  watch: [...commonOptions, ...scanOptions, 'poll', 'debounce-ms'],
  query: commonOptions,
  status: commonOptions,
};

/** @throws {UsageError} */
export function parseCommand(argv: readonly string[]): Command {
  const { values, positionals } = parse(argv);
  if (values.help) return { name: 'help' };
  if (values.version) return { name: 'version' };
  const [name, ...rest] = positionals;
  if (name === undefined) throw new UsageError('which command? One of sync, watch, query, status');
  if (name === 'help') return { name: 'help' };
  const allowed = Object.hasOwn(allowedOptions, name) ? allowedOptions[name] : undefined;
  if (allowed === undefined) {
    throw new UsageError(`no command "${name}"; there are sync, watch, query, status`);
  }
  for (const option of Object.keys(values)) {
    if (!allowed.includes(option as OptionName)) {
      throw new UsageError(`--${option} means nothing to "${name}"`);
    }
  }
  if (!values.db) throw new UsageError(`"${name}" needs the database: --db FILE`);
  const output = { db: values.db, json: values.json ?? false, quiet: values.quiet ?? false };
  if (name === 'query') return parseQuery(rest, output);
  if (name === 'status') return parseStatus(rest, output);
  return {
    name: name === 'watch' ? 'watch' : 'sync',
    ...output,
    folders: parseFolders(rest),
    include: values.include ?? [],
    exclude: values.exclude ?? [],
    id: values.id,
    full: values.full ?? false,
    poll: values.poll ?? false,
    debounceMs: parseMilliseconds(values['debounce-ms']),
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: true, strict: true });
  } catch (error) {
    // parseArgs throws TypeErrors whose first sentence says what is wrong.
    throw new UsageError((error as Error).message.split('. ')[0]);
  }
}

type Output = OutputOptions & { readonly db: string };

function parseQuery(words: readonly string[], output: Output): QueryCommand {
  const [sql, ...params] = words;
  if (sql === undefined)
    throw new UsageError('"query" needs the SQL: query "SELECT ..." --db FILE');
  return { name: 'query', ...output, sql, params };
}

function parseStatus(words: readonly string[], output: Output): StatusCommand {
  if (words.length > 0) throw new UsageError(`"status" takes no "${words[0]}"`);
  return { name: 'status', ...output };
}

function parseMilliseconds(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,9}$/.test(text)) throw new UsageError(`--debounce-ms takes a number, not "${text}"`);
  return Number(text);
}

/** `DIR` or `type=DIR`. A folder whose own name contains "=" is written with a slash: ./a=b */
function parseFolders(words: readonly string[]): Folder[] {
  if (words.length === 0) throw new UsageError('which folder? DIR or type=DIR');
  const folders = words.map(parseFolder);
  const types = new Set<string>();
  for (const { type, directory } of folders) {
    if (types.has(type)) {
      throw new UsageError(`two folders of type "${type}"; name one of them: other=${directory}`);
    }
    types.add(type);
  }
  return folders;
}

function parseFolder(word: string): Folder {
  const named = /^([^/=]+)=(.+)$/s.exec(word);
  const directory = named?.[2] ?? word;
  const type = named?.[1] ?? basename(resolve(directory));
  if (type === '') throw new UsageError(`"${word}" has no name of its own; write type=${word}`);
  return { type, directory };
}
