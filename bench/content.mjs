// Content as applications keep it, the same for the same seed: personas in JSON files, prompts and
// notes with front matter, a few hundred folders of them.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const folderCount = 500;
const words =
  'amber basin cedar delta ember fjord grove harbor island jungle kernel lagoon meadow nectar orchard prairie quarry river summit tundra upland valley willow yonder zephyr anchor beacon canyon dune echo forest glacier heron ivory juniper kestrel lantern mosaic nimbus oasis pebble quartz ridge sable thicket umber violet walnut'.split(
    ' ',
  );
const traits = ['curious', 'patient', 'direct', 'playful', 'skeptical', 'warm', 'precise', 'bold'];

/** Numbers from 0 to below 1 (mulberry32). */
export function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const pick = (random, list) => list[Math.floor(random() * list.length)];

function sentences(random, count) {
  const all = [];
  for (let i = 0; i < count; i++) {
    const length = 5 + Math.floor(random() * 9);
    const sentence = Array.from({ length }, () => pick(random, words)).join(' ');
    all.push(`${sentence[0].toUpperCase()}${sentence.slice(1)}.`);
  }
  return all.join(' ');
}

const titleOf = (random, number) => `${pick(random, words)} ${pick(random, words)} ${number}`;

/** 0.5 to 2 KB as a file. */
export function persona(seed, number, revision = 0) {
  const random = randomFrom(seed * 1_000_003 + number);
  return {
    name: titleOf(random, number),
    revision,
    role: pick(random, words),
    age: 18 + Math.floor(random() * 60),
    temperature: Math.round(random() * 100) / 100,
    traits: traits.filter(() => random() < 0.4),
    voice: { tone: pick(random, traits), language: 'en', pace: pick(random, words) },
    goals: Array.from({ length: 1 + Math.floor(random() * 3) }, () => sentences(random, 1)),
    relations: Array.from({ length: Math.floor(random() * 4) }, () => ({
      to: `persona-${Math.floor(random() * 100_000)}`,
      kind: pick(random, words),
      weight: Math.floor(random() * 1000) / 1000,
    })),
    biography: sentences(random, 3 + Math.floor(random() * 14)),
    created: '2026-01-15',
    active: random() < 0.9,
    notes: random() < 0.2 ? 'Grüße aus Zürich – naïve café ☕' : null,
  };
}

/** What a .prompty or .md file says: its front matter and its body. */
export function prompt(seed, number, revision = 0) {
  const random = randomFrom(seed * 1_000_003 + number);
  const prompty = number % 2 === 0;
  const matter = {
    name: titleOf(random, number),
    description: sentences(random, 1),
    revision,
    tags: Array.from({ length: 1 + Math.floor(random() * 4) }, () => pick(random, words)),
    draft: random() < 0.5,
    weight: Math.floor(random() * 1000),
  };
  if (prompty) {
    matter.model = {
      api: 'chat',
      configuration: { type: 'azure_openai', azure_deployment: pick(random, words) },
      parameters: { max_tokens: 100 + Math.floor(random() * 4000), temperature: 0.2 },
    };
    matter.inputs = { question: { type: 'string', sample: sentences(random, 1) } };
  }
  const paragraphs = Array.from({ length: 2 + Math.floor(random() * 4) }, () =>
    sentences(random, 1 + Math.floor(random() * 3)),
  );
  const body = prompty
    ? `system:\n${paragraphs.join('\n\n')}\n\nuser:\n{{question}}\n`
    : `# ${matter.name}\n\n${paragraphs.join('\n\n')}\n`;
  return { matter, body, extension: prompty ? '.prompty' : '.md' };
}

function yamlLines(value, indent) {
  return Object.entries(value).flatMap(([key, item]) => {
    if (Array.isArray(item)) return [`${indent}${key}:`, ...item.map((x) => `${indent}  - ${x}`)];
    if (typeof item !== 'object') return [`${indent}${key}: ${item}`];
    return [`${indent}${key}:`, ...yamlLines(item, `${indent}  `)];
  });
}

const idOf = (number, folders) =>
  `group-${String(number % folders).padStart(3, '0')}/item-${String(number).padStart(6, '0')}`;

/** File `number` of a set: where it is, what is in it, and the row it should become. */
export function fileOf({ kind, files, seed }, number, revision = 0) {
  const id = idOf(number, Math.min(folderCount, Math.max(1, Math.floor(files / 20))));
  if (kind === 'json') {
    const document = persona(seed, number, revision);
    const text = `${JSON.stringify(document, null, 2)}\n`;
    return { id, path: `${id}.json`, text, name: document.name, document };
  }
  const { matter, body, extension } = prompt(seed, number, revision);
  const text = `---\n${yamlLines(matter, '').join('\n')}\n---\n${body}`;
  const document = { ...matter, content: body };
  return { id, path: `${id}${extension}`, text, name: matter.name, document };
}

/** Writes a set below `directory` unless it is there already, unchanged since it was written. */
export function writeContent(directory, set) {
  const stamp = `${directory}.json`;
  const wanted = JSON.stringify(set);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  rmSync(stamp, { force: true });
  rmSync(directory, { recursive: true, force: true });
  const made = new Set();
  for (let number = 0; number < set.files; number++) {
    const { path, text } = fileOf(set, number);
    const folder = dirname(join(directory, path));
    if (!made.has(folder)) mkdirSync(folder, { recursive: true });
    made.add(folder);
    writeFileSync(join(directory, path), text);
  }
  writeFileSync(stamp, wanted);
}
