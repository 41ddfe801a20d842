// The pipeline that one would write by hand: walk, read, parse, insert in one transaction; at the
// next start walk, stat, compare. `{ library, worker, mode: 'cold' | 'warm', ... }`.
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { load, stat, walk } from './files.mjs';
import { answer, job, Meter, serve } from './meter.mjs';
import { Store } from './store.mjs';

async function cold({ library, database, directory }) {
  const store = await Store.open(library, database);
  let changes = 0;
  store.transaction(() => {
    for (const path of walk(directory)) {
      store.put(load(directory, path));
      changes++;
    }
  });
  return { store, scanned: changes, changes };
}

async function warm({ library, database, directory }) {
  const store = await Store.open(library, database);
  const stored = store.stats();
  const paths = walk(directory);
  const changed = paths.filter((path) => {
    const known = stored.get(path);
    const { size, mtimeMs } = stat(directory, path);
    if (known?.size === size && known.mtime === mtimeMs) return false;
    stored.delete(path);
    return true;
  });
  if (changed.length > 0) {
    store.transaction(() => {
      for (const path of changed) store.put(load(directory, path));
    });
  }
  return { store, scanned: paths.length, changes: changed.length };
}

const run = (settings) => (settings.mode === 'warm' ? warm : cold)(settings);

/** Begins on this thread; returns what was done and how to close. */
async function runHere(settings) {
  const { store, ...work } = await run(settings);
  return { work, close: () => store.close() };
}

async function runInWorker(settings) {
  const worker = new Worker(new URL(import.meta.url), { workerData: settings });
  const work = await new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  const close = () => {
    worker.postMessage('close');
    return new Promise((resolve) => worker.once('exit', resolve));
  };
  return { work, close };
}

async function main() {
  const settings = job();
  const meter = await Meter.start(settings);
  const { work, close } = await (settings.worker ? runInWorker : runHere)(settings);
  const ready = await meter.read();
  await close();
  const closed = await meter.read();
  answer({ ...ready, ...work, cpuMs: ready.cpuMs + closed.cpuMs, closeMs: closed.wallMs });
  await serve(meter);
}

async function work() {
  const { store, ...done } = await run(workerData);
  parentPort.postMessage(done);
  await new Promise((resolve) => parentPort.once('message', resolve));
  store.close();
  parentPort.close();
}

await (isMainThread ? main : work)();
