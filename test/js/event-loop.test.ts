// JavaScript never waits for the sync.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { FileSyncDatabase, type SyncReport } from 'filesyncdb';
import { Folder } from './support/folder';

const files = 10_000;
// Twice the goal: opening a new file waits for the disk, and the kernel keeps its books in ticks.
const mostMs = 40;

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

/** The longest turn while `work` ran. */
async function longestTurn(work: () => Promise<void>): Promise<number> {
  const watch = new LoopWatch();
  await work();
  return watch.stop();
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
    const longestMs = await longestTurn(async () => {
      setImmediate(() => block(100));
    });

    assert.ok(longestMs >= 99, `${longestMs}`);
  });

  it('are synced, cold and again, without holding the event loop', async () => {
    const reports: SyncReport[] = [];
    const longestMs = await longestTurn(async () => {
      const db = await FileSyncDatabase.open(folder.join('a.sqlite'), {
        sources: { persona: { directory: folder.join('good') } },
      });
      reports.push(await db.ready(), await db.sync({ full: true }));
      await db.close();
    });

    const [first, second] = reports;
    assert.deepEqual([first?.added.length, second?.scanned, second?.changed], [files, files, []]);
    assert.ok(longestMs < mostMs, `a turn took ${longestMs.toFixed(1)} ms`);
  });

  it('that are all broken are told one by one without holding the event loop', async () => {
    const longestMs = await longestTurn(async () => {
      const db = new FileSyncDatabase(folder.join('b.sqlite'), {
        sources: { broken: { directory: folder.join('broken') } },
        watch: false,
      });
      let told = 0;
      const all = new Promise<void>((resolve) => {
        db.on('file-error', () => {
          told++;
          if (told === files) resolve();
        });
      });
      const report = await db.ready();
      await all;
      await db.close();
      assert.equal(report.failed, files);
    });

    assert.ok(longestMs < mostMs, `a turn took ${longestMs.toFixed(1)} ms`);
  });
});
