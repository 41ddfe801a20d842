// The database of the hand-written sides: the same documents table and indexes as ours, with the
// stat of the file in the row, on better-sqlite3 or on node:sqlite. As quick as SQL allows: a log,
// no sync at commit, 16 MB of cache, statements prepared once.
import { requirePeer } from '../lib/places.mjs';

const schema = `
CREATE TABLE IF NOT EXISTS documents (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, type TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL,
  version INTEGER NOT NULL, file_path TEXT, file_modified TEXT, created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL, size INTEGER, mtime REAL, document TEXT NOT NULL, UNIQUE (type, id));
CREATE INDEX IF NOT EXISTS documents_type_name ON documents (type, name);
CREATE INDEX IF NOT EXISTS documents_file_path ON documents (file_path)
  WHERE file_path IS NOT NULL;`;

const put = `
INSERT INTO documents (type, id, name, version, file_path, file_modified, created_at, updated_at,
  size, mtime, document) VALUES ('item', ?, ?, 1, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (type, id) DO UPDATE SET name = excluded.name, version = version + 1,
  file_path = excluded.file_path, file_modified = excluded.file_modified,
  updated_at = excluded.updated_at, size = excluded.size, mtime = excluded.mtime,
  document = excluded.document`;

async function open(library, path) {
  if (library === 'better-sqlite3') return new (requirePeer('better-sqlite3'))(path);
  const { DatabaseSync } = await import('node:sqlite');
  return new DatabaseSync(path);
}

export class Store {
  #database;
  #put;
  #remove;
  #removeBelow;
  #now = new Date().toISOString();

  static async open(library, path) {
    const store = new Store();
    store.#database = await open(library, path);
    store.#database.exec('PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;');
    store.#database.exec('PRAGMA cache_size=-16000; PRAGMA busy_timeout=5000;');
    store.#database.exec(schema);
    store.#put = store.#database.prepare(put);
    store.#remove = store.#database.prepare('DELETE FROM documents WHERE file_path = ?');
    store.#removeBelow = store.#database.prepare(
      'DELETE FROM documents WHERE file_path > ? AND file_path < ?',
    );
    return store;
  }

  transaction(run) {
    this.#database.exec('BEGIN IMMEDIATE');
    run();
    this.#database.exec('COMMIT');
  }

  put({ id, name, path, size, mtimeMs, document }) {
    const modified = new Date(mtimeMs).toISOString();
    this.#put.run(id, name, path, modified, this.#now, this.#now, size, mtimeMs, document);
  }

  /** A file, or a folder with all that was in it. */
  remove(path) {
    this.#remove.run(path);
    this.#removeBelow.run(`${path}/`, `${path}0`);
  }

  /** Size and time of all files, by path. */
  stats() {
    const rows = this.#database.prepare('SELECT file_path, size, mtime FROM documents').all();
    return new Map(rows.map((row) => [row.file_path, row]));
  }

  close() {
    this.#database.close();
  }
}
