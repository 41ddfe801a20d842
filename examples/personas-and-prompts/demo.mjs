// The main job, end to end: folders of personas, prompts and notes become a live database.
//
//   npm start                the tour: ends by itself
//   npm start -- --watch     stays and prints every change until Ctrl-C
//
// Works on a copy in a temporary directory, so that the checkout stays clean.
import { cpSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FileSyncDatabase } from 'filesyncdb';

// Far more than a change takes: if it is not there by then, something is broken and the demo says so.
const eventTimeoutMs = 15_000;

const folder = mkdtempSync(join(tmpdir(), 'filesyncdb-demo-'));
const content = join(folder, 'content');
cpSync(fileURLToPath(new URL('content', import.meta.url)), content, { recursive: true });

const started = performance.now();
const db = await FileSyncDatabase.open(join(folder, 'content.sqlite'), {
  sources: {
    persona: {
      directory: join(content, 'personas'),
      require: ['name', 'role'],
    },
    prompt: { directory: join(content, 'prompts') },
    note: { directory: join(content, 'notes') },
  },
  debounceMs: 50,
});
const openedMs = performance.now() - started;

try {
  showDocuments();
  if (process.argv.includes('--watch')) await watchUntilInterrupted();
  else await tour();
} finally {
  await db.close();
  rmSync(folder, { recursive: true });
}

async function tour() {
  runQueries();
  await editAFile();
  await breakAndRepairAFile();
  showErrors();
  heading('Done');
  const { documents } = db.syncStatus();
  console.log(
    `${total(documents)} documents, every file change seen, the checkout untouched. Bye.`,
  );
}

function heading(text) {
  console.log(`\n── ${text} ${'─'.repeat(Math.max(0, 90 - text.length))}`);
}

function total(counts) {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

/** Text cut or filled to a width, for columns. */
function cell(text, width) {
  const string = String(text ?? '');
  return string.length > width ? `${string.slice(0, width - 1)}…` : string.padEnd(width);
}

function showTable(rows) {
  const columns = Object.keys(rows[0] ?? {});
  const widths = columns.map((column) =>
    Math.min(58, Math.max(column.length, ...rows.map((row) => String(row[column] ?? '').length))),
  );
  console.log(
    columns
      .map((column, i) => cell(column, widths[i]))
      .join('  ')
      .trimEnd(),
  );
  console.log(widths.map((width) => '─'.repeat(width)).join('  '));
  for (const row of rows) {
    console.log(
      columns
        .map((column, i) => cell(row[column], widths[i]))
        .join('  ')
        .trimEnd(),
    );
  }
}

function showDocuments() {
  const report = db.syncStatus().lastSync;
  heading('The folder is a database');
  showTable(
    db.prepare('SELECT type, id, name, version, file_path FROM documents ORDER BY type, id').all(),
  );
  console.log(
    `\n${report.added.length} documents from ${report.scanned} files in ${openedMs.toFixed(0)} ms ` +
      `(open to ready), ${report.failed} not readable`,
  );
}

function runQueries() {
  heading("collection('persona').find: the difficult ones, hardest first");
  const { rows } = db.collection('persona').find({
    where: { difficulty: { gte: 4 }, active: true },
    orderBy: ['-difficulty', 'name'],
  });
  showTable(
    rows.map(({ id, document }) => ({ id, difficulty: document.difficulty, role: document.role })),
  );

  heading('SQL: which models do the prompts ask for?');
  showTable(
    db
      .prepare(
        `SELECT coalesce(document ->> '$.model.id', document ->> '$.model.configuration.name',
                         document ->> '$.model.configuration.azure_deployment') AS model,
                count(*) AS prompts,
                sum(json_array_length(document, '$.messages')) AS messages
           FROM documents WHERE type = ? GROUP BY model ORDER BY prompts DESC, model`,
      )
      .all('prompt'),
  );
}

/** Writes a file as editors do: to a temporary name, then renamed over the old one. */
function saveFile(path, text) {
  writeFileSync(`${path}.tmp`, text);
  renameSync(`${path}.tmp`, path);
}

/** Resolves with the first `event` for which `matches` is true. Listen before you act. */
function nextEvent(event, matches) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      db.off(event, listener);
      reject(new Error(`no ${event} event within ${eventTimeoutMs} ms`));
    }, eventTimeoutMs);
    function listener(value) {
      if (!matches(value)) return;
      clearTimeout(timer);
      db.off(event, listener);
      resolve(value);
    }
    db.on(event, listener);
  });
}

function changeOf(id) {
  return nextEvent('sync', (report) => report.changed.some((document) => document.id === id));
}

async function editAFile() {
  heading('Somebody edits a file');
  const id = 'patients/walter-pohl';
  const path = join(content, 'personas', `${id}.json`);
  const before = db.collection('persona').get(id);
  const arrived = changeOf(id);
  const saved = performance.now();
  saveFile(path, readFileSync(path, 'utf8').replace('"difficulty": 4', '"difficulty": 5'));
  await arrived;
  const after = db.collection('persona').get(id);
  console.log(`personas/${id}.json saved with difficulty 5`);
  console.log(
    `the row has it ${(performance.now() - saved).toFixed(0)} ms later: difficulty ` +
      `${before.document.difficulty} -> ${after.document.difficulty}, version ${before.version} -> ` +
      `${after.version}, created_at unchanged: ${before.createdAt === after.createdAt}`,
  );
}

async function breakAndRepairAFile() {
  heading('Somebody breaks a file');
  const id = 'learners/marcus-webb';
  const path = join(content, 'personas', `${id}.json`);
  const good = readFileSync(path, 'utf8');
  const noticed = nextEvent('file-error', (error) => error.filePath === `${id}.json`);
  saveFile(path, good.replace('"difficulty": 2,', '"difficulty": two,'));
  console.log(describe(await noticed));
  const row = db.collection('persona').get(id);
  console.log(
    `the last good row still answers: ${row.name}, difficulty ${row.document.difficulty}`,
  );

  heading('... and repairs it');
  const arrived = changeOf(id);
  saveFile(path, good.replace('"difficulty": 2,', '"difficulty": 3,'));
  await arrived;
  const { document } = db.collection('persona').get(id);
  const stillWrong = db.syncStatus().errors.some((error) => error.filePath === `${id}.json`);
  console.log(`difficulty ${document.difficulty}, error gone: ${!stillWrong}`);
}

function describe({ type, filePath, line, column, message }) {
  const where = line === undefined ? filePath : `${filePath}:${line}:${column}`;
  return `${type} ${where}: ${message}`;
}

function showErrors() {
  heading('syncStatus().errors: one draft is broken on purpose');
  for (const error of db.syncStatus().errors) console.log(describe(error));
}

function watchUntilInterrupted() {
  showErrors();
  heading('Watching');
  console.log(`Edit, add, rename, break or delete files below\n  ${content}\nCtrl-C ends.\n`);
  db.on('sync', ({ added, changed, removed, renamed }) => {
    for (const { type, id } of added) console.log(`+ ${type} ${id}`);
    for (const { type, id } of changed) console.log(`~ ${type} ${id}`);
    for (const { type, id } of removed) console.log(`- ${type} ${id}`);
    for (const { from, to } of renamed) console.log(`> ${from.type} ${from.id} -> ${to.id}`);
  });
  db.on('file-error', (error) => console.log(`! ${describe(error)}`));
  return new Promise((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
}
