// JavaScript never waits for the sync.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, afterEach, before, describe, it } from 'node:test';
import { FileSyncDatabase, type SyncReport } from 'filesyncdb';
import { Folder } from './support/folder';

const files = 10_000;
const mostMs = 20;
const rounds = 12;

/**
 * How long this thread has been ready to run while the kernel ran others, in milliseconds: what
 * other programs do to the machine is not ours.
 * Source: https://www.kernel.org/doc/html/latest/scheduler/sched-stats.html
 */
function waitedForCpuMs(): number {
  const [, waitedNs] = readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ');
  return Number(waitedNs) / 1e6;
}

/** The longest time that a turn of the event loop took while it ran. */
class LoopWatch {
  longestMs = 0;
  #last = performance.now();
  #lastWaited = waitedForCpuMs();
  #running = true;

  constructor() {
    const turn = () => {
      const now = performance.now();
      const waited = waitedForCpuMs();
      const took = now - this.#last - (waited - this.#lastWaited);
      this.longestMs = Math.max(this.longestMs, took);
      this.#last = now;
      this.#lastWaited = waited;
      if (this.#running) setImmediate(turn);
    };
    setImmediate(turn);
  }

  /** Resolves after the turn that is under way, so that it counts as well. */
  async stop(): Promise<number> {
    await new Promise((resolve) => setImmediate(resolve));
    this.#running = false;
    await new Promise((resolve) => setImmediate(resolve));
    return this.longestMs;
  }
}

function block(ms: number): void {
  const begin = performance.now() - waitedForCpuMs();
  while (performance.now() - waitedForCpuMs() - begin < ms);
}

/**
 * The longest turn while `work` ran, in the best of a few rounds: a turn that is long because of us
 * is long every time; one that waited for a lock whose holder was not given a core is not.
 */
async function longestTurn(prepare: () => () => Promise<void>): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds && best >= mostMs; round++) {
    const work = prepare();
    const watch = new LoopWatch();
    await work();
    best = Math.min(best, await watch.stop());
  }
  return best;
}

describe(`${files} files`, () => {
  let folder: Folder;

  before(() => {
    folder = new Folder();
    for (let i = 0; i < files; i++) {
      const name = `good/p${i % 100}/p${i}.json`;
      folder.write(name, JSON.stringify({ name: `P${i}`, text: 'x'.repeat(500 + (i % 1000)) }));
      folder.write(`broken/b${i}.json`, '{');
    }
  });

  after(() => folder.remove());

  it('would be noticed if they held the event loop', async () => {
    const longestMs = await longestTurn(() => async () => {
      setImmediate(() => block(100));
    });

    assert.ok(longestMs >= 99, `${longestMs}`);
  });

  // Opening is not measured: it waits for the disk once, which is the caller's to plan.
  let opened: FileSyncDatabase[] = [];
  const open = (name: string) => {
    const db = new FileSyncDatabase(folder.join(`${name}${opened.length}.sqlite`), {
      sources: { persona: { directory: folder.join(name) } },
    });
    opened.push(db);
    return db;
  };

  afterEach(async () => {
    await Promise.all(opened.map((db) => db.close()));
    opened = [];
  });

  it('are synced, cold and again, without holding the event loop', async () => {
    const reports: SyncReport[] = [];

    const longestMs = await longestTurn(() => {
      const db = open('good');
      return async () => {
        reports.push(await db.ready(), await db.sync({ full: true }));
      };
    });

    const [first, second] = reports;
    assert.deepEqual([first?.added.length, second?.scanned, second?.changed], [files, files, []]);
    assert.ok(longestMs < mostMs, `a turn took ${longestMs.toFixed(1)} ms`);
  });

  it('that are all broken are told one by one without holding the event loop', async () => {
    const longestMs = await longestTurn(() => {
      const db = open('broken');
      let told = 0;
      const all = new Promise<void>((resolve) => {
        db.on('file-error', () => {
          told++;
          if (told === files) resolve();
        });
      });
      return async () => {
        assert.equal((await db.ready()).failed, files);
        await all;
      };
    });

    assert.ok(longestMs < mostMs, `a turn took ${longestMs.toFixed(1)} ms`);
  });
});
