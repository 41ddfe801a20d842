// Medians and tables.

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

/** The median of each numeric field of `rounds`, which all have the same fields. */
export function medians(rounds) {
  const fields = Object.keys(rounds[0]).filter((name) => typeof rounds[0][name] === 'number');
  return Object.fromEntries(
    fields.map((name) => [name, median(rounds.map((round) => round[name]))]),
  );
}

const textOf = (value) => {
  if (typeof value !== 'number') return value ?? '';
  if (Number.isInteger(value)) return String(value);
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(2);
};

/** Rows of cells as a Markdown table; the first column is left-aligned. */
export function table(head, rows) {
  const cells = [head, ...rows].map((row) => row.map(textOf));
  const widths = head.map((_, column) => Math.max(...cells.map((row) => row[column].length), 3));
  const line = (row) =>
    `| ${row.map((text, i) => (i ? text.padStart(widths[i]) : text.padEnd(widths[i]))).join(' | ')} |`;
  const rule = `|${widths.map((width, i) => (i ? `${'-'.repeat(width + 1)}:` : '-'.repeat(width + 2))).join('|')}|`;
  return [line(cells[0]), rule, ...cells.slice(1).map(line)].join('\n');
}

/**
 * Results of sides as a table: the median of each column, then how many times slower than ours the
 * others are, by each of `ratios`.
 */
export function sideTable(results, columns, ratios) {
  const ours = results.ours && medians(results.ours);
  const head = [
    'side',
    ...Object.values(columns),
    ...ratios.map((name) => `${columns[name]} ÷ ours`),
  ];
  const rows = Object.entries(results).map(([side, rounds]) => {
    const values = medians(rounds);
    const compared = ratios.map((name) =>
      ours && values[name] !== undefined && ours[name] > 0 ? values[name] / ours[name] : '',
    );
    return [side, ...Object.keys(columns).map((name) => values[name]), ...compared];
  });
  return table(head, rows);
}
