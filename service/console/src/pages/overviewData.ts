import { graphql } from "../gql";
import type { OverviewCountsQuery, OverviewIndicatorsQuery } from "../gql/graphql";
import { percent, number } from "../parts/format";

export const Indicators_ = graphql(`
  query OverviewIndicators($since: Date!, $until: Date!) {
    indicators(since: $since, until: $until) {
      code name item kind direction numeratorMeans denominatorMeans source scored mayBeScored weight target
      values { town { id name divisionCode } numerator denominator value }
      total { numerator denominator value }
    }
  }
`);

export const Counts_ = graphql(`
  query OverviewCounts($since: Date!, $until: Date!) {
    hazardCounts(since: $since, until: $until) {
      town { id name divisionCode }
      found open major majorOpen overdue supervised
      closure { numerator denominator value }
      onTime { numerator denominator value }
      recurrence { numerator denominator value }
      fiveConditions { numerator denominator value }
    }
  }
`);

export const Trend = graphql(`
  query OverviewTrend($code: String!, $months: Int!) {
    indicatorTrend(code: $code, months: $months) { month town { id name } numerator denominator value }
  }
`);

export type Indicator = OverviewIndicatorsQuery["indicators"][number];
export type Counts = OverviewCountsQuery["hazardCounts"][number];

export function shown(kind: Indicator["kind"], value: number | null | undefined, numerator?: number): string {
  if (kind === "COUNT") return number(numerator ?? value);
  if (value == null) return "—";
  return kind === "SHARE" ? percent(value) : value.toFixed(2);
}

/** How urgent a town is, by quarter of the largest number: 0 is nothing to do. */
export function level(value: number, most: number): 0 | 1 | 2 | 3 {
  if (value <= 0 || most <= 0) return 0;
  const part = value / most;
  if (part > 2 / 3) return 3;
  return part > 1 / 3 ? 2 : 1;
}
