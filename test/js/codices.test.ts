// The example examples/codices, and what it promises.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { Folder } from './support/folder';
import { runProgram } from './support/program';

const example = join(dirname(require.resolve('filesyncdb/package.json')), 'examples/codices');
const timeoutMs = 60_000;

describe('examples/codices', () => {
  let folder: Folder;

  beforeEach(() => {
    folder = new Folder();
  });

  afterEach(() => {
    folder.remove();
  });

  it('writes, and finds everything after a restart', () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(example, 'demo.mjs')], {
      encoding: 'utf8',
      timeout: timeoutMs,
    });
    assert.deepEqual([status, stderr], [0, '']);

    const [written = '', again = ''] = stdout.split('\n\n== The same, after a restart\n');
    const shown = written.split('\n').slice(2).join('\n');
    assert.equal(again.trimEnd(), shown);
    assert.match(written, /second window: FSDB_CONFLICT, stored is version 4/);
    assert.equal(
      shown,
      `The Hollow [place, coast] {"summary":"A bay that no ship has left."}
  named by Iris Vane
Iris Vane [person, coast] {"role":"lighthouse keeper","age":34}
  was born there: The Hollow
  is looking for: nobody-yet (not written yet)
tags: coast 2, person 1, place 1
found Iris Vane: lighthouse [keeper]`,
    );
  });

  it('holds 1,000 codices of 2 KB in less than 10 MB', async () => {
    const args = [`file://${join(example, 'store.mjs')}`, folder.join('codices.sqlite')];
    const fill = await runProgram(
      `(async () => {
        const { openStore } = await import(args[0]);
        const text = 'A sentence of the story that says a little about it. '.repeat(38);
        const store = openStore(args[1]);
        await Promise.all(
          Array.from({ length: 1000 }, (_, n) => store.create('Codex ' + n, { fields: { text: n + text } })),
        );
        await store.close();
      })();`,
      args,
    );
    assert.deepEqual([fill.code, fill.stderr], [0, '']);
    // Counted from before the store is opened until every codex has been listed, read and searched;
    // without the space that V8 would keep for new garbage.
    const hold = await runProgram(
      `(async () => {
        const { openStore } = await import(args[0]);
        const memory = () => {
          gc();
          gc();
          return process.memoryUsage().rss / 2 ** 20;
        };
        const before = memory();
        const store = openStore(args[1]);
        let bytes = 0;
        for (let page = 1; page <= 20; page++) {
          for (const { id } of store.list('main', page).rows) bytes += JSON.stringify(store.get(id).document).length;
        }
        const hits = store.search('sentence').length;
        const growth = memory() - before;
        console.log(JSON.stringify({ growth, count: store.count(), bytes, hits }));
        await store.close();
      })();`,
      args,
      ['--expose-gc', '--max-semi-space-size=1'],
    );
    assert.deepEqual([hold.code, hold.stderr], [0, '']);
    const { growth, count, bytes, hits } = JSON.parse(hold.stdout);

    assert.equal(count, 1000);
    assert.equal(hits, 20);
    assert.ok(bytes > 2_000_000, `${bytes} bytes`);
    assert.ok(growth < 10, `${growth} MB`);
  });
});
