// Runs every test: layers, GoogleTests, node:test. Ends with 1 if any of them failed.
//
//   node tools/test.mjs [layers | native | js | NAME]...
//
// A NAME picks the GoogleTests whose name and the JavaScript test files whose path contains it.
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { root, run } from './process.mjs';

// A test that hangs must not hang the whole run.
const testTimeoutMs = 300_000;
const testConfig = 'test/js/tsconfig.json';

const words = process.argv.slice(2);
const parts = ['layers', 'native', 'js'];
const picked = words.filter((word) => parts.includes(word));
const names = words.filter((word) => !parts.includes(word));
const wanted = (part) => picked.length === 0 || picked.includes(part);

function heading(text) {
  process.stdout.write(`\n== ${text}\n`);
}

function runLayers() {
  heading('layers');
  return run(process.execPath, ['tools/layers.mjs']);
}

function runNative() {
  heading('GoogleTest');
  const filter = names.length > 0 ? ['-R', names.map(escapeRegex).join('|')] : ['--no-tests=error'];
  const jobs = String(availableParallelism());
  return run('ctest', [
    '--test-dir',
    'build/release',
    '--output-on-failure',
    '-j',
    jobs,
    ...filter,
  ]);
}

/** CTest's regular expressions take a backslash before anything special. */
function escapeRegex(text) {
  return text.replace(/[^\w/]/g, '\\$&');
}

function runJavaScript() {
  heading('node:test');
  const tsc = 'node_modules/typescript/bin/tsc';
  if (run(process.execPath, [tsc, '-p', testConfig, '--noEmitOnError']) !== 0) return 1;
  // Files by name: newer Nodes no longer take a folder.
  const files = [
    ...testFiles('tools', '.test.mjs'),
    ...testFiles('test/consumers', '.test.mjs'),
    ...testFiles('test/js', '.test.ts').map(compiled),
  ];
  const chosen = files.filter(
    (file) => names.length === 0 || names.some((name) => file.includes(name)),
  );
  if (chosen.length === 0) {
    process.stdout.write('no test files\n');
    return names.length > 0 ? 0 : 1;
  }
  const options = ['--test', '--test-reporter=spec', `--test-timeout=${testTimeoutMs}`];
  return run(process.execPath, [...options, ...chosen]);
}

function testFiles(folder, ending) {
  return readdirSync(join(root, folder), { recursive: true })
    .filter((name) => name.endsWith(ending))
    .map((name) => join(folder, name))
    .sort();
}

function compiled(file) {
  return file.replace(/^test\/js/, 'build/test-js').replace(/\.ts$/, '.js');
}

const runners = { layers: runLayers, native: runNative, js: runJavaScript };
const failed = parts.filter(wanted).filter((part) => runners[part]() !== 0);
process.stdout.write(
  failed.length === 0 ? '\nAll tests passed.\n' : `\nFailed: ${failed.join(', ')}\n`,
);
process.exitCode = failed.length === 0 ? 0 : 1;
