// Runs the JavaScript tests on several Nodes with one and the same addon.
//
//   node tools/test-nodes.mjs [MAJOR | newest]...
//
// Their binaries come from npm packages and are kept in build/nodes. One line per version; what a
// failed run printed is in build/nodes/<version>.log.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fail, findProgram, mustRun, root, runNpm } from './process.mjs';

const folder = join(root, 'build/nodes');
// Packages named node-<platform>-<arch> carry what the npm package `node` installs.
const packageName = `node-${process.platform}-${process.arch}`;
const supported = ['20', '22', '24', 'newest'];
const npmTimeoutMs = 60_000;
const testsTimeoutMs = 300_000;

/** Orders '4.1.0' before '22.3.0'. */
function compareVersions(a, b) {
  const [x, y] = [a, b].map((version) => version.split('.').map(Number));
  return x[0] - y[0] || x[1] - y[1] || x[2] - y[2];
}

/** Every released version, from npm. */
function publishedVersions() {
  const args = ['view', packageName, 'versions', '--json', '--loglevel=error'];
  const options = { encoding: 'utf8', timeout: npmTimeoutMs };
  const { status, stdout } = spawnSync('npm', args, options);
  if (status !== 0) fail(`nodes: npm does not tell the versions of ${packageName}`);
  return JSON.parse(stdout)
    .filter((version) => /^\d+\.\d+\.\d+$/.test(version))
    .sort(compareVersions);
}

/** The path of this version's node, downloaded unless it is here. */
function fetchNode(version) {
  const home = join(folder, `v${version}`);
  const program = join(home, 'bin/node');
  if (existsSync(program)) return program;
  const unpacked = join(folder, 'package');
  const tarball = join(folder, `${packageName}-${version}.tgz`);
  const args = ['pack', `${packageName}@${version}`, '--pack-destination', folder];
  const quiet = { stdio: ['ignore', 'ignore', 'inherit'] };
  if (runNpm([...args, '--loglevel=error'], quiet) !== 0) {
    fail(`nodes: npm could not fetch ${packageName}@${version}`);
  }
  rmSync(unpacked, { recursive: true, force: true });
  mustRun('tar', ['-xzf', tarball, '-C', folder, 'package/bin/node']);
  rmSync(tarball);
  renameSync(unpacked, home); // Last: a folder of that name is complete.
  return program;
}

/** Runs the tests with `program`. Returns the line about them, and whether they passed. */
function testWith(program, version) {
  const log = join(folder, `v${version}.log`);
  const started = Date.now();
  const { status, stdout, stderr } = spawnSync(program, ['tools/test.mjs', 'js'], {
    cwd: root,
    encoding: 'utf8',
    timeout: testsTimeoutMs,
    maxBuffer: 64 << 20,
    // Programs that the tests start by name, such as npm, run on the same Node.
    env: { ...process.env, PATH: dirname(program) + delimiter + process.env.PATH, NO_COLOR: '1' },
  });
  writeFileSync(log, stdout + stderr);
  const count = (word) => new RegExp(`^ℹ ${word} (\\d+)$`, 'm').exec(stdout)?.[1] ?? '?';
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  const counts = `tests ${count('tests')}, pass ${count('pass')}, fail ${count('fail')}`;
  const ok = status === 0;
  return { ok, log, line: `Node ${version}: ${ok ? 'ok' : 'FAILED'}, ${counts}, ${seconds} s` };
}

/** The last version of a major, or of all. */
function newestOf(versions, wanted) {
  const version = versions.findLast(
    (candidate) => wanted === 'newest' || candidate.startsWith(`${wanted}.`),
  );
  return version ?? fail(`nodes: there is no ${packageName}@${wanted}`);
}

if (!findProgram('tar')) fail('nodes: tar is missing: apt-get install tar');
mkdirSync(folder, { recursive: true });
const versions = publishedVersions();
const words = process.argv.slice(2);
const chosen = (words.length > 0 ? words : supported).map((word) => newestOf(versions, word));
let failures = 0;
for (const version of new Set(chosen)) {
  const { ok, log, line } = testWith(fetchNode(version), version);
  process.stdout.write(`${line}\n`);
  if (ok) continue;
  failures += 1;
  const output = readFileSync(log, 'utf8');
  const summary = output.indexOf('failing tests:');
  process.stdout.write(summary < 0 ? output.slice(-4000) : output.slice(summary, summary + 8000));
}
process.exitCode = failures === 0 ? 0 : 1;
