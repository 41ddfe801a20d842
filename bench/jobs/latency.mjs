// C: one saved file, temporary and rename, until its row can be read, with a debounce of 0.
import { renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileOf, randomFrom } from '../content.mjs';
import { inTurn } from '../lib/rounds.mjs';
import { percentile, table } from '../lib/statistics.mjs';
import { freshFolder, liveSides, startLive } from './live.mjs';

const set = { kind: 'json', files: 1000, seed: 1 };
const warmUps = 20;
const saves = 200;
const limitMs = 2000;

/** Milliseconds until the row was there; 0 and a miss if it never came. */
function save(directory, rows, number, revision) {
  const { id, path, text } = fileOf(set, number, revision);
  const temporary = join(directory, dirname(path), '.save.tmp');
  writeFileSync(temporary, text);
  const start = performance.now();
  renameSync(temporary, join(directory, path));
  while (performance.now() - start < limitMs) {
    if (rows.revision(id) === revision) return performance.now() - start;
  }
  return Number.POSITIVE_INFINITY;
}

export async function measureLatency(sides, rounds) {
  return inTurn(sides, rounds, async (side) => {
    const directory = freshFolder('latency', set);
    const { process, rows } = await startLive(side, directory, 0);
    const random = randomFrom(7);
    const times = [];
    for (let i = 1; i <= warmUps + saves; i++) {
      if (i === warmUps + 1) await process.mark();
      times.push(save(directory, rows, Math.floor(random() * set.files), i));
      await sleep(3 + random() * 8);
    }
    const { cpuMs } = await process.mark();
    rows.close();
    await process.stop();
    return { times: times.slice(warmUps), cpuMs: cpuMs / saves };
  });
}

export async function jobC({ rounds }) {
  const sides = liveSides('ours', 'chokidar 6', 'chokidar 5', 'fs.watch', 'floor');
  const results = await measureLatency(sides, rounds);
  const summary = Object.entries(results).map(([name, all]) => {
    const times = all.flatMap((round) => round.times);
    const seen = times.filter(Number.isFinite);
    const cpu = all.map((round) => round.cpuMs);
    return [
      name,
      percentile(seen, 0.5),
      percentile(seen, 0.99),
      percentile(cpu, 0.5),
      times.length - seen.length,
    ];
  });
  const [ours] = summary;
  console.log(`\n### C: one saved file until its row is there (${saves} saves × ${rounds})\n`);
  console.log(
    table(
      [
        'side',
        'median, ms',
        'p99, ms',
        'CPU a save, ms',
        'never seen',
        'median ÷ ours',
        'p99 ÷ ours',
      ],
      summary.map((row) => [...row, row[1] / ours[1], row[2] / ours[2]]),
    ),
  );
  if (summary[0][4] > 0) throw new Error('ours: a saved file was never seen');
}
