// Finds and loads the addon, once per evaluation of this module.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type * as Binding from '../binding';
import { createError } from './errors';
import { createRowDecoder, numbers, types } from './row-decoder';
import { createRowFactory } from './row-factory';
import { appendDocumentChanges, appendDocuments, type RunResult } from './rows';
import { appendDocumentRefs, appendFileErrors } from './sync-report';

const packageName = 'filesyncdb';
const fileName = 'filesyncdb.node';

// Bundlers replace __dirname and follow every `require` of a file that they can make out, and then
// fail on a native one. They must not see where the addon is: it is looked for from outside, as the
// program would look for the package.
function* packageFolders(): Generator<string> {
  yield dirname(__dirname);
  const description = [packageName, 'package.json'].join('/');
  for (const from of [join(process.cwd(), 'noop.js'), process.argv[1]]) {
    if (!from) continue;
    try {
      yield dirname(createRequire(from).resolve(description));
    } catch {
      // Not installed where that file is.
    }
  }
}

/** In a checkout, then in the package; the C library of Linux is found out by trying. */
function candidates(folder: string): string[] {
  const { platform, arch } = process;
  const systems = platform === 'linux' ? ['linux', 'linuxmusl'] : [platform];
  return [
    join(folder, 'build', 'release', fileName),
    ...systems.map((system) => join(folder, 'prebuilds', `${system}-${arch}`, fileName)),
  ];
}

function load(): typeof Binding {
  const looked = new Set<string>();
  let failure: unknown;
  for (const folder of packageFolders()) {
    for (const file of candidates(folder)) {
      if (looked.has(file)) continue;
      looked.add(file);
      if (!existsSync(file)) continue;
      try {
        const module = { exports: {} };
        process.dlopen(module, file);
        return module.exports as typeof Binding;
      } catch (error) {
        failure ??= error; // Made for another C library, perhaps: the next one may do.
      }
    }
  }
  // An addon that was built with the machine's libfyaml needs it wherever it is used.
  if (failure instanceof Error && failure.message.includes('libfyaml.so')) {
    throw new Error(
      'filesyncdb needs the library libfyaml on this machine. ' +
        'On Debian or Ubuntu: sudo apt-get install libfyaml0',
      { cause: failure },
    );
  }
  const places = [...looked].map((file) => `\n  ${file}`).join('');
  throw new Error(
    `filesyncdb has no native addon that works on ${process.platform}-${process.arch}. ` +
      `It was looked for at${places}`,
    { cause: failure },
  );
}

export const native = load();

/** Where `Statement.run()` leaves the rowid; see `Factories` in binding.d.ts. */
export const lastRowid = new Float64Array(1);

native.setFactories({
  error: createError,
  rowFactory: createRowFactory,
  rowDecoder: createRowDecoder,
  numbers,
  types,
  runResult: (changes, lastInsertRowid): RunResult => ({ changes, lastInsertRowid }),
  lastRowid,
  documents: appendDocuments,
  documentChanges: appendDocumentChanges,
  documentRefs: appendDocumentRefs,
  fileErrors: appendFileErrors,
});

// Node runs no clean-up of addons when the main thread ends by process.exit() or an exception. One
// listener for all evaluations of this module: development servers evaluate it again and again.
const key = Symbol.for('filesyncdb.closeAll');
const shared = globalThis as { [key]?: Set<() => void> };
if (!shared[key]) {
  const closers = new Set<() => void>();
  shared[key] = closers;
  process.on('exit', () => {
    for (const closeAll of closers) closeAll();
  });
}
shared[key].add(() => native.closeAll());
