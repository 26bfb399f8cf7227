import { middle, corners, spiral } from "./hexGrid";

export type HexTown = { id: string; name: string; value: number | null; text: string; level: 0 | 1 | 2 | 3 };

/* Light to dark in one hue, so that the order survives without colour; the level is written too. */
const FILL = ["#e6f4ff", "#91caff", "#1677ff", "#002c8c"] as const;
const INK = ["#10239e", "#10239e", "#ffffff", "#ffffff"] as const;
const SIZE = 46;

/** One hexagon a town, with its name and number; the darker, the more there is to do. */
export function Hexagons({ towns, label, onChoose }: { towns: HexTown[]; label: string; onChoose?: (id: string) => void }) {
  const places = spiral(towns.length);
  const middles = places.map((place) => middle(place, SIZE));
  const xs = middles.map(([x]) => x);
  const ys = middles.map(([, y]) => y);
  const box = [Math.min(...xs, 0) - SIZE, Math.min(...ys, 0) - SIZE - 2, Math.max(...xs, 0) - Math.min(...xs, 0) + 2 * SIZE, Math.max(...ys, 0) - Math.min(...ys, 0) + 2 * SIZE + 4];
  return (
    <svg viewBox={box.join(" ")} role="group" aria-label={label} style={{ width: "100%", maxHeight: "70vh" }}>
      {towns.map((town, at) => {
        const at_ = middles[at]!;
        const short = town.name.replace(/(街道|镇|乡)$/, "");
        return (
          <g
            key={town.id}
            role={onChoose ? "button" : "img"}
            tabIndex={onChoose ? 0 : undefined}
            aria-label={onChoose ? undefined : `${town.name}：${town.text}`}
            style={{ cursor: onChoose ? "pointer" : undefined }}
            onClick={() => onChoose?.(town.id)}
            onKeyDown={(event) => {
              if (event.key === "Enter" || event.key === " ") onChoose?.(town.id);
            }}
          >
            <title>{`${town.name}：${town.text}`}</title>
            <polygon points={corners(at_, SIZE - 2)} fill={FILL[town.level]} stroke="#10239e" strokeWidth={town.level} />
            <text x={at_[0]} y={at_[1] - 4} textAnchor="middle" fill={INK[town.level]} fontSize={short.length > 4 ? 12 : 14}>
              {short}
            </text>
            <text x={at_[0]} y={at_[1] + 17} textAnchor="middle" fill={INK[town.level]} fontSize={16} fontWeight={700}>
              {town.value ?? "—"}
            </text>
          </g>
        );
      })}
    </svg>
  );
}
