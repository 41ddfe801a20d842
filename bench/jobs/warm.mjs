// B: a start with nothing changed. W: the same with the watcher armed, against watchers alone.
import { join } from 'node:path';
import { data, floor, node, root, side } from '../lib/places.mjs';
import { inTurn } from '../lib/rounds.mjs';
import { removeDatabase } from '../lib/rows.mjs';
import { runSide } from '../lib/side-process.mjs';
import { sideTable } from '../lib/statistics.mjs';
import { contentOf } from './cold.mjs';

const columns = { wallMs: 'until ready, ms', cpuMs: 'CPU, ms' };
const snapshot = join(data, 'warm.snapshot');

const ours = (watch) => ({
  command: [node, side('ours')],
  job: { package: root, options: { watch } },
  prepare: [node, side('ours')],
});
const pipeline = (library) => ({
  command: [node, side('pipeline')],
  job: { library, mode: 'warm' },
  prepare: [node, side('pipeline')],
  preparation: { mode: 'cold' },
});
const scan = (threads) => ({ command: [floor('tree_scan')], job: { threads } });
const parcelSince = {
  command: [node, side('parcel-since')],
  job: { snapshot },
  prepare: [node, side('parcel-since')],
  preparation: { write: true },
};
const watcherAlone = (watcher) => ({ command: [node, side('watcher')], job: { watcher } });

export const warmSides = {
  ours: ours('auto'),
  'walk and stat, node:sqlite': pipeline('node:sqlite'),
  'walk and stat, better-sqlite3': pipeline('better-sqlite3'),
  '@parcel/watcher getEventsSince': parcelSince,
  'floor, 1 thread': scan(1),
  'floor, 2 threads': scan(2),
};

const watchSides = {
  ours: ours('auto'),
  'ours without watching': ours(false),
  '@parcel/watcher subscribe': watcherAlone('parcel'),
  'chokidar 6': watcherAlone('chokidar6'),
  'fs.watch': watcherAlone('fs.watch'),
  'floor, 1 thread': scan(1),
  'floor, 2 threads': scan(2),
};

export async function measureWarm(sides, files, rounds, stalls = false) {
  const { directory } = contentOf('json', files);
  const databases = {};
  for (const [name, { job, prepare, preparation }] of Object.entries(sides)) {
    databases[name] = join(data, `warm-${name.replace(/\W+/g, '-')}.sqlite`);
    removeDatabase(databases[name]);
    if (!prepare) continue;
    await runSide(prepare, { ...job, ...preparation, directory, database: databases[name] });
  }
  return inTurn(sides, rounds, async ({ command, job }, name) => {
    // A watcher alone is one without a database.
    const database = job.watcher ? undefined : databases[name];
    const result = await runSide(command, { ...job, directory, database, stalls });
    if ((result.changes ?? 0) !== 0) throw new Error(`${name}: ${result.changes} changes`);
    if (result.scanned !== undefined && result.scanned !== files) {
      throw new Error(`${name}: ${result.scanned} files, not ${files}`);
    }
    return result;
  });
}

export async function jobB({ files, rounds }) {
  for (const count of files ?? [100_000]) {
    console.log(`\n### B: start with ${count} files, nothing changed\n`);
    const results = await measureWarm(warmSides, count, rounds);
    console.log(sideTable(results, columns, ['wallMs', 'cpuMs']));
  }
}

export async function jobW({ files, rounds }) {
  for (const count of files ?? [100_000]) {
    console.log(`\n### W: start to watch ${count} known files\n`);
    const results = await measureWarm(watchSides, count, rounds);
    console.log(sideTable(results, columns, ['wallMs', 'cpuMs']));
  }
}
