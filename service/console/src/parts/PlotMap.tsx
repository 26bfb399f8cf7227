import { theme } from "antd";

export type Place = { latitude: number; longitude: number };
type Area = { id: string; name: string; rings: Place[][]; chosen: boolean };

const WIDTH = 900;
const MARGIN = 24;
/* Six grounds that neighbours take in turn; the name in each area says which it is. */
const FILL = ["#91caff", "#b7eb8f", "#ffd591", "#d3adf7", "#ffadd2", "#87e8de"];

/** Areas, points and an outline by their degrees, without any map of others beneath. */
export function PlotMap({ areas, points, outline, onPlace, label }: { areas: Area[]; points: (Place & { id: string; name: string })[]; outline: Place[]; onPlace?: (place: Place) => void; label: string }) {
  const { token } = theme.useToken();
  const all = [...areas.flatMap((one) => one.rings.flat()), ...points];
  if (all.length === 0) return <p>还没有带坐标的场所。</p>;
  const south = Math.min(...all.map((one) => one.latitude)) - 0.002;
  const north = Math.max(...all.map((one) => one.latitude)) + 0.002;
  const west = Math.min(...all.map((one) => one.longitude)) - 0.002;
  const east = Math.max(...all.map((one) => one.longitude)) + 0.002;
  // A degree of longitude is shorter than one of latitude, by the cosine of the latitude.
  const narrow = Math.cos((((south + north) / 2) * Math.PI) / 180);
  const scale = (WIDTH - 2 * MARGIN) / ((east - west) * narrow);
  const height = Math.round((north - south) * scale + 2 * MARGIN);
  const x = (one: Place) => MARGIN + (one.longitude - west) * narrow * scale;
  const y = (one: Place) => MARGIN + (north - one.latitude) * scale;
  const at = (one: Place) => `${x(one).toFixed(1)},${y(one).toFixed(1)}`;
  const place = (event: React.MouseEvent<SVGSVGElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    const left = ((event.clientX - box.left) / box.width) * WIDTH;
    const top = ((event.clientY - box.top) / box.height) * height;
    onPlace?.({ longitude: west + (left - MARGIN) / (narrow * scale), latitude: north - (top - MARGIN) / scale });
  };
  return (
    <svg
      viewBox={`0 0 ${WIDTH} ${height}`}
      role="img"
      aria-label={`${label}：${areas.map((one) => `${one.name} ${one.rings.length} 个六边形`).join("，") || "没有网格"}；圆点 ${points.length} 个`}
      onClick={place}
      style={{ width: "100%", height: "auto", maxHeight: "75vh", cursor: onPlace ? "crosshair" : undefined, border: `1px solid ${token.colorBorderSecondary}` }}
    >
      {areas.map((area, nth) => (
        <g key={area.id} fill={FILL[nth % FILL.length]} stroke={area.chosen ? "#a8071a" : "#595959"} strokeWidth={area.chosen ? 2.5 : 0.6}>
          <title>{area.name}</title>
          {area.rings.map((ring) => (
            <polygon key={at(ring[0]!)} points={ring.map(at).join(" ")} />
          ))}
        </g>
      ))}
      {areas.map((area) => {
        const corners = area.rings.flat();
        if (corners.length === 0) return null;
        const middle = { latitude: corners.reduce((sum, one) => sum + one.latitude, 0) / corners.length, longitude: corners.reduce((sum, one) => sum + one.longitude, 0) / corners.length };
        return (
          <text key={area.id} x={x(middle)} y={y(middle)} textAnchor="middle" fontSize={20} fontWeight={600} fill="#141414" stroke="#ffffff" strokeWidth={4} paintOrder="stroke">
            {area.name}
          </text>
        );
      })}
      {points.map((one) => (
        <circle key={one.id} cx={x(one)} cy={y(one)} r={6} fill="#a8071a" stroke="#ffffff">
          <title>{one.name}</title>
        </circle>
      ))}
      {outline.length > 0 && <polygon points={outline.map(at).join(" ")} fill="none" stroke={token.colorText} strokeWidth={2.5} strokeDasharray="8 5" />}
      {outline.map((one, nth) => (
        <circle key={nth} cx={x(one)} cy={y(one)} r={5} fill={token.colorText} />
      ))}
    </svg>
  );
}
