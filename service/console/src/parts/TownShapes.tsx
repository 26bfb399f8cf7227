import type { HexTown } from "./Hexagons";
import { box, projected, type Shapes } from "./mapShapes";

/* As the hexagons: shade and outline grow together, and the number stands beside the name. */
const FILL = ["#e6f4ff", "#91caff", "#1677ff", "#002c8c"] as const;
const INK = ["#10239e", "#10239e", "#ffffff", "#ffffff"] as const;

/** The committee's own map, drawn from its file alone: no tile, no other host, nothing underneath. */
export function TownShapes({ towns, shapes, label, onChoose }: { towns: (HexTown & { code: string })[]; shapes: Shapes; label: string; onChoose?: (id: string) => void }) {
  const map = projected(shapes);
  const [left, top, width, height] = box(map);
  const unit = Math.max(width, height) / 100;
  return (
    <svg viewBox={`${left - unit} ${top - unit} ${width + 2 * unit} ${height + 2 * unit}`} role="group" aria-label={label} style={{ width: "100%", maxHeight: "70vh" }}>
      {towns.map((town) => {
        const shape = map[town.code];
        if (!shape) return null;
        const short = town.name.replace(/(街道|镇|乡)$/, "");
        return (
          <g
            key={town.id}
            role={onChoose ? "button" : "img"}
            tabIndex={onChoose ? 0 : undefined}
            aria-label={`${town.name}：${town.text}`}
            style={{ cursor: onChoose ? "pointer" : undefined }}
            onClick={() => onChoose?.(town.id)}
            onKeyDown={(event) => {
              if (event.key === "Enter" || event.key === " ") onChoose?.(town.id);
            }}
          >
            <title>{`${town.name}：${town.text}`}</title>
            <path d={shape.path} fillRule="evenodd" fill={FILL[town.level]} stroke="#10239e" strokeWidth={(0.15 + 0.12 * town.level) * unit} />
            <text x={shape.middle[0]} y={shape.middle[1]} textAnchor="middle" fill={INK[town.level]} fontSize={2.2 * unit} aria-hidden>
              {short}
            </text>
            <text x={shape.middle[0]} y={shape.middle[1] + 2.6 * unit} textAnchor="middle" fill={INK[town.level]} fontSize={2.6 * unit} fontWeight={700} aria-hidden>
              {town.value ?? "—"}
            </text>
          </g>
        );
      })}
    </svg>
  );
}
