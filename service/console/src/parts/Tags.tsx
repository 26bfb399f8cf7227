import type { RiskColour } from "../gql/graphql";
import { daysUntil, due } from "./format";
import { RISK } from "./labels";
import { ToneTag, type Tone } from "./Tone";

/* Colours always come with a word: who sees no red still reads 红. */
const TONE: Record<RiskColour, Tone> = { RED: "red", ORANGE: "orange", YELLOW: "yellow", BLUE: "blue" };

export function RiskTag({ risk }: { risk: RiskColour | null | undefined }) {
  return risk ? <ToneTag tone={TONE[risk]}>{RISK[risk]}</ToneTag> : <span>—</span>;
}

export function DueTag({ day, done }: { day: string | null | undefined; done?: boolean }) {
  if (!day) return <span>—</span>;
  if (done) return <span className="number">{day}</span>;
  const left = daysUntil(day);
  return (
    <span className="number">
      {day} <ToneTag tone={left < 0 ? "red" : left <= 3 ? "orange" : "plain"}>{due(day)}</ToneTag>
    </span>
  );
}

const LOUD: Record<string, Tone> = {
  OVERDUE: "red",
  SUPERVISED: "red",
  QUARANTINED: "red",
  FAILED: "red",
  UNFIT: "red",
  REVOKED: "red",
  EXPIRED: "orange",
  GRANTED: "green",
  OVER: "red",
  MISSED: "red",
  REVIEW_DUE: "orange",
  DUE: "orange",
  REQUESTED: "orange",
  PUBLISHED: "blue",
  SEALED: "green",
  CLOSED: "green",
  DONE: "green",
  ACTIVE: "green",
  DELIVERED: "green",
  HELD: "orange",
  DISABLED: "orange",
};

/** A state in words, coloured where it asks for attention. */
export function StateTag({ state, table }: { state: string; table: Record<string, string> }) {
  return <ToneTag tone={LOUD[state] ?? "plain"}>{table[state] ?? state}</ToneTag>;
}
