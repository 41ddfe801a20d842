// How databases begin and end, by every way that a program, a Worker or the garbage collector takes.
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { Worker } from 'node:worker_threads';
import { Database, FileSyncDatabase } from 'filesyncdb';
import { nextEvent } from './support/events';
import { Folder } from './support/folder';
import { programText, runProgram } from './support/program';

/** Opens `db` in a program, on the folder that is its first argument. */
const openWatching = `
  const { FileSyncDatabase } = filesyncdb;
  const options = { sources: { persona: { directory: args[0] + '/personas' } }, debounceMs: 5 };
  const db = new FileSyncDatabase(args[0] + '/a.sqlite', options);
`;

describe('a database', () => {
  let folder: Folder;

  beforeEach(() => {
    folder = new Folder();
    for (let i = 0; i < 300; i++) folder.write(`personas/p${i}.json`, `{"name": "P${i}"}`);
  });

  afterEach(() => folder.remove());

  const options = () => ({
    sources: { persona: { directory: folder.join('personas') } },
    debounceMs: 5,
  });
  /** Files of the database but for the lock, which stays: who deletes a lock makes two leaders. */
  const databaseFiles = () =>
    readdirSync(folder.path).filter((name) => /^a\.sqlite(?!-lock$)/.test(name));

  it('leaves one file behind when it is closed, and may be closed twice', async () => {
    const db = await FileSyncDatabase.open(folder.join('a.sqlite'), options());

    const closing = db.close();
    assert.equal(db.open, false);
    await Promise.all([closing, db.close()]);
    await db.close();

    assert.deepEqual(databaseFiles(), ['a.sqlite']);
  });

  it('can be opened again at once, also before close() has resolved', async () => {
    const path = folder.join('a.sqlite');
    for (let i = 0; i < 10; i++) {
      const db = new FileSyncDatabase(path, options());
      const closing = db.close();
      const again = await FileSyncDatabase.open(path, options());
      assert.deepEqual(again.counts(), { persona: 300 });
      await Promise.all([closing, again.close()]);
    }

    assert.deepEqual(databaseFiles(), ['a.sqlite']);
  });

  it('that is opened twice is synced once, and lives until the last handle is closed', async () => {
    const path = folder.join('a.sqlite');
    const first = await FileSyncDatabase.open(path, options());
    const second = await FileSyncDatabase.open(path, options());
    const reader = new Database(path, { readonly: true });
    const arrivals = [first, second].map((db) =>
      nextEvent(db, 'sync', ({ changed }) => changed.length > 0),
    );

    folder.save('personas/p1.json', '{"name": "Changed"}');

    const [one, two] = await Promise.all(arrivals);
    assert.deepEqual(one, two);
    assert.equal(first.syncStatus().generation, second.syncStatus().generation);
    await first.close();
    const arrived = nextEvent(second, 'sync', ({ changed }) => changed.length > 0);
    folder.save('personas/p2.json', '{"name": "Changed too"}');
    await arrived;
    const name = reader.prepare("SELECT name FROM documents WHERE id = 'p2'").pluck().get();
    assert.equal(name, 'Changed too');
    await Promise.all([second.close(), reader.close()]);
    assert.deepEqual(databaseFiles(), ['a.sqlite']);
  });

  it('that is opened again with other options tells the first handle', async () => {
    const path = folder.join('a.sqlite');
    const first = await FileSyncDatabase.open(path, options());
    const warned = nextEvent(first, 'warning');

    const second = await FileSyncDatabase.open(path, { ...options(), debounceMs: 50 });

    const warning = await warned;
    assert.equal(warning.name, 'FileSyncError');
    await Promise.all([first.close(), second.close()]);
  });

  it('that is never closed keeps the process alive while it watches', async () => {
    const outcome = await runProgram(
      `${openWatching}
      db.ready().then(() => {
        // Nothing else is left that could keep it: the event must come all the same.
        db.on('sync', () => { console.log('synced'); db.unref(); });
        const save = 'setTimeout(() => require("node:fs").writeFileSync(process.argv[1], "{}"), 1)';
        require('node:child_process')
          .spawn(process.execPath, ['-e', save, args[0] + '/personas/new.json'], { detached: true, stdio: 'ignore' })
          .unref();
      });`,
      [folder.path],
    );

    assert.deepEqual(outcome, { code: 0, signal: null, stdout: 'synced\n', stderr: '' });
    assert.deepEqual(databaseFiles(), ['a.sqlite']);
  });

  it('lets the process end after unref(), and when it does not watch, once calls are answered', async () => {
    const outcome = await runProgram(
      `${openWatching}
      db.unref();
      db.ready().then((report) => console.log('ready', report.added.length));
      const other = new FileSyncDatabase(args[0] + '/b.sqlite', { ...options, watch: false });
      other.ready().then((report) => console.log('ready', report.added.length));
      const plain = new filesyncdb.Database(args[0] + '/c.sqlite');
      plain.exec('CREATE TABLE t (a)');`,
      [folder.path],
    );

    assert.deepEqual(outcome, {
      code: 0,
      signal: null,
      stdout: 'ready 300\nready 300\n',
      stderr: '',
    });
    assert.deepEqual(databaseFiles(), ['a.sqlite']);
    assert.ok(!existsSync(folder.join('c.sqlite-wal')));
  });

  it('keeps the process alive again after ref()', async () => {
    const outcome = await runProgram(
      `${openWatching}
      db.unref().unref().ref();
      db.ready().then(() => setImmediate(() => db.close().then(() => console.log('closed'))));`,
      [folder.path],
    );

    assert.equal(outcome.stdout, 'closed\n');
  });

  it('is closed by process.exit() with calls in flight', async () => {
    for (const when of ['process.exit(3)', 'setImmediate(() => process.exit(3))']) {
      const outcome = await runProgram(
        `${openWatching}
        for (let i = 0; i < 20; i++) {
          db.sync({ full: true }).then(() => {}, () => {});
          db.save('persona', 'saved' + i, { i }).then(() => {}, () => {});
        }
        const rows = db.prepare('SELECT 1 UNION SELECT 2').iterate();
        rows.next();
        ${when}`,
        [folder.path],
      );

      assert.deepEqual(outcome, { code: 3, signal: null, stdout: '', stderr: '' }, when);
      assert.deepEqual(databaseFiles(), ['a.sqlite'], when);
    }
  });

  it('is closed when an exception ends the process', async () => {
    const outcome = await runProgram(
      `${openWatching}
      db.sync({ full: true }).catch(() => {});
      setImmediate(() => { throw new Error('nobody catches me'); });`,
      [folder.path],
    );

    assert.match(outcome.stderr, /nobody catches me/);
    assert.equal(outcome.code, 1);
    assert.deepEqual(databaseFiles(), ['a.sqlite']);
  });

  it('tells uncaught what a listener throws, and goes on', async () => {
    const outcome = await runProgram(
      `${openWatching}
      process.on('uncaughtException', (error) => console.log('uncaught', error.message));
      db.on('sync', () => { throw new Error('from the listener'); });
      db.ready().then(() => new Promise((resolve) => {
        db.off('sync', () => {});
        db.on('state', resolve);
        require('node:fs').writeFileSync(args[0] + '/personas/new.json', '{}');
      }))
        .then(() => db.sync())
        .then(() => db.close())
        .then(() => console.log('closed', db.syncStatus().state));`,
      [folder.path],
    );

    assert.match(outcome.stdout, /^(uncaught from the listener\n)+closed closed\n$/);
    assert.equal(outcome.code, 0, outcome.stderr);
  });

  it('ends the process when a listener throws and nobody handles it', async () => {
    const outcome = await runProgram(
      `${openWatching}
      db.on('sync', () => { throw new Error('from the listener'); });`,
      [folder.path],
    );

    assert.match(outcome.stderr, /from the listener/);
    assert.notEqual(outcome.code, 0);
    assert.deepEqual(databaseFiles(), ['a.sqlite']);
  });

  it('is closed by the garbage collector if nobody holds it and it does not watch', async () => {
    const outcome = await runProgram(
      `const { FileSyncDatabase, Database } = filesyncdb;
      const { existsSync } = require('node:fs');
      (async () => {
        await (async () => {
          const db = await FileSyncDatabase.open(args[0] + '/a.sqlite', {
            sources: { persona: { directory: args[0] + '/personas' } }, watch: false,
          });
          db.on('sync', () => db.counts());
          db.prepare('SELECT 1').get();
          db.prepare('SELECT 1').iterate().next();
          const plain = new Database(args[0] + '/b.sqlite');
          plain.exec('PRAGMA journal_mode=WAL; CREATE TABLE t (a)');
        })();
        const open = () => existsSync(args[0] + '/a.sqlite-wal') || existsSync(args[0] + '/b.sqlite-wal');
        if (!open()) throw new Error('nothing to collect');
        while (open()) {
          gc();
          await new Promise((resolve) => setImmediate(resolve));
        }
        console.log('collected');
      })();`,
      [folder.path],
      ['--expose-gc'],
    );

    assert.deepEqual(outcome, { code: 0, signal: null, stdout: 'collected\n', stderr: '' });
  });

  it('is not collected while it watches, or a call is under way', async () => {
    const outcome = await runProgram(
      `const { FileSyncDatabase } = filesyncdb;
      const { writeFileSync } = require('node:fs');
      const options = { sources: { persona: { directory: args[0] + '/personas' } }, debounceMs: 5 };
      (async () => {
        const arrived = new Promise((resolve) => {
          const db = new FileSyncDatabase(args[0] + '/a.sqlite', options);
          db.on('sync', (report) => report.reason === 'watch' && resolve(db));
        });
        const report = await new FileSyncDatabase(args[0] + '/b.sqlite', { ...options, watch: false }).ready();
        for (let i = 0; i < 10; i++) {
          gc();
          await new Promise((resolve) => setImmediate(resolve));
        }
        writeFileSync(args[0] + '/personas/new.json', '{}');
        const db = await arrived;
        console.log(report.added.length, db.counts().persona);
        await db.close();
      })();`,
      [folder.path],
      ['--expose-gc'],
    );

    assert.deepEqual(outcome, { code: 0, signal: null, stdout: '300 301\n', stderr: '' });
  });

  it('is one and the same for import and require', async () => {
    const imported = await import('filesyncdb');

    assert.equal(imported.FileSyncDatabase, require('filesyncdb').FileSyncDatabase);
    const outcome = await runProgram(
      `import(require('node:url').pathToFileURL(${JSON.stringify(require.resolve('filesyncdb'))}))
        .then((module) => console.log(Object.keys(module).sort().join(), module.Database === filesyncdb.Database));`,
    );
    assert.match(outcome.stdout, /Database,DocumentDatabase,FileSyncDatabase.* true\n/);
  });

  it('works in an environment that is loaded a second time, and in one without generated code', async () => {
    const twice = await runProgram(
      `delete require.cache[${JSON.stringify(require.resolve('filesyncdb'))}];
      for (const key of Object.keys(require.cache)) delete require.cache[key];
      const again = require(${JSON.stringify(require.resolve('filesyncdb'))});
      console.log(again.Database === filesyncdb.Database);
      for (const { FileSyncDatabase } of [filesyncdb, again]) {
        const db = new FileSyncDatabase(args[0] + '/a.sqlite', { sources: { p: { directory: args[0] + '/personas' } } });
        db.ready().then((report) => { console.log(db.counts().p); db.close(); });
      }`,
      [folder.path],
    );
    const strict = await runProgram(
      `const db = new filesyncdb.Database(':memory:');
      const sql = 'SELECT 1 AS a, 2 AS "__proto__" UNION ALL SELECT 3, 4';
      const rows = db.prepare(sql).all();
      console.log(rows.length, rows[1].a, Object.keys(db.prepare(sql).get()).join(), db.prepare(sql).raw().all().join());`,
      [],
      ['--disallow-code-generation-from-strings'],
    );

    assert.deepEqual(twice, { code: 0, signal: null, stdout: 'false\n300\n300\n', stderr: '' });
    assert.equal(strict.stdout, '2 3 a,__proto__ 1,2,3,4\n');
  });
});

