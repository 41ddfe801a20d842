// What the hand-written sides do with a folder and with a file.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { requirePeer } from '../lib/places.mjs';

let yaml;

/** All files below `directory`, by path, so that rows go in nearly sorted. */
export function walk(directory, below = '', paths = []) {
  const entries = readdirSync(directory + below, { withFileTypes: true });
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    if (entry.name.startsWith('.')) continue;
    const path = `${below}/${entry.name}`;
    if (entry.isDirectory()) walk(directory, path, paths);
    else if (entry.isFile()) paths.push(path.slice(1));
  }
  return paths;
}

function parse(text, path) {
  if (path.endsWith('.json')) return JSON.parse(text);
  yaml ??= requirePeer('js-yaml');
  const parts = /^---\r?\n(.*?\n)---\r?\n(.*)$/s.exec(text);
  if (!parts) return { content: text };
  return { ...yaml.load(parts[1], { schema: yaml.CORE_SCHEMA }), content: parts[2] };
}

/** The row of a file. */
export function load(directory, path) {
  const file = `${directory}/${path}`;
  const { size, mtimeMs } = statSync(file);
  const text = readFileSync(file, 'utf8');
  const value = parse(text, path);
  const id = path.slice(0, path.lastIndexOf('.'));
  const name = value.name ?? value.title ?? id;
  return { id, name, path, size, mtimeMs, document: JSON.stringify(value) };
}

export const stat = (directory, path) => statSync(`${directory}/${path}`);
