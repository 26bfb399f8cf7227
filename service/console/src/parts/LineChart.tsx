import { useEffect, useRef, useState } from "react";
import { theme } from "antd";

import { marks, runs } from "./lineScale";

type Point = { name: string; value: number | null };

const LEFT = 56;
const RIGHT = 16;
const TOP = 20;
const BOTTOM = 28;

/** One line over time, drawn to the width there is: text keeps its size on a phone.  The numbers are
 *  in the label for who hears the page, and beside each point for who sees it. */
export function LineChart({ points, label, write, most, height = 280 }: { points: Point[]; label: string; write: (value: number) => string; most?: number; height?: number }) {
  const place = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  const { token } = theme.useToken();
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => setWidth(entry?.contentRect.width ?? 0));
    observer.observe(place.current!);
    return () => observer.disconnect();
  }, []);
  const axis = marks(most ?? Math.max(0, ...points.map((one) => one.value ?? 0)));
  const top = axis[axis.length - 1]!;
  const step = points.length > 1 ? (width - LEFT - RIGHT - 24) / (points.length - 1) : 0;
  const x = (at: number) => LEFT + 12 + at * step;
  const y = (value: number) => TOP + (1 - value / top) * (height - TOP - BOTTOM);
  // A name every so many points, so that none lies over its neighbour.
  const every = Math.max(1, Math.ceil(64 / Math.max(step, 1)));
  const told = points.map((one) => `${one.name} ${one.value == null ? "无" : write(one.value)}`).join("，");
  return (
    <div ref={place} style={{ height }}>
      {width > 0 && (
        <svg width={width} height={height} role="img" aria-label={`${label}：${told}`} fontSize={12} fill={token.colorText}>
          {axis.map((mark) => (
            <g key={mark}>
              <line x1={LEFT} x2={width - RIGHT} y1={y(mark)} y2={y(mark)} stroke={token.colorBorderSecondary} />
              <text x={LEFT - 8} y={y(mark) + 4} textAnchor="end">
                {write(mark)}
              </text>
            </g>
          ))}
          {runs(points.map((one) => one.value)).map((run) => (
            <polyline key={run[0]} points={run.map((at) => `${x(at)},${y(points[at]!.value!)}`).join(" ")} fill="none" stroke={token.colorPrimary} strokeWidth={3} />
          ))}
          {points.map((one, at) => (
            <g key={one.name}>
              {(points.length - 1 - at) % every === 0 && (
                <text x={x(at)} y={height - 8} textAnchor="middle">
                  {one.name}
                </text>
              )}
              {one.value != null && (
                <>
                  <circle cx={x(at)} cy={y(one.value)} r={5} fill={token.colorPrimary}>
                    <title>{`${one.name}：${write(one.value)}`}</title>
                  </circle>
                  {(points.length - 1 - at) % every === 0 && (
                    <text x={x(at)} y={y(one.value) - 10} textAnchor="middle" fontWeight={600}>
                      {write(one.value)}
                    </text>
                  )}
                </>
              )}
            </g>
          ))}
        </svg>
      )}
    </div>
  );
}