describe('a Worker', () => {
  let folder: Folder;

  beforeEach(() => {
    folder = new Folder();
    for (let i = 0; i < 300; i++) folder.write(`personas/p${i}.json`, `{"name": "P${i}"}`);
  });

  afterEach(() => folder.remove());

  const body = (end: string) =>
    programText(`
      const { parentPort, workerData } = require('node:worker_threads');
      const { FileSyncDatabase } = filesyncdb;
      const db = new FileSyncDatabase(workerData.path, {
        sources: { persona: { directory: workerData.folder } }, debounceMs: 5,
      });
      db.on('sync', () => db.counts());
      const busy = () => { db.sync({ full: true }).then(busy, () => {}); };
      for (let i = 0; i < 4; i++) busy();
      const rows = db.prepare('SELECT 1 UNION SELECT 2').iterate();
      rows.next();
      parentPort.postMessage('started');
      ${end}
    `);

  function start(path: string, end = ''): { worker: Worker; started: Promise<void> } {
    const worker = new Worker(body(end), {
      eval: true,
      workerData: { path, folder: folder.join('personas') },
    });
    const started = new Promise<void>((resolve, reject) => {
      worker.once('message', () => resolve());
      worker.once('error', reject);
    });
    return { worker, started };
  }

  it('can be terminated with calls in flight, again and again', async () => {
    for (let round = 0; round < 8; round++) {
      const workers = Array.from({ length: 5 }, (_, i) =>
        start(folder.join(i < 3 ? 'shared.sqlite' : `${round}-${i}.sqlite`)),
      );
      await Promise.all(workers.map(({ started }) => started));
      await Promise.all(workers.map(({ worker }) => worker.terminate()));
    }

    const left = readdirSync(folder.path).filter((name) => /-(wal|shm|journal)$/.test(name));
    assert.deepEqual(left, []);
  });

  it('can end by process.exit(), by an exception or by closing', async () => {
    const ends = {
      'setImmediate(() => process.exit(5))': 5,
      "setImmediate(() => { throw new Error('from the Worker'); })": 1,
      'db.ready().then(() => db.close())': 0,
      'db.unref(); db.close()': 0,
    };
    for (const [end, code] of Object.entries(ends)) {
      const { worker } = start(folder.join('a.sqlite'), end);
      worker.on('error', () => {});

      const exit = await new Promise((resolve) => worker.once('exit', resolve));

      assert.equal(exit, code, end);
    }
  });

  it('shares a file with the main thread, each with its own handle and events', async () => {
    const path = folder.join('a.sqlite');
    const { worker, started } = start(
      path,
      `db.on('sync', ({ changed }) => changed.length > 0 && parentPort.postMessage(changed[0].id));`,
    );
    await started;
    const db = new FileSyncDatabase(path, {
      sources: { persona: { directory: folder.join('personas') } },
      debounceMs: 5,
    });
    await db.ready();
    const heard = new Promise((resolve) => worker.once('message', resolve));
    const arrived = nextEvent(db, 'sync', ({ changed }) => changed.length > 0);

    folder.save('personas/p7.json', '{"name": "Changed"}');

    assert.equal(await heard, 'p7');
    assert.equal((await arrived).changed[0]?.id, 'p7');
    await worker.terminate();
    const again = nextEvent(db, 'sync', ({ changed }) => changed.length > 0);
    folder.save('personas/p8.json', '{"name": "Changed"}');
    await again;
    await db.close();
  });
});
