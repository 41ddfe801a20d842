// What the live jobs share: the sides, and looking at their rows from outside.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeContent } from '../content.mjs';
import { data, floor, node, requirePeer, root, side } from '../lib/places.mjs';
import { removeDatabase } from '../lib/rows.mjs';
import { SideProcess } from '../lib/side-process.mjs';

// How often the rows are looked at, and when a side that does nothing is at rest.
const pollMs = 5;

const byHand = (watcher) => ({ command: [node, side('watcher')], job: { watcher } });

const allSides = {
  ours: { command: [node, side('ours')], job: { package: root } },
  'chokidar 6': byHand('chokidar6'),
  'chokidar 5': byHand('chokidar5'),
  'fs.watch': byHand('fs.watch'),
  '@parcel/watcher': byHand('parcel'),
  floor: { command: [floor('live_sync')], job: {} },
};

export const liveSides = (...names) =>
  Object.fromEntries(names.map((name) => [name, allSides[name]]));

/** A folder with fresh content. */
export function freshFolder(name, set) {
  const directory = join(data, name);
  rmSync(`${directory}.json`, { force: true });
  rmSync(directory, { recursive: true, force: true });
  if (set) writeContent(directory, set);
  return directory;
}

/** A side that has synced `directory` and watches it. */
export async function startLive({ command, job }, directory, debounceMs, stalls = false) {
  const database = join(data, 'live.sqlite');
  removeDatabase(database);
  const options = { debounceMs };
  const settings = { ...job, directory, database, debounceMs, options, stalls, live: true };
  const process = new SideProcess(command, settings);
  await process.answer();
  return { process, rows: new Rows(database) };
}

/** The rows of a side, as any reader of the file sees them. */
export class Rows {
  #database;
  #document;
  #current;

  constructor(path) {
    const Database = requirePeer('better-sqlite3');
    this.#database = new Database(path, { readonly: true });
    this.#document = this.#database
      .prepare("SELECT document FROM documents WHERE type = 'item' AND id = ?")
      .pluck();
    this.#current = this.#database
      .prepare("SELECT count(*) FROM documents WHERE document ->> '$.revision' = ?")
      .pluck();
  }

  revision(id) {
    const document = this.#document.get(id);
    return document === undefined ? undefined : JSON.parse(document).revision;
  }

  countOf(revision) {
    return this.#current.get(revision);
  }

  /** All documents by the path of their file. */
  all() {
    const rows = this.#database.prepare('SELECT file_path, document FROM documents').raw().all();
    return new Map(rows);
  }

  #version() {
    return this.#database.pragma('data_version', { simple: true });
  }

  /**
   * Waits until `wrong()` is 0, asking after every commit, or until there was no commit for
   * `restMs`. Returns what is wrong then and when it last changed (performance.now()).
   */
  async settle(wrong, restMs) {
    let seen = this.#version();
    let count = wrong();
    let at = performance.now();
    while (count > 0 && performance.now() - at < restMs) {
      await sleep(pollMs);
      const version = this.#version();
      if (version === seen) continue;
      seen = version;
      at = performance.now();
      count = wrong();
    }
    return { wrong: count, at };
  }

  close() {
    this.#database.close();
  }
}
