// Figures for `cargo xtask bench`, which reads these lines from standard output.

/** Tells one figure and how much it may be. */
export function figure(name: string, value: number, atMost: number, unit: 'ms' | '%' | 'nodes' = 'ms'): void {
  process.stdout.write(`\nfigure\t${name}\t${value.toFixed(unit === '%' ? 2 : 1)}\t${atMost}\t${unit}\n`);
}

export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle];
  const lower = sorted[sorted.length % 2 === 0 ? middle - 1 : middle];
  if (upper === undefined || lower === undefined) throw new Error('no values, no median');
  return (lower + upper) / 2;
}
