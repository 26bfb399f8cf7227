/* From longitude and latitude to a flat drawing: true in shape at the middle of a district. */

export type Ring = [number, number][];
export type Shapes = Record<string, Ring[][]>;
export type Drawn = { path: string; middle: [number, number]; points: [number, number][] };

/** Each town as the path of an SVG, with a point inside for its name. */
export function projected(shapes: Shapes): Record<string, Drawn> {
  const norths = Object.values(shapes).flat(2).flat().map((point) => point[1]);
  const squeeze = Math.cos((((Math.min(...norths.slice(0, 50_000)) + Math.max(...norths.slice(0, 50_000))) / 2) * Math.PI) / 180);
  const flat = ([east, north]: [number, number]): [number, number] => [east * squeeze * 1000, -north * 1000];
  return Object.fromEntries(
    Object.entries(shapes).map(([code, polygons]) => {
      const rings = polygons.map((polygon) => polygon.map((ring) => ring.map((point) => flat(point as [number, number]))));
      const path = rings.flat().map((ring) => `M${ring.map(([x, y]) => `${x.toFixed(2)} ${y.toFixed(2)}`).join("L")}Z`).join("");
      const largest = [...rings].sort((a, b) => Math.abs(area(b[0]!)) - Math.abs(area(a[0]!)))[0]!;
      return [code, { path, middle: centre(largest[0]!), points: rings.flat(2) }];
    }),
  );
}

/** Left, top, width and height of all that is drawn. */
export function box(map: Record<string, Drawn>): [number, number, number, number] {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { points } of Object.values(map)) {
    for (const [x, y] of points) {
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y);
    }
  }
  return Number.isFinite(left) ? [left, top, right - left, bottom - top] : [0, 0, 1, 1];
}

function area(ring: [number, number][]): number {
  return ring.reduce((sum, [x, y], at) => {
    const [nextX, nextY] = ring[(at + 1) % ring.length]!;
    return sum + (x * nextY - nextX * y) / 2;
  }, 0);
}

/** The centre of gravity; of a ring bent around it the middle of its widest row instead. */
function centre(ring: [number, number][]): [number, number] {
  const whole = area(ring) * 6;
  const [x0, y0] = ring[0]!;
  let [x, y] = [0, 0];
  ring.forEach(([ax, ay], at) => {
    const [bx, by] = ring[(at + 1) % ring.length]!;
    const cross = (ax - x0) * (by - y0) - (bx - x0) * (ay - y0);
    x += (ax + bx - 2 * x0) * cross;
    y += (ay + by - 2 * y0) * cross;
  });
  const found: [number, number] = whole ? [x0 + x / whole, y0 + y / whole] : [x0, y0];
  const met = crossings(ring, found[1]);
  if (met.filter((at) => at < found[0]).length % 2 === 1) return found;
  let best: [number, number] = [met[0] ?? found[0], met[0] ?? found[0]];
  for (let at = 0; at + 1 < met.length; at += 2) if (met[at + 1]! - met[at]! > best[1] - best[0]) best = [met[at]!, met[at + 1]!];
  return [(best[0] + best[1]) / 2, found[1]];
}

/** Where a level line meets the ring, from left to right. */
function crossings(ring: [number, number][], y: number): number[] {
  return ring
    .flatMap(([ax, ay], at): number[] => {
      const [bx, by] = ring[(at + 1) % ring.length]!;
      return ay > y === by > y ? [] : [ax + ((y - ay) / (by - ay)) * (bx - ax)];
    })
    .sort((a, b) => a - b);
}
