// Did every side store the same rows? Read with SQL from the database file, whoever wrote it.
import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { fileOf } from '../content.mjs';
import { requirePeer } from './places.mjs';

const openReadonly = (path) => {
  const Database = requirePeer('better-sqlite3');
  return new Database(path, { readonly: true });
};

export function removeDatabase(path) {
  for (const suffix of ['', '-wal', '-shm', '-journal', '-lock']) {
    rmSync(path + suffix, { force: true });
  }
}

// Only ours splits the body of a prompt into messages as well. The rest is compared as it stands.
function withoutMessages(text) {
  if (!text.includes('"messages":')) return text;
  const { messages, ...document } = JSON.parse(text);
  return JSON.stringify(document);
}

/** The digest that the rows of a set of content must have. */
export function expectedDigest(set) {
  const rows = Array.from({ length: set.files }, (_, number) => fileOf(set, number));
  rows.sort((a, b) => (a.id < b.id ? -1 : 1));
  const digest = createHash('sha1');
  for (const row of rows) {
    digest.update(`${row.id}\0${row.name}\0${JSON.stringify(row.document)}\n`);
  }
  return digest.digest('hex');
}

function storedDigest(path) {
  const database = openReadonly(path);
  const digest = createHash('sha1');
  let count = 0;
  for (const row of database
    .prepare('SELECT id, name, document FROM documents ORDER BY id')
    .iterate()) {
    digest.update(`${row.id}\0${row.name}\0${withoutMessages(row.document)}\n`);
    count++;
  }
  database.close();
  return { digest: digest.digest('hex'), count };
}

export function assertRows(path, expected, side) {
  const stored = storedDigest(path);
  if (stored.digest !== expected) throw new Error(`${side}: ${stored.count} rows, not as expected`);
}
