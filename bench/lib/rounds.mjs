// Sides in turn: A B C A B C ..., so that a busy machine hurts all of them.
export async function inTurn(sides, rounds, run) {
  const results = Object.fromEntries(Object.keys(sides).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, side] of Object.entries(sides)) {
      results[name].push(await run(side, name, round));
      process.stderr.write('.');
    }
  }
  process.stderr.write('\n');
  return results;
}
