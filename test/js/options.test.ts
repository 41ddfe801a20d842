import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { Database, DocumentDatabase, FileSyncDatabase } from 'filesyncdb';
import { Folder } from './support/folder';

describe('options', () => {
  let folder: Folder;

  beforeEach(() => {
    folder = new Folder();
    folder.write('a/x.json', '{}');
  });

  afterEach(() => folder.remove());

  const open = (options: object) => new FileSyncDatabase(folder.join('a.sqlite'), options as never);
  const openSource = (options: object) =>
    open({ sources: { a: { directory: folder.join('a'), ...options } } });
  const sources = { a: { directory: 'a' } };

  it('that are unknown throw TypeError and name the one that was meant', () => {
    const wrong: [() => unknown, RegExp][] = [
      [() => open({ sources, debounce: 1 }), /"debounce"; did you mean "debounceMs"\?/],
      [() => open({ sources, journalMode: 'wal' }), /unknown option "journalMode"$/],
      [() => open({ sources, checkpoint: {} }), /"checkpoint"/],
      [() => open({ sources, collection: {} }), /did you mean "collections"\?/],
      [() => open({ source: sources }), /"source"; did you mean "sources"\?/],
      [() => openSource({ keep: {} }), /option of sources\.a: "keep"/],
      [() => openSource({ includes: [] }), /did you mean "include"\?/],
      [() => new Database(':memory:', { readOnly: true } as never), /did you mean "readonly"\?/],
      [() => new DocumentDatabase(':memory:', { nope: 1 } as never), /"nope"/],
    ];
    for (const [call, message] of wrong) assert.throws(call, { name: 'TypeError', message });
  });

  it('of a wrong type throw TypeError', () => {
    const wrong = [
      () => open({ sources: {} }),
      () => open({ sources: [] }),
      () => open({}),
      () => open(undefined as never),
      () => open({ sources: { a: 'a' } }),
      () => open({ sources: { a: {} } }),
      () => open({ sources: { '': { directory: 'a' } } }),
      () => open({ sources, watch: 'sometimes' }),
      () => open({ sources, debounceMs: '5' }),
      () => openSource({ include: '*.json' }),
      () => open({ sources, durability: 'none' }),
      () => openSource({ followSymlinks: 1 }),
      () => new Database(1 as never),
      () => new Database('a\0b'),
      () => new Database(':memory:', null as never),
      () => new Database(':memory:', { readonly: 1 } as never),
    ];
    for (const call of wrong) assert.throws(call, TypeError, String(call));
  });

  it('out of range throw RangeError', () => {
    const wrong = [
      () => open({ sources, debounceMs: -1 }),
      () => open({ sources, debounceMs: 1.5 }),
      () => open({ sources, debounceMs: Number.NaN }),
      () => open({ sources, debounceMs: 500, maxWaitMs: 100 }),
      () => open({ sources, pollIntervalMs: 0 }),
      () => open({ sources, threads: 0 }),
      () => open({ sources, threads: 1000 }),
      () => openSource({ maxFileBytes: 0 }),
      () => new Database(':memory:', { busyTimeoutMs: -1 }),
      () => new Database(':memory:', { timeout: 2 ** 40 }),
    ];
    for (const call of wrong) assert.throws(call, RangeError, String(call));
  });

  it('that are globs or JSON paths throw TypeError when they are wrong', () => {
    assert.throws(() => openSource({ id: '$.' }), TypeError);
    assert.throws(() => openSource({ name: '$[' }), TypeError);
  });

  it('that are undefined count as not given', async () => {
    const db = new Database(':memory:', { readonly: undefined, timeout: undefined } as never);

    assert.equal(db.readonly, false);
    await db.close();
  });

  it('readonly and fileMustExist need a file', async () => {
    const path = folder.join('b.sqlite');
    assert.throws(() => new Database(path, { readonly: true }), { code: 'FSDB_IO', path });
    assert.throws(() => new Database(path, { fileMustExist: true }), { code: 'FSDB_IO' });
    const db = new Database(path);
    db.exec('CREATE TABLE t (a)');
    await db.close();

    const reader = new Database(path, { readonly: true });

    assert.equal(reader.readonly, true);
    assert.equal(reader.name, path);
    assert.throws(() => reader.exec('INSERT INTO t VALUES (1)'), {
      name: 'SqliteError',
      code: 'SQLITE_READONLY',
    });
    await reader.close();
    assert.throws(() => new DocumentDatabase(path, { readonly: true }), { code: 'FSDB_SCHEMA' });
    assert.throws(() => open({ sources, readonly: true }), { code: 'FSDB_READONLY' });
  });

  it('do not open what is no database', () => {
    folder.write(
      'c.sqlite',
      'This is a text, and it is long enough to be taken for a header of SQLite.'.repeat(20),
    );

    assert.throws(() => new Database(folder.join('c.sqlite')), {
      name: 'FileSyncError',
      code: 'FSDB_CORRUPT',
    });
    assert.throws(() => new Database(folder.join('no/such/folder.sqlite')), { code: 'FSDB_IO' });
  });
});
