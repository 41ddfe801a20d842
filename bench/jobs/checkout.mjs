// D3: git switches 5,000 files to another branch, four times.
import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileOf } from '../content.mjs';
import { inTurn } from '../lib/rounds.mjs';
import { median, sideTable } from '../lib/statistics.mjs';
import { freshFolder, liveSides, startLive } from './live.mjs';
import { truthOf, wrongRows } from './storm.mjs';

const debounceMs = 500;
const restMs = 5000;
const switches = 4;
const set = { kind: 'json', files: 5000, seed: 1 };

function git(directory, ...args) {
  const settings = ['-c', 'user.name=bench', '-c', 'user.email=bench@localhost', '-c', 'gc.auto=0'];
  execFileSync('git', [...settings, ...args], { cwd: directory, stdio: 'ignore' });
}

/** Two branches: every file differs, a tenth are in one only, one folder has another name. */
function makeRepository() {
  const directory = freshFolder('checkout', set);
  git(directory, 'init', '-b', 'one');
  git(directory, 'add', '.');
  git(directory, 'commit', '-m', 'one');
  git(directory, 'switch', '-c', 'two');
  for (let number = 0; number < set.files; number++) {
    const { path, text } = fileOf(set, number, 1);
    if (number % 10 === 0) rmSync(join(directory, path));
    else writeFileSync(join(directory, path), text);
    if (number % 10 !== 1) continue;
    const added = join(directory, 'added', path);
    mkdirSync(dirname(added), { recursive: true });
    writeFileSync(added, text);
  }
  renameSync(join(directory, 'group-001'), join(directory, 'renamed'));
  git(directory, 'add', '-A');
  git(directory, 'commit', '-m', 'two');
  git(directory, 'switch', 'one');
  return directory;
}

async function measureCheckout(sides, rounds) {
  return inTurn(sides, rounds, async (side, name) => {
    const directory = makeRepository();
    const { process, rows } = await startLive(side, directory, debounceMs);
    await sleep(debounceMs * 2);
    await process.mark();
    const times = [];
    let wrong = 0;
    for (let i = 0; i < switches; i++) {
      git(directory, 'switch', i % 2 === 0 ? 'two' : 'one');
      const ended = performance.now();
      const truth = truthOf(directory);
      const settled = await rows.settle(() => wrongRows(truth, rows.all()), restMs);
      times.push(settled.at - ended - debounceMs);
      wrong += settled.wrong;
    }
    const { cpuMs } = await process.mark();
    rows.close();
    await process.stop();
    if (name === 'ours' && wrong > 0) throw new Error(`ours: ${wrong} rows are wrong`);
    return { wallMs: median(times), cpuMs, wrong };
  });
}

const columns = {
  wallMs: 'after git, ms',
  cpuMs: 'CPU, ms',
  wrong: 'wrong rows, four switches',
};

export async function jobD3({ rounds }) {
  const sides = liveSides('ours', 'chokidar 6', 'chokidar 5', 'fs.watch', '@parcel/watcher');
  console.log(`\n### D3: git switches ${set.files} files, ${switches} times\n`);
  console.log(sideTable(await measureCheckout(sides, rounds), columns, ['cpuMs']));
}
