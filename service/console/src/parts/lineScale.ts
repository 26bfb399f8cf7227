/** Marks of an axis from 0 upwards: round numbers, at most six, the last one not below the largest value. */
export function marks(most: number): number[] {
  if (!(most > 0)) return [0, 1];
  const rough = most / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((one) => one * power).find((one) => one >= rough)!;
  const count = Math.ceil(most / step - 1e-9);
  return Array.from({ length: count + 1 }, (_, at) => Number((at * step).toPrecision(12)));
}

/** Runs of values without a gap: a month without a denominator has no value, and no line may bridge it. */
export function runs(values: (number | null)[]): number[][] {
  const found: number[][] = [];
  values.forEach((value, at) => {
    if (value == null) return;
    const last = found[found.length - 1];
    if (last && last[last.length - 1] === at - 1) last.push(at);
    else found.push([at]);
  });
  return found;
}
