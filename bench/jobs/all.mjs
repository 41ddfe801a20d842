// The jobs by their names.
import { jobD } from './burst.mjs';
import { jobD3 } from './checkout.mjs';
import { jobA, jobA2 } from './cold.mjs';
import { jobM } from './documents.mjs';
import { jobE, jobF, jobL } from './growth.mjs';
import { jobC } from './latency.mjs';
import { jobH, jobJ2 } from './query.mjs';
import { jobD2 } from './storm.mjs';
import { jobB, jobW } from './warm.mjs';

export const jobs = {
  A: jobA,
  A2: jobA2,
  B: jobB,
  C: jobC,
  D: jobD,
  D2: jobD2,
  D3: jobD3,
  W: jobW,
  E: jobE,
  F: jobF,
  H: jobH,
  J2: jobJ2,
  L: jobL,
  M: jobM,
};
