// D2: 20,000 mixed operations as fast as they go. How many rows are wrong when all is at rest?
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { randomFrom } from '../content.mjs';
import { inTurn } from '../lib/rounds.mjs';
import { sideTable } from '../lib/statistics.mjs';
import { freshFolder, liveSides, startLive } from './live.mjs';

const operations = 20_000;
const debounceMs = 500;
const restMs = 8000;
const set = { kind: 'json', files: 10_000, seed: 1 };

/** A folder and what is in it, so that a storm knows what there is to write, move and delete. */
class Storm {
  #root;
  #random;
  #folders = [];
  #made = 0;

  constructor(root, seed) {
    this.#root = root;
    this.#random = randomFrom(seed);
    for (const name of readdirSync(root)) {
      this.#folders.push({ name, files: readdirSync(join(root, name)) });
    }
  }

  #below(number) {
    return Math.floor(this.#random() * number);
  }

  #folder() {
    return this.#folders[this.#below(this.#folders.length)];
  }

  #path = (folder, file = '') => join(this.#root, folder.name, file);

  #write(folder, file) {
    const value = { name: file, revision: this.#made++, text: 'x'.repeat(this.#below(600)) };
    writeFileSync(this.#path(folder, file), JSON.stringify(value));
  }

  #create() {
    const folder = this.#folder();
    const file = `made-${this.#made}.json`;
    this.#write(folder, file);
    folder.files.push(file);
  }

  #take(folder) {
    return folder.files.splice(this.#below(folder.files.length), 1)[0];
  }

  #moveFile(from) {
    const to = this.#folder();
    const file = this.#take(from);
    const name = `moved-${this.#made++}.json`;
    renameSync(this.#path(from, file), this.#path(to, name));
    to.files.push(name);
  }

  #moveFolder(folder) {
    const name = `folder-${this.#made++}`;
    renameSync(this.#path(folder), join(this.#root, name));
    folder.name = name;
  }

  #replaceFolder(folder) {
    rmSync(this.#path(folder), { recursive: true });
    mkdirSync(this.#path(folder));
    folder.files = [];
  }

  step() {
    const folder = this.#folder();
    const kind = this.#random();
    if (kind < 0.3 || folder.files.length === 0) this.#create();
    else if (kind < 0.62) this.#write(folder, folder.files[this.#below(folder.files.length)]);
    else if (kind < 0.78) this.#moveFile(folder);
    else if (kind < 0.94) unlinkSync(this.#path(folder, this.#take(folder)));
    else if (kind < 0.995) this.#moveFolder(folder);
    else this.#replaceFolder(folder);
  }
}

/** What the files say, by path. */
export function truthOf(root) {
  const truth = new Map();
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.json')) continue;
    const path = join(entry.parentPath, entry.name);
    const relative = path.slice(root.length + 1);
    if (relative.startsWith('.')) continue;
    truth.set(relative, JSON.stringify(JSON.parse(readFileSync(path, 'utf8'))));
  }
  return truth;
}

/** Paths whose row is missing, should not be there, or says something else. */
export function wrongRows(truth, rows) {
  let wrong = 0;
  for (const [path, document] of rows) {
    const expected = truth.get(path);
    if (expected === undefined || expected !== JSON.stringify(JSON.parse(document))) wrong++;
  }
  for (const path of truth.keys()) if (!rows.has(path)) wrong++;
  return wrong;
}

export async function measureStorm(sides, rounds, overflow) {
  return inTurn(sides, rounds, async (side, name, round) => {
    const directory = freshFolder('storm', set);
    const { process, rows } = await startLive(side, directory, debounceMs);
    await process.mark();
    const storm = new Storm(directory, round + 1);
    if (overflow) process.signal('SIGSTOP'); // The queue holds 16,384 events and drops the rest.
    for (let i = 0; i < operations; i++) storm.step();
    if (overflow) process.signal('SIGCONT');
    const ended = performance.now();
    const truth = truthOf(directory);
    const { wrong, at } = await rows.settle(() => wrongRows(truth, rows.all()), restMs);
    const { cpuMs } = await process.mark();
    rows.close();
    await process.stop();
    if (name === 'ours' && wrong > 0) throw new Error(`ours: ${wrong} rows are wrong`);
    return { wallMs: at - ended - debounceMs, cpuMs, wrong, rows: truth.size };
  });
}

const columns = {
  wallMs: 'last change after, ms',
  cpuMs: 'CPU, ms',
  wrong: 'wrong rows',
  rows: 'of',
};

export async function jobD2({ rounds }) {
  const sides = liveSides('ours', 'chokidar 6', 'chokidar 5', 'fs.watch', '@parcel/watcher');
  for (const overflow of [false, true]) {
    const how = overflow ? 'the queue made to overflow' : 'the queue read in time';
    console.log(`\n### D2: a storm of ${operations} operations, ${how}\n`);
    console.log(sideTable(await measureStorm(sides, rounds, overflow), columns, ['cpuMs']));
  }
}
