// Knex, by its client for better-sqlite3 with another driver.
const assert = require('node:assert/strict');
const { Database } = require('filesyncdb');
const knex = require('knex');
const Client = require('knex/lib/dialects/better-sqlite3/index.js');

class FilesyncClient extends Client {
  _driver() {
    return Database;
  }
}

async function main() {
  const db = knex({
    client: FilesyncClient,
    connection: { filename: 'knex.sqlite' },
    useNullAsDefault: true,
  });
  await db.schema.createTable('person', (table) => {
    table.increments('id');
    table.string('name').unique();
    table.boolean('active').defaultTo(true);
    table.integer('age');
  });
  assert.deepEqual(await db('person').insert([{ name: 'Ada', age: 36 }, { name: 'Ibn' }]), [2]);
  assert.deepEqual(await db('person').insert({ name: 'Maria', active: false }).returning('id'), [
    { id: 3 },
  ]);
  assert.deepEqual(await db('person').where({ active: true }).orderBy('id').pluck('name'), [
    'Ada',
    'Ibn',
  ]);
  assert.equal(await db('person').where('id', '<', 3).update({ age: 50 }), 2);
  assert.deepEqual(await db('person').where('name', 'Ada').first('age'), { age: 50 });

  await assert.rejects(db('person').insert({ name: 'Ada' }), {
    code: 'SQLITE_CONSTRAINT_UNIQUE',
    message: /UNIQUE constraint failed: person\.name/,
  });
  const rolledBack = db.transaction(async (trx) => {
    await trx('person').delete();
    await trx.transaction((nested) => nested('person').insert({ name: 'John' }));
    throw new Error('no');
  });
  await assert.rejects(rolledBack, /no/);
  await db.transaction((trx) => trx('person').insert({ name: 'John' }));
  assert.deepEqual(await db('person').count({ n: '*' }), [{ n: 4 }]);

  await db.schema.alterTable('person', (table) => {
    table.renameColumn('age', 'years');
    table.dropColumn('active');
  });
  assert.deepEqual(Object.keys(await db('person').columnInfo()), ['id', 'name', 'years']);
  assert.equal(await db('person').where('id', 1).delete(), 1);
  await db.destroy();
  process.stdout.write('ok\n');
}

main().catch((error) => {
  process.exitCode = 1;
  throw error;
});
