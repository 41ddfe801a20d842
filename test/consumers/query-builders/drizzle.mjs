// Drizzle, by its driver for better-sqlite3, which imports a package of that name: ours, installed by
// `npm install better-sqlite3@npm:filesyncdb`.
import assert from 'node:assert/strict';
import { eq, gt, relations, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import { Database } from 'filesyncdb';

const people = sqliteTable('people', {
  id: integer('id').primaryKey(),
  name: text('name').notNull().unique(),
  active: integer('active', { mode: 'boolean' }),
  born: integer('born', { mode: 'timestamp' }),
  tags: text('tags', { mode: 'json' }),
});
const posts = sqliteTable('posts', {
  id: integer('id').primaryKey(),
  title: text('title'),
  author: integer('author').references(() => people.id),
});
const peopleRelations = relations(people, ({ many }) => ({ posts: many(posts) }));
const postsRelations = relations(posts, ({ one }) => ({
  person: one(people, { fields: [posts.author], references: [people.id] }),
}));

const client = new Database('drizzle.sqlite');
const schema = { people, posts, peopleRelations, postsRelations };
const db = drizzle({ client, schema });
db.run(sql`CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT UNIQUE, active, born, tags)`);
db.run(sql`CREATE TABLE posts (id INTEGER PRIMARY KEY, title, author REFERENCES people(id))`);

const born = new Date('1815-12-10T00:00:00Z');
const ada = db.insert(people).values({ name: 'Ada', active: true, born, tags: ['a', 'b'] });
assert.deepEqual(ada.returning().get(), {
  id: 1,
  name: 'Ada',
  active: true,
  born,
  tags: ['a', 'b'],
});
assert.equal(db.insert(people).values({ name: 'Ibn', active: false }).run().lastInsertRowid, 2);
db.insert(posts)
  .values([
    { title: 'Notes', author: 1 },
    { title: 'Rihla', author: 2 },
  ])
  .run();

assert.deepEqual(
  db
    .select({ name: people.name, title: posts.title })
    .from(people)
    .innerJoin(posts, eq(posts.author, people.id))
    .where(gt(people.id, 1))
    .all(),
  [{ name: 'Ibn', title: 'Rihla' }],
);
const found = db.query.people
  .findFirst({ where: eq(people.name, 'Ada'), with: { posts: { columns: { title: true } } } })
  .sync();
assert.deepEqual([found.active, found.posts], [true, [{ title: 'Notes' }]]);
const prepared = db
  .select()
  .from(people)
  .where(eq(people.name, sql.placeholder('name')))
  .prepare();
assert.equal(prepared.get({ name: 'Ibn' }).id, 2);

for (const behavior of ['deferred', 'immediate', 'exclusive']) {
  assert.throws(
    () =>
      db.transaction(
        (tx) => {
          tx.update(people).set({ name: 'X' }).where(eq(people.id, 1)).run();
          tx.transaction((nested) => nested.delete(posts).run());
          assert.equal(client.inTransaction, true);
          tx.rollback();
        },
        { behavior },
      ),
    /Rollback/,
  );
}
assert.equal(db.$count(people, eq(people.name, 'Ada')).constructor.name, 'SQLiteCountBuilder');
assert.deepEqual(db.get(sql`SELECT count(*) AS n FROM posts`), { n: 2 });
assert.deepEqual(db.values(sql`SELECT id FROM posts ORDER BY id`), [[1], [2]]);
assert.throws(
  () => db.insert(people).values({ name: 'Ada' }).run(),
  (error) =>
    /UNIQUE constraint failed: people.name/.test(`${error.message} ${error.cause?.message}`),
);
await client.close();
process.stdout.write('ok\n');
