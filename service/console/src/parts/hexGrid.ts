/* A hexagon for each town, as large as any other.  No boundary is drawn and none is shipped: the
   place of a hexagon follows the order of the division codes, in rings around the middle. */

export type Place = { q: number; r: number };

const DIRECTIONS: Place[] = [
  { q: 1, r: 0 },
  { q: 0, r: 1 },
  { q: -1, r: 1 },
  { q: -1, r: 0 },
  { q: 0, r: -1 },
  { q: 1, r: -1 },
];

/** The first `count` places of the spiral, in axial coordinates. */
export function spiral(count: number): Place[] {
  const places: Place[] = count > 0 ? [{ q: 0, r: 0 }] : [];
  for (let ring = 1; places.length < count; ring += 1) {
    let here: Place = { q: 0, r: -ring };
    for (const step of DIRECTIONS) {
      for (let side = 0; side < ring && places.length < count; side += 1) {
        places.push(here);
        here = { q: here.q + step.q, r: here.r + step.r };
      }
    }
  }
  return places;
}

/** Middle of a hexagon of the given size (from middle to corner), points up. */
export function middle({ q, r }: Place, size: number): [number, number] {
  return [size * Math.sqrt(3) * (q + r / 2), size * 1.5 * r];
}

/** Corners of a hexagon around a middle, for the attribute `points`. */
export function corners([x, y]: [number, number], size: number): string {
  return Array.from({ length: 6 }, (_, at) => {
    const angle = (Math.PI / 180) * (60 * at - 30);
    return `${(x + size * Math.cos(angle)).toFixed(2)},${(y + size * Math.sin(angle)).toFixed(2)}`;
  }).join(" ");
}
