// D: many files rewritten at once until all rows are current, the debounce taken out.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileOf } from '../content.mjs';
import { inTurn } from '../lib/rounds.mjs';
import { sideTable } from '../lib/statistics.mjs';
import { freshFolder, liveSides, startLive } from './live.mjs';

const debounceMs = 500;
const restMs = 5000;

export async function measureBurst(sides, count, rounds, stalls = false) {
  const set = { kind: 'json', files: 10_000, seed: 1 };
  const changed = Array.from({ length: count }, (_, number) => fileOf(set, number, 1));
  return inTurn(sides, rounds, async (side, name) => {
    const directory = freshFolder('burst', set);
    const { process, rows } = await startLive(side, directory, debounceMs, stalls);
    await sleep(debounceMs * 2); // What the start left behind is not counted.
    await process.mark();
    for (const { path, text } of changed) writeFileSync(join(directory, path), text);
    const written = performance.now();
    const { wrong, at } = await rows.settle(() => count - rows.countOf(1), restMs);
    await sleep(50);
    const { cpuMs, stallMs } = await process.mark();
    rows.close();
    await process.stop();
    if (name === 'ours' && wrong > 0) throw new Error(`ours: ${wrong} rows are stale`);
    return { wallMs: at - written - debounceMs, cpuMs, stale: wrong, stallMs: stallMs ?? 0 };
  });
}

const columns = { wallMs: 'until current, ms', cpuMs: 'CPU, ms', stale: 'stale rows' };

export async function jobD({ files, rounds }) {
  const sides = liveSides('ours', 'chokidar 6', 'chokidar 5', 'fs.watch', 'floor');
  for (const count of files ?? [1000, 10_000]) {
    console.log(`\n### D: ${count} of 10000 files rewritten at once\n`);
    console.log(sideTable(await measureBurst(sides, count, rounds), columns, ['cpuMs']));
  }
}
