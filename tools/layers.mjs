// Holds the rooms of the house to their arrows: who may include whom, and which room alone knows a
// library. Changing a list in here is a change of the design.
//
//   node tools/layers.mjs [ROOT]
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

// Room -> the rooms it may include besides itself. Arrows only go down.
const rooms = {
  base: [],
  sqlite: ['base'],
  parse: ['base'],
  files: ['base'],
  documents: ['base', 'sqlite', 'parse'],
  records: ['base', 'sqlite', 'parse'],
  wal: ['base', 'sqlite'],
  mirror: ['base', 'sqlite', 'parse'],
  sync: ['base', 'sqlite', 'parse', 'files', 'documents'],
  database: ['base', 'sqlite', 'parse', 'files', 'documents', 'records', 'wal', 'mirror', 'sync'],
  addon: ['base', 'sqlite', 'documents', 'records', 'wal', 'mirror', 'sync', 'database'],
};

// Header of a library -> the one room that knows it.
const libraries = {
  'sqlite3.h': 'sqlite',
  'simdjson.h': 'parse',
  'libfyaml.h': 'parse',
  'xxhash.h': 'files',
  'napi.h': 'addon',
  'node_api.h': 'addon',
  'js_native_api.h': 'addon',
  'uv.h': 'addon',
};

/** The files below `folder` with one of the `extensions`, as paths relative to `root`. */
function filesBelow(root, folder, extensions) {
  const path = join(root, folder);
  if (!existsSync(path)) return [];
  return readdirSync(path, { recursive: true })
    .filter((name) => extensions.some((extension) => name.endsWith(extension)))
    .map((name) => join(folder, name))
    .sort();
}

/** Why `room` may not include `header`, or null if it may. */
function includeProblem(room, header, quoted) {
  const owner = libraries[header];
  if (owner) return owner === room ? null : `<${header}> belongs to ${owner}/ alone`;
  if (!quoted) return null;
  const [target, ...rest] = header.split('/');
  if (rest.length === 0 || !Object.hasOwn(rooms, target)) {
    return `"${header}" is not in a room; write "room/name.h"`;
  }
  if (target === room || rooms[room].includes(target)) return null;
  return `${room}/ must not know ${target}/`;
}

/** Violations in the C++ below `folder`, whose subfolders are rooms. Tests follow their room. */
function checkNative(root, folder, shared) {
  return filesBelow(root, folder, ['.h', '.cc']).flatMap((file) => {
    const room = file.slice(folder.length + 1).split(sep)[0];
    if (shared.includes(room)) return [];
    if (!Object.hasOwn(rooms, room)) return [`${file}: "${room}" is not a room`];
    return lines(root, file).flatMap(([number, line]) => {
      const include = /^\s*#\s*include\s*(["<])([^">]+)[">]/.exec(line);
      if (!include || shared.some((name) => include[2].startsWith(`${name}/`))) return [];
      // Tests of a room may share a header that stands beside them.
      if (shared.length > 0 && existsSync(join(root, dirname(file), include[2]))) return [];
      const problem = includeProblem(room, include[2], include[1] === '"');
      return problem ? [`${file}:${number}: ${problem}`] : [];
    });
  });
}

/** Why a file of lib/ may not import `specifier`, or null if it may. */
function importProblem(file, specifier) {
  if (!specifier.startsWith('.')) {
    return specifier.startsWith('node:') ? null : `lib/ has no dependencies, not even ${specifier}`;
  }
  const target = normalize(join(dirname(file), specifier));
  if (target === 'binding' || target === 'binding.js') return null; // The addon's own types.
  if (!target.startsWith(`lib${sep}`)) return `lib/ must not reach up to ${target}`;
  const cli = join('lib', 'cli') + sep;
  if (target.startsWith(cli) && !file.startsWith(cli)) return 'only lib/cli/ knows lib/cli/';
  return null;
}

/** Violations in lib/. The patterns also cover `import x = require()`, `import()` and re-exports. */
function checkLib(root) {
  const pattern = /\b(?:from|import|require\s*\(|import\s*\()\s*['"]([^'"]+)['"]/g;
  return filesBelow(root, 'lib', ['.ts']).flatMap((file) =>
    lines(root, file).flatMap(([number, line]) =>
      Array.from(line.matchAll(pattern), ([, specifier]) => importProblem(file, specifier))
        .filter((problem) => problem !== null)
        .map((problem) => `${file}:${number}: ${problem}`),
    ),
  );
}

/** Numbered lines that are not comments: an example in a comment imports nothing. */
function lines(root, file) {
  return readFileSync(join(root, file), 'utf8')
    .split('\n')
    .map((line, index) => [index + 1, line])
    .filter(([, line]) => !/^\s*(\/\/|\*|\/\*)/.test(line));
}

/** Every violation below `root`, as `file:line: what`. */
export function checkLayers(root) {
  return [
    ...checkNative(root, 'native', []),
    ...checkNative(root, join('test', 'native'), ['support']),
    ...checkLib(root),
  ];
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const root = process.argv[2] ?? dirname(dirname(fileURLToPath(import.meta.url)));
  const problems = checkLayers(root);
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  process.stdout.write(
    `layers: ${problems.length === 0 ? 'ok' : `${problems.length} violations`}\n`,
  );
  process.exitCode = problems.length === 0 ? 0 : 1;
}
