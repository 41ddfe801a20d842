// Ours against the peers and the floor, in turn in one run.
//
//   node bench/run.mjs [A A2 B C D D2 D3 W E F H J2 L M ...] [--files N[,N...]] [--rounds N] [--no-build]
//
// Prints a table for each job: medians, and how many times ours each of the others takes. Every job
// asserts that all sides have stored the same rows, or counts those that are wrong. Peers come from
// npm into build/bench-peers at the first run.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { node, prepare, root } from './lib/places.mjs';

const jobNames = ['A', 'A2', 'B', 'C', 'D', 'D2', 'D3', 'W', 'E', 'F', 'H', 'J2', 'L', 'M'];
const leastRounds = 5;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    files: { type: 'string' },
    rounds: { type: 'string', default: String(leastRounds) },
    'no-build': { type: 'boolean', default: false },
  },
});
const names = positionals.length > 0 ? positionals : jobNames;
const unknown = names.filter((name) => !jobNames.includes(name));
if (unknown.length > 0) {
  console.error(`no such job: ${unknown.join(' ')}; there are ${jobNames.join(' ')}`);
  process.exit(2);
}

if (process.env.FSDB_BENCH_CHILD) {
  const { jobs } = await import('./jobs/all.mjs');
  const files = values.files?.split(',').map(Number);
  for (const name of names) await jobs[name]({ files, rounds: Number(values.rounds) });
} else {
  prepare();
  const run = (program, args) => spawnSync(program, args, { stdio: 'inherit' }).status ?? 1;
  if (!values['no-build'] && run(process.execPath, [`${root}/tools/setup.mjs`]) !== 0) {
    process.exit(1);
  }
  // Everything runs on one Node, the peers', which need a newer one than the project does.
  process.env.FSDB_BENCH_CHILD = '1';
  process.exit(run(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)]));
}
