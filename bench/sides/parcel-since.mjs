// @parcel/watcher's own way to find out what changed since a snapshot: `{ directory, snapshot }`.
// With `write` it takes the snapshot.
import { requirePeer } from '../lib/places.mjs';
import { answer, job, Meter, serve } from './meter.mjs';

const settings = job();
const { directory, snapshot, write } = settings;
const parcel = requirePeer('@parcel/watcher');
const meter = await Meter.start(settings);
if (write) await parcel.writeSnapshot(directory, snapshot);
const events = write ? [] : await parcel.getEventsSince(directory, snapshot);
answer({ ...(await meter.read()), changes: events.length });
await serve(meter);
