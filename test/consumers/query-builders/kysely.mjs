// Kysely, by its own SqliteDialect.
import assert from 'node:assert/strict';
import { Database } from 'filesyncdb';
import { Kysely, SqliteDialect, sql } from 'kysely';

const database = new Database('kysely.sqlite');
const db = new Kysely({ dialect: new SqliteDialect({ database }) });
await db.schema
  .createTable('person')
  .addColumn('id', 'integer', (column) => column.primaryKey())
  .addColumn('name', 'text', (column) => column.notNull().unique())
  .addColumn('age', 'integer')
  .execute();

const inserted = await db
  .insertInto('person')
  .values([
    { name: 'Ada', age: 36 },
    { name: 'Ibn', age: 64 },
    { name: 'Maria', age: null },
  ])
  .returningAll()
  .execute();
assert.deepEqual(inserted[1], { id: 2, name: 'Ibn', age: 64 });

const older = db.selectFrom('person').selectAll().where('age', '>', 40);
assert.deepEqual(await older.execute(), [{ id: 2, name: 'Ibn', age: 64 }]);
const updated = await db.updateTable('person').set({ age: 37 }).where('name', '=', 'Ada').execute();
assert.equal(updated[0].numUpdatedRows, 1n);
const result = await db.insertInto('person').values({ name: 'John' }).executeTakeFirst();
assert.equal(result.insertId, 4n);

await assert.rejects(db.insertInto('person').values({ name: 'Ada' }).execute(), {
  code: 'SQLITE_CONSTRAINT_UNIQUE',
  message: 'UNIQUE constraint failed: person.name',
});
const rolledBack = db.transaction().execute(async (trx) => {
  await trx.deleteFrom('person').execute();
  throw new Error('no');
});
await assert.rejects(rolledBack, /no/);

const names = [];
for await (const { name } of db.selectFrom('person').select('name').orderBy('id').stream()) {
  names.push(name);
}
assert.deepEqual(names, ['Ada', 'Ibn', 'Maria', 'John']);
const { rows } = await sql`SELECT count(*) AS n FROM person WHERE name LIKE ${'%a'}`.execute(db);
assert.deepEqual(rows, [{ n: 2 }]);
assert.deepEqual(
  (await db.introspection.getTables()).map(({ name }) => name),
  ['person'],
);
await db.destroy();
assert.equal(database.open, false);
process.stdout.write('ok\n');
