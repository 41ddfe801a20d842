// Values as lines of text. Pure.
import { join } from 'node:path';
import type { DocumentRef, FileError, SyncReport } from '../index';

/** `path:line:column: message`, as editors and terminals understand it. */
export function formatFileError(error: FileError, directory = ''): string {
  const path = join(directory, error.filePath);
  const line = error.line === undefined ? '' : `:${error.line}`;
  const column = error.column === undefined ? '' : `:${error.column}`;
  return `${path}${line}${column}: ${oneLine(error.message)}`;
}

export function formatDuration(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** One line that sums a sync up: what changed, or that nothing did. */
export function formatReport(report: SyncReport): string {
  const parts = [
    [report.added.length, 'added'],
    [report.changed.length, 'changed'],
    [report.renamed.length, 'renamed'],
    [report.removed.length, 'removed'],
    [report.failed, 'failed'],
  ] as const;
  const said = parts.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`);
  const what = said.length > 0 ? said.join(', ') : 'nothing changed';
  return `${what}; ${report.scanned} files in ${formatDuration(report.durationMs)}`;
}

/** One line per document that a sync touched. */
export function formatChanges(report: SyncReport): string[] {
  const name = ({ type, id }: DocumentRef) => `${type} ${oneLine(id)}`;
  return [
    ...report.added.map((document) => `+ ${name(document)}`),
    ...report.changed.map((document) => `~ ${name(document)}`),
    ...report.removed.map((document) => `- ${name(document)}`),
    ...report.renamed.map(({ from, to }) => `> ${name(from)} -> ${oneLine(to.id)}`),
  ];
}

/** Control characters would break the line, or the terminal. */
export function oneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (character) => {
    const short = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }[character];
    return short ?? `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
}

/** A value of SQLite as plain text. */
export function formatValue(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (value instanceof Uint8Array) return `x'${Buffer.from(value).toString('hex')}'`;
  return oneLine(String(value));
}

/** A row as JSON: 64-bit integers as numbers with all their digits, blobs in base64. */
export function formatRowJson(row: object): string {
  const values = Object.entries(row).map(([name, value]) => {
    return `${JSON.stringify(name)}:${formatJsonValue(value)}`;
  });
  return `{${values.join(',')}}`;
}

function formatJsonValue(value: unknown): string {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Uint8Array) return JSON.stringify(Buffer.from(value).toString('base64'));
  return JSON.stringify(value) ?? 'null';
}

/** Columns of a width that fits their contents, as a terminal shows them. */
export function formatTable(columns: readonly string[], rows: readonly string[][]): string[] {
  const widths = columns.map((column, i) => {
    return rows.reduce((width, row) => Math.max(width, row[i]?.length ?? 0), column.length);
  });
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd();
  return [line(columns), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)];
}
