import type { ReactNode } from "react";
import { Tag } from "antd";

import { useLook } from "../app/theme";

export type Tone = "red" | "orange" | "yellow" | "blue" | "green" | "plain";

/* Ink on ground with a contrast of 7 to 1 and more; the library's own presets stay below 4.5. */
const LIGHT: Record<Tone, [ink: string, ground: string]> = {
  red: ["#a8071a", "#fff1f0"],
  orange: ["#873800", "#fff2e8"],
  yellow: ["#614700", "#fffbe6"],
  blue: ["#003eb3", "#e6f4ff"],
  green: ["#135200", "#f6ffed"],
  plain: ["#262626", "#f0f0f0"],
};
const DARK: Record<Tone, [ink: string, ground: string]> = {
  red: ["#ffa39e", "#2a1215"],
  orange: ["#ffd591", "#2b1d11"],
  yellow: ["#fff1b8", "#2b2611"],
  blue: ["#91caff", "#111a2c"],
  green: ["#b7eb8f", "#162312"],
  plain: ["#e0e0e0", "#262626"],
};

/** A word on a coloured ground; the word alone says what is meant. */
export function ToneTag({ tone = "plain", children, style }: { tone?: Tone; children: ReactNode; style?: React.CSSProperties }) {
  const { dark } = useLook();
  const [ink, ground] = (dark ? DARK : LIGHT)[tone];
  return (
    <Tag variant="outlined" style={{ color: ink, background: ground, borderColor: ink, ...style }}>
      {children}
    </Tag>
  );
}
