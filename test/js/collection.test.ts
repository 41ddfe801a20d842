import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { DocumentDatabase, FileSyncDatabase, type FileSyncError } from 'filesyncdb';
import { Folder } from './support/folder';
import { runProgram } from './support/program';

interface Note {
  name?: string;
  n?: number;
  tags?: string[];
  at?: string;
  inner?: { a?: number; b?: number };
}

/** What `promise` was rejected with. */
async function failure(promise: Promise<unknown>): Promise<FileSyncError> {
  try {
    await promise;
  } catch (error) {
    return error as FileSyncError;
  }
  throw new Error('it did not fail');
}

describe('a collection', () => {
  let folder: Folder;
  let db: DocumentDatabase;

  beforeEach(() => {
    folder = new Folder();
    db = new DocumentDatabase(folder.join('a.sqlite'));
  });

  afterEach(async () => {
    await db.close();
    folder.remove();
  });

  it('inserts, and gives what is stored', async () => {
    const notes = db.collection<Note>('note');

    const stored = await notes.insert({ name: 'A', n: 1 }, { id: 'a' });

    assert.deepEqual(stored, notes.get('a'));
    assert.deepEqual(
      [stored.type, stored.id, stored.name, stored.document, stored.version, stored.filePath],
      ['note', 'a', 'A', { name: 'A', n: 1 }, 1, null],
    );
    assert.equal(new Date(stored.createdAt).toISOString(), stored.createdAt);
  });

  it('gives ids that sort by when they were made', async () => {
    const notes = db.collection<Note>('note');
    const stored = await Promise.all(Array.from({ length: 300 }, (_, n) => notes.insert({ n })));
    const ids = stored.map(({ id }) => id);

    assert.deepEqual(ids, [...ids].sort());
    assert.equal(new Set(ids).size, 300);
    for (const id of ids) {
      assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    }
    assert.ok(
      Math.abs(Number.parseInt(ids[0]?.replace('-', '').slice(0, 12) ?? '', 16) - Date.now()) <
        60_000,
    );
  });

  it('puts, patches and deletes, counting versions', async () => {
    const notes = db.collection<Note>('note');
    await notes.put('a', { n: 1, inner: { a: 1, b: 2 }, tags: ['x'] });
    const same = await notes.put('a', { n: 1, inner: { a: 1, b: 2 }, tags: ['x'] });
    const patched = await notes.patch('a', { inner: { b: null }, tags: ['y', 'z'] });

    assert.equal(same.version, 1);
    assert.deepEqual(patched?.document, { n: 1, inner: { a: 1 }, tags: ['y', 'z'] });
    assert.equal(patched?.version, 2);
    assert.equal(await notes.delete('a'), true);
    assert.equal(await notes.delete('a'), false);
    assert.equal(await notes.patch('a', { n: 2 }), null);
    assert.equal(notes.get('a'), null);
    assert.deepEqual(
      db.changesSince(0).map(({ seq, op, id, version, origin }) => [seq, op, id, version, origin]),
      [
        [1, 'insert', 'a', 1, 'app'],
        [2, 'update', 'a', 2, 'app'],
        [3, 'delete', 'a', 2, 'app'],
      ],
    );
    assert.deepEqual(
      db.changesSince(1, 1).map(({ seq }) => seq),
      [2],
    );
    assert.deepEqual(db.changesSince(3), []);
  });

  it('refuses what a guard does not let pass, and shows what is stored', async () => {
    const notes = db.collection<Note>('note');
    const first = await notes.put('a', { n: 1, at: '2026-01-02' });

    const stale = await failure(notes.put('a', { n: 2 }, { ifVersion: 9 }));
    const older = await failure(notes.patch('a', { at: '2026-01-01' }, { onlyIfNewer: 'at' }));
    const taken = await failure(notes.insert({ n: 3 }, { id: 'a' }));
    const gone = await failure(notes.patch('b', { n: 3 }, { ifVersion: 1 }));
    const kept = await failure(notes.delete('a', { ifVersion: 2 }));

    for (const error of [stale, older, taken, kept]) {
      assert.equal(error.name, 'FileSyncError');
      assert.equal(error.code, 'FSDB_CONFLICT');
      assert.deepEqual(error.current, first);
    }
    assert.equal(gone.current, null);
    assert.equal((await notes.put('a', { n: 2 }, { ifVersion: 1 })).version, 2);
  });

  it('stores what JSON.stringify makes of a value', async () => {
    const values = db.collection('value');
    const odd = {
      date: new Date(0),
      nothing: undefined,
      nan: Number.NaN,
      minus: -0,
      big: 2 ** 53 + 2,
      nul: 'a\0b',
      lone: '\ud800',
      list: [undefined, () => 1],
      ['__proto__']: { polluted: true },
      constructor: 1,
      toString: 'x',
    };
    const { document } = await values.put('odd', odd);

    assert.equal(JSON.stringify(document), JSON.stringify(odd));
    assert.deepEqual(document, JSON.parse(JSON.stringify(odd)));
    assert.equal(({} as { polluted?: boolean }).polluted, undefined);
    for (const value of [0, '', 'text', null, false, [1, [2]], {}]) {
      assert.deepEqual((await values.put('plain', value)).document, value);
    }
    const long = { text: 'x'.repeat(1 << 20) };
    assert.deepEqual((await values.put('long', long)).document, long);
  });

  it('keeps digits that JavaScript would round', async () => {
    db.exec(`INSERT INTO documents (type, id, name, version, created_at, updated_at, document)
             VALUES ('n', 'a', 'a', 1, '', '', '{"z":12345678901234567890,"y":1.0,"x":1}')`);

    await db.collection<{ x: number }>('n').patch('a', { x: 2 });

    const text = db.prepare('SELECT document FROM documents').pluck().get();
    assert.equal(text, '{"z":12345678901234567890,"y":1.0,"x":2}');
  });

  it('throws for wrong arguments at once', () => {
    const notes = db.collection('note');
    const wrong: [() => unknown, RegExp][] = [
      [() => notes.insert(undefined), /value that JSON has/],
      [() => notes.insert(() => 1), /value that JSON has/],
      [() => notes.insert({ n: 1n }), /BigInt/],
      [() => notes.insert({}, { id: '' }), /id must be/],
      [() => notes.insert({}, { id: 1 as never }), /id must be/],
      [() => notes.insert({}, { id: 'a\0' }), /NUL/],
      [() => notes.insert({}, { id: '\udc00' }), /surrogate/],
      [() => notes.insert({}, { ifVersion: 1 } as never), /unknown option "ifVersion"/],
      [() => notes.put(undefined as never, {}), /id must be/],
      [() => notes.put('a', {}, { ifversion: 1 } as never), /did you mean "ifVersion"/],
      [() => notes.put('a', {}, { ifVersion: '1' as never }), /ifVersion must be a number/],
      [() => notes.put('a', {}, { name: '' }), /name must be/],
      [() => notes.put('a', {}, null as never), /options must be an object/],
      [() => notes.patch('a', [] as never), /changes must be an object/],
      [() => notes.patch('a', 'x' as never), /changes must be an object/],
      [() => notes.delete('a', { onlyIfNewer: 'x' } as never), /unknown option "onlyIfNewer"/],
      [() => db.collection('a\0b').put('a', {}), /type must not contain a NUL/],
      [() => db.changesSince(undefined as never), /seq must be a number/],
    ];
    for (const [call, message] of wrong) assert.throws(call, { name: 'TypeError', message });
    assert.throws(() => notes.put('a', {}, { ifVersion: -1 }), RangeError);
    assert.throws(() => notes.put('a'.repeat(16_385), {}), RangeError);
    assert.throws(() => db.changesSince(0, 0), RangeError);
    assert.throws(() => db.changesSince(-1), RangeError);
  });

  it('refuses what is nested too deeply or too long', async () => {
    const notes = db.collection('note');
    let deep: unknown = 0;
    for (let i = 0; i < 1001; i++) deep = [deep];

    assert.equal((await failure(notes.put('a', deep))).code, 'FSDB_LIMIT');
    assert.equal((await failure(notes.put('a', 'x'.repeat(1 << 24)))).code, 'FSDB_LIMIT');
    assert.equal(notes.count(), 0);
  });

  it('takes any text for an id and a type', async () => {
    const names = [
      "'; DROP TABLE documents; --",
      '"',
      "'",
      '__proto__',
      'constructor',
      'toString',
      '$.a',
      'é\u2028😀',
      ' ',
      '../x',
    ];
    for (const name of names) {
      const stored = await db.collection(name).insert({ name }, { id: name });
      assert.deepEqual([stored.type, stored.id, stored.name], [name, name, name]);
      assert.deepEqual(db.collection(name).get(name), stored);
    }
    assert.deepEqual(Object.keys(db.counts()).sort(), [...names].sort());
  });

  it('never waits on the event loop, even for a lock that another process holds', async () => {
    const other = new DocumentDatabase(folder.join('a.sqlite'));
    other.exec('BEGIN IMMEDIATE');

    let settled = false;
    const write = db
      .collection('note')
      .put('a', {})
      .finally(() => {
        settled = true;
      });
    for (let turns = 0; turns < 100; turns++) await new Promise(setImmediate);
    const held = db.collection('note').get('a');
    assert.equal(settled, false);
    other.exec('COMMIT');
    await write;

    assert.equal(held, null);
    assert.ok(db.collection('note').get('a'));
    await other.close();
  });

  it('finishes the writes that wait when it is closed, and refuses later ones', async () => {
    const notes = db.collection<Note>('note');
    const writes = Array.from({ length: 200 }, (_, n) => notes.put(`${n}`, { n }));
    const closing = db.close();
    const late = await failure(notes.put('late', {}));
    await Promise.all(writes);
    await closing;

    assert.equal(late.code, 'FSDB_CLOSED');
    db = new DocumentDatabase(folder.join('a.sqlite'));
    assert.equal(db.collection('note').count(), 200);
  });

  it('says that it is read-only', async () => {
    await db.collection('note').put('a', {});
    const reader = new DocumentDatabase(folder.join('a.sqlite'), { readonly: true });

    assert.equal((await failure(reader.collection('note').put('a', {}))).code, 'FSDB_READONLY');
    await reader.close();
  });

  it('passes on that there is no room, and goes on when there is', async () => {
    const memory = new DocumentDatabase(':memory:');
    const notes = memory.collection<string>('note');
    await notes.put('a', 'small');
    const pages = memory.pragma('page_count', { simple: true }) as number;
    memory.pragma(`max_page_count = ${pages}`);
    const error = await failure(notes.put('big', 'x'.repeat(1 << 20)));
    memory.pragma('max_page_count = 1000000');

    assert.equal(error.code, 'FSDB_FULL');
    assert.equal(error.sqliteCode, 'SQLITE_FULL');
    assert.equal(memory.changesSince(0).length, 1);
    assert.equal((await notes.put('big', 'x'.repeat(1 << 20))).version, 1);
    await memory.close();
  });

  it('commits together what is written together', async () => {
    const notes = db.collection('note');
    await Promise.all(Array.from({ length: 500 }, (_, n) => notes.put(`${n}`, { n })));

    // Each commit writes the pages that it changed, of 8 KiB, to the log: one by one that is more.
    const bytes = statSync(folder.join('a.sqlite-wal')).size;
    assert.ok(bytes < 2 * 1024 * 1024, `${bytes}`);
    assert.equal(notes.count(), 500);
  });

  it('works in memory', async () => {
    const memory = new DocumentDatabase(':memory:');
    const notes = memory.collection<Note>('note');
    await notes.put('a', { n: 1 });
    memory.exec('BEGIN');
    await notes.put('b', { n: 2 });
    memory.exec('ROLLBACK');

    assert.deepEqual(notes.get('a')?.document, { n: 1 });
    assert.equal(notes.get('b'), null);
    assert.equal((await failure(notes.insert({}, { id: 'a' }))).code, 'FSDB_CONFLICT');
    await memory.close();
    assert.equal((await failure(notes.put('c', {}))).code, 'FSDB_CLOSED');
  });

  it('lets two processes count together without losing one', async () => {
    const path = folder.join('a.sqlite');
    await db.collection('counter').put('c', { n: 0 });
    const body = `
      const db = new filesyncdb.DocumentDatabase(args[0]);
      const counters = db.collection('counter');
      (async () => {
        for (let done = 0; done < 100; ) {
          const { version, document } = counters.get('c');
          try {
            await counters.put('c', { n: document.n + 1 }, { ifVersion: version });
            done++;
          } catch (error) {
            if (error.code !== 'FSDB_CONFLICT') throw error;
          }
        }
        await db.close();
      })();`;

    const outcomes = await Promise.all([runProgram(body, [path]), runProgram(body, [path])]);

    assert.deepEqual(
      outcomes.map(({ code, stderr }) => [code, stderr]),
      [
        [0, ''],
        [0, ''],
      ],
    );
    assert.deepEqual(db.collection('counter').get('c')?.document, { n: 200 });
    assert.equal(db.collection('counter').get('c')?.version, 201);
  });
});

