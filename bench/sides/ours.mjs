// filesyncdb itself: `{ package, database, directory, options }`.
import { createRequire } from 'node:module';
import { answer, job, Meter, serve } from './meter.mjs';

const { package: folder, database, directory, options = {}, stalls, live } = job();
const { FileSyncDatabase } = createRequire(import.meta.url)(folder);

const meter = await Meter.start({ stalls });
const db = new FileSyncDatabase(database, { sources: { item: { directory } }, ...options });
const report = await db.ready();
const ready = await meter.read();
const work = { scanned: report.scanned, failed: report.failed, changes: report.added.length };
if (live) {
  answer({ ...ready, ...work });
  await serve(meter);
  await db.close();
} else {
  await db.close();
  const closed = await meter.read();
  answer({ ...ready, ...work, cpuMs: ready.cpuMs + closed.cpuMs, closeMs: closed.wallMs });
  await serve(meter);
}
