// The main job: folders of files become a live database.
import assert from 'node:assert/strict';
import { cpSync, existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { FileSyncDatabase, FileSyncError, type FileSyncOptions } from 'filesyncdb';
import { nextEvent } from './support/events';
import { Folder } from './support/folder';

const root = dirname(require.resolve('filesyncdb/package.json'));

interface Persona {
  name: string;
  age: number;
}

describe('FileSyncDatabase', () => {
  let folder: Folder;
  let opened: FileSyncDatabase[];

  beforeEach(() => {
    folder = new Folder();
    opened = [];
    folder.write('personas/ada.json', '{"name": "Ada", "age": 36}');
    folder.write('personas/deep/grace.yaml', 'name: Grace\nage: 85\n');
  });

  afterEach(async () => {
    await Promise.all(opened.map((db) => db.close()));
    folder.remove();
  });

  async function open(options: Partial<FileSyncOptions> = {}): Promise<FileSyncDatabase> {
    const db = new FileSyncDatabase(folder.join('a.sqlite'), {
      sources: { persona: { directory: folder.join('personas') } },
      debounceMs: 5,
      ...options,
    });
    opened.push(db);
    await db.ready();
    return db;
  }

  const persona = (db: FileSyncDatabase, id: string) => db.collection<Persona>('persona').get(id);

  it('reads every file before ready() resolves', async () => {
    const db = await open();

    const report = await db.ready();

    assert.equal(report.reason, 'start');
    assert.deepEqual(report.added, [
      { type: 'persona', id: 'ada', filePath: 'ada.json' },
      { type: 'persona', id: 'deep/grace', filePath: 'deep/grace.yaml' },
    ]);
    assert.deepEqual([report.scanned, report.failed, report.unchanged], [2, 0, 0]);
    assert.deepEqual(db.counts(), { persona: 2 });
    assert.deepEqual(persona(db, 'deep/grace')?.document, { name: 'Grace', age: 85 });
  });

  it('gives a document with everything that is known of it', async () => {
    const db = await open();

    const stored = persona(db, 'ada');

    assert.ok(stored);
    const { createdAt, updatedAt, fileModified, seq, ...rest } = stored;
    assert.deepEqual(rest, {
      type: 'persona',
      id: 'ada',
      name: 'Ada',
      document: { name: 'Ada', age: 36 },
      version: 1,
      filePath: 'ada.json',
    });
    for (const time of [createdAt, updatedAt, fileModified]) {
      assert.match(String(time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    }
    assert.ok(seq >= 1);
    assert.equal(persona(db, 'nobody'), null);
  });

  it('follows an edit, and keeps created_at', async () => {
    const db = await open();
    const before = persona(db, 'ada');
    const arrived = nextEvent(db, 'sync', ({ changed }) => changed.length > 0);

    folder.save('personas/ada.json', '{"name": "Ada", "age": 37}');

    const report = await arrived;
    assert.deepEqual(report.changed, [{ type: 'persona', id: 'ada', filePath: 'ada.json' }]);
    const after = persona(db, 'ada');
    assert.equal(after?.document.age, 37);
    assert.equal(after.version, 2);
    assert.equal(after.createdAt, before?.createdAt);
    assert.equal(after.seq, before?.seq);
  });

  it('follows a new file, a rename and a deletion', async () => {
    const db = await open();

    const added = nextEvent(db, 'sync', (report) => report.added.length > 0);
    folder.save('personas/new.md', '---\nname: New\n---\nHello.\n');
    assert.equal((await added).added[0]?.id, 'new');
    assert.deepEqual(persona(db, 'new')?.document, { name: 'New', content: 'Hello.\n' });

    const created = persona(db, 'new')?.createdAt;
    const renamed = nextEvent(db, 'sync', (report) => report.renamed.length > 0);
    renameSync(folder.join('personas/new.md'), folder.join('personas/newer.md'));
    assert.deepEqual((await renamed).renamed, [
      {
        from: { type: 'persona', id: 'new', filePath: 'new.md' },
        to: { type: 'persona', id: 'newer', filePath: 'newer.md' },
      },
    ]);
    assert.equal(persona(db, 'newer')?.createdAt, created);

    const removed = nextEvent(db, 'sync', (report) => report.removed.length > 0);
    rmSync(folder.join('personas/newer.md'));
    assert.equal((await removed).removed[0]?.id, 'newer');
    assert.equal(persona(db, 'newer'), null);
  });

  it('tells where a file is broken, keeps its last good row, and forgets the error when it is repaired', async () => {
    const db = await open();
    const broken = nextEvent(db, 'file-error');

    folder.save('personas/ada.json', '{\n  "name": "Ada",\n  "age": thirty\n}\n');

    const error = await broken;
    assert.deepEqual(
      [error.type, error.filePath, error.code, error.line, error.column, error.attempts],
      ['persona', 'ada.json', 'FSDB_PARSE', 3, 10, 1],
    );
    assert.equal(error.nextRetryAt, null);
    assert.deepEqual(db.syncStatus().errors, [error]);
    assert.equal(persona(db, 'ada')?.document.age, 36);

    const repaired = nextEvent(db, 'sync', ({ changed }) => changed.length > 0);
    folder.save('personas/ada.json', '{"name": "Ada", "age": 37}');
    await repaired;
    assert.deepEqual(db.syncStatus().errors, []);
    assert.equal(persona(db, 'ada')?.document.age, 37);
  });

  it('opens although files are broken, and says which', async () => {
    folder.write('personas/bad.yaml', 'name: "Bad\n');

    const db = await open();

    const report = await db.ready();
    assert.equal(report.failed, 1);
    const [error] = db.syncStatus().errors;
    assert.equal(error?.filePath, 'bad.yaml');
    assert.ok((error?.line ?? 0) >= 1);
    assert.deepEqual(db.counts(), { persona: 2 });
  });

  it('does not parse again what has not changed since the last time', async () => {
    const first = await open();
    const created = persona(first, 'ada')?.createdAt;
    await first.close();

    const db = await open();

    const report = await db.ready();
    assert.deepEqual([report.parsed, report.unchanged, report.added], [0, 2, []]);
    assert.equal(persona(db, 'ada')?.createdAt, created);
  });

  it('saves a document to its file and its row, which is no change to be told', async () => {
    const db = await open();
    const reports: string[] = [];
    db.on('sync', (report) => reports.push(report.reason));

    const stored = await db.save('persona', 'team/new', { name: 'New', age: 1 });

    assert.equal(stored.filePath, 'team/new.json');
    assert.deepEqual(JSON.parse(readFileSync(folder.join('personas/team/new.json'), 'utf8')), {
      name: 'New',
      age: 1,
    });
    assert.deepEqual(persona(db, 'team/new'), stored);
    const again = await db.save('persona', 'team/new', { name: 'New', age: 2 });
    assert.deepEqual([again.version, again.createdAt], [2, stored.createdAt]);
    const report = await db.sync();
    assert.deepEqual([report.changed, report.added], [[], []]);
    assert.ok(!reports.includes('watch'), `${reports}`);
  });

  it('removes a document with its file', async () => {
    const db = await open();

    assert.equal(await db.remove('persona', 'ada'), true);

    assert.equal(existsSync(folder.join('personas/ada.json')), false);
    assert.equal(persona(db, 'ada'), null);
    assert.equal(await db.remove('persona', 'ada'), false);
  });

  it('looks only when asked with watch: false, and is idle then', async () => {
    const db = await open({ watch: false });
    folder.write('personas/new.json', '{"name": "New"}');

    const report = await db.sync();

    assert.deepEqual(report.added, [{ type: 'persona', id: 'new', filePath: 'new.json' }]);
    assert.equal(report.reason, 'call');
    assert.equal(db.syncStatus().state, 'idle');
  });

  it('syncs one type, and reads every file again with full', async () => {
    folder.write('notes/a.md', 'Text.\n');
    const db = await open({
      watch: false,
      sources: {
        persona: { directory: folder.join('personas') },
        note: { directory: folder.join('notes') },
      },
    });
    folder.write('notes/b.md', 'More.\n');

    const personas = await db.sync({ type: 'persona', full: true });
    const notes = await db.sync({ type: 'note' });

    assert.deepEqual([personas.scanned, personas.added], [2, []]);
    assert.equal(notes.added[0]?.id, 'b');
    assert.throws(() => db.sync({ type: 'nope' }), { name: 'TypeError', message: /persona, note/ });
  });

  it('tells how things stand', async () => {
    const db = await open();

    const status = db.syncStatus();

    assert.equal(status.state, 'watching');
    assert.equal(status.role, 'leader');
    assert.equal(status.leaderPid, process.pid);
    assert.equal(status.directories, 2);
    assert.deepEqual(status.documents, { persona: 2 });
    assert.deepEqual(status.lastSync, await db.ready());
    assert.deepEqual([status.pending, status.errors, status.degraded], [0, [], []]);
  });

  it('syncs the example content', async () => {
    const content = join(root, 'examples/personas-and-prompts/content');
    cpSync(content, folder.join('content'), { recursive: true });
    const db = await open({
      sources: {
        persona: { directory: folder.join('content/personas'), require: ['name', 'role'] },
        prompt: { directory: folder.join('content/prompts') },
      },
    });

    const { rows, total } = db.find({ type: 'persona', page: 1, pageSize: 5, orderBy: 'name' });
    assert.equal(rows.length, 5);
    assert.equal(total, db.counts().persona);
    assert.equal(db.syncStatus().errors.length, 1);
    const messages = db
      .prepare("SELECT sum(json_array_length(document, '$.messages')) FROM documents")
      .pluck()
      .get();
    assert.ok(Number(messages) > 10);
  });

  it('keeps a database in memory in a folder that goes with it', async () => {
    const db = new FileSyncDatabase(':memory:', {
      sources: { persona: { directory: folder.join('personas') } },
    });
    opened.push(db);
    await db.ready();
    const file = db.prepare('SELECT file FROM pragma_database_list').pluck().get() as string;

    assert.equal(db.memory, true);
    assert.deepEqual(db.counts(), { persona: 2 });
    assert.ok(existsSync(file));
    await db.close();
    assert.ok(!existsSync(dirname(file)));
  });

  it('makes long lists of documents when they are looked at', async () => {
    const count = 2500;
    for (let i = 0; i < count; i++) folder.write(`many/p${i}.json`, `{"name": "P${i}"}`);
    const db = await open({ sources: { persona: { directory: folder.join('many') } } });

    const report = await db.ready();

    assert.equal(typeof Object.getOwnPropertyDescriptor(report, 'added')?.get, 'function');
    assert.ok(Object.keys(report).includes('added'));
    const parsed = JSON.parse(JSON.stringify(report));
    assert.equal(parsed.added.length, count);
    assert.equal(report.added.length, count);
    assert.equal(report.added, report.added);
    assert.deepEqual(structuredClone(report).added, report.added);
    assert.deepEqual(new Set(report.added.map(({ id }) => id)).size, count);
    await db.close();
    assert.equal(report.added[0]?.type, 'persona');
  });

  it('rejects calls after close() with FSDB_CLOSED', async () => {
    const db = await open();

    await db.close();

    const closed = { name: 'FileSyncError', code: 'FSDB_CLOSED' };
    await assert.rejects(db.ready(), closed);
    await assert.rejects(db.sync(), closed);
    await assert.rejects(db.save('persona', 'x', {}), closed);
    await assert.rejects(db.remove('persona', 'x'), closed);
    assert.throws(() => db.counts(), { name: 'TypeError', code: 'FSDB_CLOSED' });
    assert.equal(db.syncStatus().state, 'closed');
    assert.equal(db.open, false);
  });

  it('rejects a sync that close() overtakes', async () => {
    for (let i = 0; i < 3000; i++) folder.write(`many/p${i}.json`, `{"name": "P${i}"}`);
    const db = new FileSyncDatabase(folder.join('b.sqlite'), {
      sources: { persona: { directory: folder.join('many') } },
    });
    const waiting = [db.ready(), db.sync({ full: true }), db.sync({ full: true })];
    const outcomes = Promise.allSettled(waiting);

    await db.close();

    const [, , last] = await outcomes;
    assert.equal(last?.status, 'rejected');
    assert.ok(last.reason instanceof FileSyncError);
    assert.equal(last.reason.code, 'FSDB_CLOSED');
  });

  it('says what state it is in, to the end', async () => {
    const states: string[] = [];
    const db = new FileSyncDatabase(folder.join('c.sqlite'), {
      sources: { persona: { directory: folder.join('personas') } },
    });
    db.on('state', (state) => states.push(state));
    await db.ready();
    if (db.syncStatus().state !== 'watching') await nextEvent(db, 'state', (s) => s === 'watching');
    const closed = nextEvent(db, 'state', (state) => state === 'closed');

    await db.close();
    await closed;

    assert.ok(states.includes('watching'), `${states}`);
    assert.equal(states.at(-1), 'closed');
  });

  it('closes at the end of an `await using` block', async () => {
    const db = await open();

    await db[Symbol.asyncDispose]();

    assert.equal(db.open, false);
  });
});