describe('a collection with a folder', () => {
  let folder: Folder;
  let db: FileSyncDatabase;
  const read = (name: string) => readFileSync(folder.join('p', name), 'utf8');

  before(async () => {
    folder = new Folder();
    folder.write('p/ada.json', '{ "name": "Ada", "age": 36.0 }\n');
    folder.write('p/broken.json', '{ "name": ');
    db = await FileSyncDatabase.open(folder.join('a.sqlite'), {
      sources: { p: { directory: folder.join('p') } },
      watch: false,
    });
  });

  after(async () => {
    await db.close();
    folder.remove();
  });

  it('writes files as save() does', async () => {
    const people = db.collection<{ name: string; age?: number }>('p');
    const put = await people.put('bo', { name: 'Bo' });
    const patched = await people.patch('bo', { age: 3 });

    assert.equal(put.filePath, 'bo.json');
    assert.equal(patched?.version, 2);
    assert.deepEqual(JSON.parse(read('bo.json')), { name: 'Bo', age: 3 });
    assert.equal(await people.delete('bo'), true);
    assert.throws(() => read('bo.json'), { code: 'ENOENT' });
    assert.equal(await people.delete('bo'), false);
    assert.equal(await people.patch('bo', { age: 4 }), null);
  });

  it('keeps the digits of a file that it patches', async () => {
    await db.collection<{ nick: string }>('p').patch('ada', { nick: 'A' });

    assert.match(read('ada.json'), /36\.0/);
  });

  it('looks at guards one write after the other', async () => {
    const people = db.collection<{ n: number }>('p');
    await people.put('count', { n: 0 });
    const writes = Array.from({ length: 10 }, (_, n) =>
      people.put('count', { n }, { ifVersion: 1 }),
    );
    const results = await Promise.allSettled(writes);

    const refused = results.filter(({ status }) => status === 'rejected');
    assert.equal(refused.length, 8); // the first changed nothing: n was 0 already
    for (const { reason } of refused as PromiseRejectedResult[]) {
      assert.equal(reason.code, 'FSDB_CONFLICT');
      assert.equal(reason.current.version, 2);
    }
    assert.equal((await failure(people.insert({ n: 1 }, { id: 'count' }))).code, 'FSDB_CONFLICT');
  });

  it('does not write over a broken file that has no document', async () => {
    const error = await failure(db.collection('p').insert({ name: 'x' }, { id: 'broken' }));

    assert.equal(error.code, 'FSDB_CONFLICT');
    assert.equal(read('broken.json'), '{ "name": ');
  });

  it('leaves the name to the file', async () => {
    const error = await failure(db.collection('p').put('x', {}, { name: 'X' }));

    assert.equal(error.code, 'FSDB_PARSE');
  });

  it('writes through every handle of the process', async () => {
    const other = new DocumentDatabase(folder.join('a.sqlite'));
    await other.collection('p').put('other', { name: 'Other' });

    assert.deepEqual(JSON.parse(read('other.json')), { name: 'Other' });
    await other.close();
  });

  it('leaves rows of other types to the program, and never prunes them', async () => {
    await db.collection('codex').put('c', { title: 'C' });
    writeFileSync(folder.join('p', 'new.json'), '{}');
    await db.sync({ full: true });

    assert.equal(db.collection('codex').get('c')?.name, 'C');
    assert.equal(db.collection('codex').get('c')?.filePath, null);
  });

  it('leaves a document of a folder alone where the folder is not known', async () => {
    await db.close();
    const plain = new DocumentDatabase(folder.join('a.sqlite'));
    const error = await failure(plain.collection('p').put('ada', {}));
    await plain.close();

    assert.equal(error.code, 'FSDB_CONFLICT');
    assert.match(error.message, /ada\.json/);
  });
});
