// A, A2: an empty database until the rows of all files are in it. F: the memory that takes.
import { join } from 'node:path';
import { writeContent } from '../content.mjs';
import { data, floor, node, root, side } from '../lib/places.mjs';
import { inTurn } from '../lib/rounds.mjs';
import { assertRows, expectedDigest, removeDatabase } from '../lib/rows.mjs';
import { runSide } from '../lib/side-process.mjs';
import { sideTable } from '../lib/statistics.mjs';

const pipeline = (library, worker) => ({
  command: [node, side('pipeline')],
  job: { library, worker, mode: 'cold' },
});

export const coldSides = {
  ours: { command: [node, side('ours')], job: { package: root } },
  'node:sqlite': pipeline('node:sqlite', false),
  'node:sqlite in a worker': pipeline('node:sqlite', true),
  'better-sqlite3': pipeline('better-sqlite3', false),
  'better-sqlite3 in a worker': pipeline('better-sqlite3', true),
  floor: { command: [floor('cold_sync')], job: {} },
};

export function contentOf(kind, files) {
  const set = { kind, files, seed: 1 };
  const directory = join(data, `${kind}-${files}`);
  writeContent(directory, set);
  return { set, directory };
}

export async function measureCold(kind, files, rounds, options = {}) {
  const { set, directory } = contentOf(kind, files);
  const expected = expectedDigest(set);
  const database = join(data, 'cold.sqlite');
  const sides = options.sides ?? coldSides;
  return inTurn(sides, rounds, async ({ command, job }, name) => {
    removeDatabase(database);
    const result = await runSide(command, { ...job, directory, database, stalls: options.stalls });
    if (result.scanned !== files) throw new Error(`${name}: ${result.scanned} files, not ${files}`);
    // The floor of prompts reads no YAML, so that its rows differ.
    if (name !== 'floor' || kind === 'json') assertRows(database, expected, name);
    return result;
  });
}

const columns = { wallMs: 'until ready, ms', cpuMs: 'CPU, ms', growthMb: 'growth, MB' };

async function report(title, kind, files, rounds) {
  console.log(`\n### ${title}: cold sync of ${files} files\n`);
  console.log(sideTable(await measureCold(kind, files, rounds), columns, ['wallMs', 'cpuMs']));
}

export async function jobA({ files, rounds }) {
  for (const count of files ?? [10_000, 100_000]) await report('A', 'json', count, rounds);
}

export async function jobA2({ files, rounds }) {
  for (const count of files ?? [10_000]) await report('A2', 'prompt', count, rounds);
}
