import { Tag } from "antd";

import type { RiskColour } from "../gql/graphql";
import { due, daysUntil } from "./format";
import { RISK } from "./labels";

/* Colours always come with a word: who sees no red still reads 红. */
const TONE: Record<RiskColour, string> = { RED: "red", ORANGE: "orange", YELLOW: "gold", BLUE: "blue" };

export function RiskTag({ risk }: { risk: RiskColour | null | undefined }) {
  return risk ? <Tag color={TONE[risk]}>{RISK[risk]}</Tag> : <span>—</span>;
}

export function DueTag({ day, done }: { day: string | null | undefined; done?: boolean }) {
  if (!day) return <span>—</span>;
  if (done) return <span className="number">{day}</span>;
  const left = daysUntil(day);
  return (
    <span className="number">
      {day} <Tag color={left < 0 ? "red" : left <= 3 ? "orange" : "default"}>{due(day)}</Tag>
    </span>
  );
}

const LOUD: Record<string, string> = {
  OVERDUE: "red",
  SUPERVISED: "red",
  QUARANTINED: "red",
  FAILED: "red",
  REVIEW_DUE: "orange",
  PUBLISHED: "blue",
  SEALED: "green",
  CLOSED: "green",
  DONE: "green",
  ACTIVE: "green",
  REQUESTED: "orange",
};

/** A state in words, coloured where it asks for attention. */
export function StateTag({ state, table }: { state: string; table: Record<string, string> }) {
  return <Tag color={LOUD[state] ?? "default"}>{table[state] ?? state}</Tag>;
}
