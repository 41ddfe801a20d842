// E: the event loop's longest stall. F: memory. L: growth with the number of files.
import { medians, sideTable, table } from '../lib/statistics.mjs';
import { measureBurst } from './burst.mjs';
import { coldSides, measureCold } from './cold.mjs';
import { liveSides } from './live.mjs';
import { measureWarm, warmSides } from './warm.mjs';

const withoutFloors = (sides) =>
  Object.fromEntries(Object.entries(sides).filter(([name]) => !name.startsWith('floor')));

export async function jobE({ files, rounds }) {
  const columns = { stallMs: 'longest stall, ms' };
  const show = (title, results) => {
    console.log(`\n### E: longest stall of the event loop, ${title}\n`);
    console.log(sideTable(results, columns, ['stallMs']));
  };
  const [count] = files ?? [10_000];
  const sides = withoutFloors(coldSides);
  show(`A (${count} files)`, await measureCold('json', count, rounds, { sides, stalls: true }));
  show(`B (${count} files)`, await measureWarm(withoutFloors(warmSides), count, rounds, true));
  const live = liveSides('ours', 'chokidar 6', 'fs.watch');
  show('D (10000 files)', await measureBurst(live, 10_000, rounds, true));
}

export async function jobF({ files, rounds }) {
  const columns = { growthMb: 'growth, MB' };
  const [count] = files ?? [100_000];
  const results = await measureCold('json', count, rounds);
  console.log(`\n### F: growth of the process during A (${count} files)\n`);
  console.log(sideTable(results, columns, ['growthMb']));
}

const pickOurs = (sides) => ({ ours: sides.ours, floor: sides.floor ?? sides['floor, 1 thread'] });

export async function jobL({ files, rounds }) {
  const counts = files ?? [1000, 10_000, 100_000];
  const rows = [];
  for (const [job, measure] of [
    ['A', (count) => measureCold('json', count, rounds, { sides: pickOurs(coldSides) })],
    ['B', (count) => measureWarm(pickOurs(warmSides), count, rounds)],
  ]) {
    const perFile = {};
    for (const count of counts) {
      for (const [side, results] of Object.entries(await measure(count))) {
        perFile[side] ??= [];
        perFile[side].push((medians(results).cpuMs * 1000) / count);
      }
    }
    for (const [side, values] of Object.entries(perFile)) {
      rows.push([
        `${job}, ${side}`,
        ...values,
        values.at(-1) / values[0],
        values.at(-1) / values.at(-2),
      ]);
    }
  }
  const head = counts.map((count) => `${count} files, µs of CPU a file`);
  console.log('\n### L: growth with the number of files\n');
  console.log(table(['job', ...head, 'last ÷ first', 'last ÷ last but one'], rows));
}
