// The live sync that one would write by hand: a watcher from npm, better-sqlite3, and one
// transaction for all that came in until it was quiet for `debounceMs` (0: at once).
// `{ watcher, database, directory, debounceMs }`; without `database` it only starts to watch.
import { statSync, watch } from 'node:fs';
import { relative } from 'node:path';
import { requirePeer } from '../lib/places.mjs';
import { load, walk } from './files.mjs';
import { answer, job, Meter, serve } from './meter.mjs';
import { Store } from './store.mjs';

const settings = job();
const { watcher, database, directory, debounceMs = 0 } = settings;
const isHidden = (path) => /(^|\/)\./.test(relative(directory, path));

/** Each begins to watch, tells what exists already if `existing`, and returns when it is ready. */
const watchers = {
  async chokidar(name, onPath, onRemoved, existing) {
    const { watch: start } = await import(requirePeer.resolve(name));
    const chokidar = start(directory, { ignoreInitial: !existing, ignored: isHidden });
    chokidar.on('add', onPath).on('change', onPath).on('unlink', onRemoved);
    chokidar.on('error', (error) => process.stderr.write(`${name}: ${error.message}\n`));
    await new Promise((resolve) => chokidar.on('ready', resolve));
    return () => chokidar.close();
  },
  async 'fs.watch'(_, onPath) {
    const handle = watch(directory, { recursive: true }, (_event, path) => {
      if (path) onPath(`${directory}/${path}`);
    });
    return () => handle.close();
  },
  async parcel(_, onPath, onRemoved) {
    const subscribe = requirePeer('@parcel/watcher').subscribe;
    const subscription = await subscribe(directory, (error, events) => {
      if (error) process.stderr.write(`parcel: ${error.message}\n`);
      for (const { type, path } of events ?? []) (type === 'delete' ? onRemoved : onPath)(path);
    });
    return () => subscription.unsubscribe();
  },
};
const startWatcher = watchers[watcher.startsWith('chokidar') ? 'chokidar' : watcher];

class LiveStore {
  #store;
  #due = new Set();
  #timer = null;
  #started = false;

  constructor(store) {
    this.#store = store;
  }

  /** What happened is found out by looking: events come late, twice, and in any order. */
  hint = (path) => {
    if (isHidden(path)) return;
    this.#due.add(relative(directory, path));
    if (!this.#started) return;
    if (debounceMs === 0) this.flush();
    else if (this.#timer) this.#timer.refresh();
    else this.#timer = setTimeout(() => this.flush(), debounceMs);
  };

  start(paths) {
    for (const path of paths) this.#due.add(path);
    this.flush();
    this.#started = true;
  }

  flush() {
    const due = [...this.#due];
    this.#due.clear();
    this.#timer = null;
    if (due.length === 1) return this.#sync(due[0]);
    this.#store.transaction(() => {
      for (const path of due) this.#sync(path);
    });
  }

  close() {
    clearTimeout(this.#timer);
    this.#store.close();
  }

  #sync(path) {
    const stat = statSync(`${directory}/${path}`, { throwIfNoEntry: false });
    if (!stat) return this.#store.remove(path);
    try {
      const paths = stat.isDirectory() ? walk(directory, `/${path}`) : [path];
      for (const each of paths) this.#store.put(load(directory, each));
    } catch (error) {
      // It went meanwhile, or is not complete: another event will tell.
      if (error.code !== 'ENOENT' && !(error instanceof SyntaxError)) throw error;
    }
  }
}

const meter = await Meter.start(settings);
if (database) {
  const store = await Store.open('better-sqlite3', database);
  const live = new LiveStore(store);
  const close = await startWatcher(watcher, live.hint, live.hint, true);
  live.start(watcher.startsWith('chokidar') ? [] : walk(directory));
  answer(await meter.read());
  await serve(meter);
  await close();
  live.close();
} else {
  const close = await startWatcher(
    watcher,
    () => {},
    () => {},
    false,
  );
  answer(await meter.read());
  await serve(meter);
  await close();
}
