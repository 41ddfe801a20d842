// Makes a fresh checkout ready to run: system packages, npm packages, the addon, lib/.
//
//   node tools/setup.mjs [--tests] [--checks] [--install-only]
//
// --tests also builds the GoogleTests, --checks also brings in what .ci/run needs, --install-only
// stops before anything is built. Says nothing when there is nothing to do.
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { provide } from './machine.mjs';
import { fail, findProgram, mustRun, root, runLines, runNpm } from './process.mjs';

const buildFolder = join(root, 'build/release');
const minimumNode = 20;
// How often a long build says how far it is where there is no terminal to redraw a line on.
const progressIntervalMs = 5000;

const say = (text) => process.stdout.write(`setup: ${text}\n`);
const modified = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;

/** npm writes its own lock file into node_modules when it is done: older than ours means outdated. */
function installPackages() {
  const installed = modified(join(root, 'node_modules/.package-lock.json'));
  if (installed > 0 && installed >= modified(join(root, 'package-lock.json'))) return;
  say('installing npm packages');
  // Install scripts stay off: the packages are carriers of source code, which we compile ourselves.
  const args = ['ci', '--ignore-scripts', '--loglevel=error'];
  const status = runNpm(args);
  if (status !== 0) fail('setup: npm could not install the packages; is its registry reachable?');
}

/** The settings that an existing build folder was configured with. */
function cachedSettings() {
  const path = join(buildFolder, 'CMakeCache.txt');
  if (!existsSync(path)) return new Map();
  const lines = readFileSync(path, 'utf8').matchAll(/^([A-Za-z_]+):[A-Z]+=(.*)$/gm);
  return new Map(Array.from(lines, ([, name, value]) => [name, value]));
}

/** Configures build/release once, and again when the tests are wanted and were not before. */
function configure(withTests) {
  const settings = cachedSettings();
  if (settings.size > 0 && settings.get('CMAKE_HOME_DIRECTORY') !== root) {
    rmSync(buildFolder, { recursive: true }); // The checkout was moved: CMake refuses such a folder.
    settings.clear();
  }
  const configured = ['build.ninja', 'Makefile'].some((name) =>
    existsSync(join(buildFolder, name)),
  );
  if (configured && (!withTests || settings.get('FSDB_TESTS') === 'ON')) return;
  say('configuring build/release');
  const args = ['-S', '.', '-B', buildFolder, '-DCMAKE_BUILD_TYPE=Release', '--log-level=WARNING'];
  if (withTests) args.push('-DFSDB_TESTS=ON');
  if (settings.size === 0) {
    if (findProgram('ninja')) args.push('-G', 'Ninja');
    if (findProgram('ccache')) {
      args.push('-DCMAKE_C_COMPILER_LAUNCHER=ccache', '-DCMAKE_CXX_COMPILER_LAUNCHER=ccache');
    }
  }
  mustRun('cmake', args, { stdio: ['ignore', 'ignore', 'inherit'] });
}

/** Shows `[3/40] ...` lines in place on a terminal, now and then elsewhere; passes the rest on. */
function progressPrinter() {
  const terminal = process.stdout.isTTY;
  let last = 0;
  let started = false;
  const noise =
    /^(ninja: (no work to do|Entering)|Re-checking globbed|-- |gmake|make)|^\s*$|^\[100%\] Built/;
  const print = (line) => {
    const step = /^\[\s*(\d+(\/\d+|%))\]/.exec(line);
    if (!step) {
      if (noise.test(line)) return;
      process.stdout.write(terminal && started ? `\r\x1b[K${line}\n` : `${line}\n`);
      return;
    }
    if (/Re-checking globbed|Built target/.test(line)) return;
    if (!started) say(`building the native part, ${step[1].split('/')[1] ?? 'some'} steps`);
    started = true;
    if (terminal)
      process.stdout.write(`\r\x1b[K${line.slice(0, (process.stdout.columns ?? 80) - 1)}`);
    else if (Date.now() - last >= progressIntervalMs) {
      last = Date.now();
      say(`  ${step[1]}`);
    }
  };
  const end = () => terminal && started && process.stdout.write('\r\x1b[K');
  return { print, end };
}

async function build(withTests) {
  // Objects are found again from another checkout: paths below the root do not count.
  process.env.CCACHE_BASEDIR ??= root;
  process.env.CCACHE_NOHASHDIR ??= '1';
  const args = ['--build', buildFolder, '--parallel'];
  if (!withTests) args.push('--target', 'filesyncdb');
  const { print, end } = progressPrinter();
  const status = await runLines('cmake', args, print);
  end();
  if (status !== 0) fail('setup: the native part did not build', status);
}

/** One line per source file of lib/, so that an edited, added or deleted file is noticed. */
function sourceState() {
  const folders = readdirSync(join(root, 'lib'), { recursive: true });
  const files = folders.filter((name) => name.endsWith('.ts')).map((name) => join('lib', name));
  const others = ['tsconfig.json', 'package-lock.json', 'binding.d.ts'];
  return [...files, ...others]
    .map((name) => `${name} ${modified(join(root, name))}\n`)
    .sort()
    .join('');
}

/** Compiles lib/ to dist/ unless dist/ stands for exactly these sources. */
function compile() {
  const stamp = join(root, 'build/lib.stamp');
  const state = sourceState();
  const dist = join(root, 'dist');
  if (existsSync(dist) && existsSync(stamp) && readFileSync(stamp, 'utf8') === state) return;
  say('compiling lib/');
  rmSync(dist, { recursive: true, force: true });
  rmSync(stamp, { force: true });
  mustRun(process.execPath, ['node_modules/typescript/bin/tsc', '-p', '.', '--noEmitOnError']);
  mkdirSync(join(root, 'build'), { recursive: true });
  writeFileSync(stamp, state);
}

const { values: options } = parseArgs({
  options: {
    tests: { type: 'boolean', default: false },
    checks: { type: 'boolean', default: false },
    'install-only': { type: 'boolean', default: false },
  },
});
if (Number.parseInt(process.versions.node, 10) < minimumNode) {
  fail(`filesyncdb needs Node ${minimumNode} or newer; this is ${process.version}`);
}
await provide([
  'build',
  ...(options.tests ? ['tests'] : []),
  ...(options.checks ? ['checks'] : []),
]);
installPackages();
if (!options['install-only']) {
  configure(options.tests);
  await build(options.tests);
  compile();
}
