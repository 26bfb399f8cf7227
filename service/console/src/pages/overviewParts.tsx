import { Card, Empty, Statistic } from "antd";

import { number, percent } from "../parts/format";
import { Hexagons } from "../parts/Hexagons";
import type { Shapes } from "../parts/mapShapes";
import { TownShapes } from "../parts/TownShapes";
import { level, type Counts } from "./overviewData";

/* What the overview and the board on the wall both show. */

export const sum = (counts: Counts[], pick: (one: Counts) => number) => counts.reduce((before, one) => before + pick(one), 0);

/** A ratio over several towns is the ratio of the sums, never the mean of the ratios. */
function ratio(counts: Counts[], pick: (one: Counts) => { numerator: number; denominator: number }) {
  const numerator = sum(counts, (one) => pick(one).numerator);
  const denominator = sum(counts, (one) => pick(one).denominator);
  return { numerator, denominator, value: denominator ? numerator / denominator : null };
}

export function HazardTiles({ counts }: { counts: Counts[] }) {
  const closure = ratio(counts, (one) => one.closure);
  const onTime = ratio(counts, (one) => one.onTime);
  const again = ratio(counts, (one) => one.recurrence);
  const five = ratio(counts, (one) => one.fiveConditions);
  const tiles: [string, string, string][] = [
    ["发现隐患", number(sum(counts, (one) => one.found)), "期间内发现的隐患"],
    ["未闭环", number(sum(counts, (one) => one.open)), "其中尚未销号的"],
    ["重大隐患未闭环", number(sum(counts, (one) => one.majorOpen)), `重大隐患共 ${number(sum(counts, (one) => one.major))} 条`],
    ["逾期／挂牌督办", `${number(sum(counts, (one) => one.overdue))}／${number(sum(counts, (one) => one.supervised))}`, "逾期未督办的／已挂牌督办的"],
    ["闭环率", percent(closure.value), `已销号 ${number(closure.numerator)} ÷ 发现 ${number(closure.denominator)}`],
    ["按期闭环率", percent(onTime.value), `按期销号 ${number(onTime.numerator)} ÷ 到期 ${number(onTime.denominator)}`],
    ["重复率", percent(again.value), `再次发现 ${number(again.numerator)} ÷ 已销号 ${number(again.denominator)}`],
    ["五落实率", percent(five.value), `五落实齐全 ${number(five.numerator)} ÷ 未闭环重大隐患 ${number(five.denominator)}`],
  ];
  return (
    <div className="tiles">
      {tiles.map(([title, value, means]) => (
        <Card key={title} size="small">
          <Statistic title={title} value={value} formatter={(text) => <span className="number">{text}</span>} />
          <div className="number">{means}</div>
        </Card>
      ))}
    </div>
  );
}

/** The district with a number a town: on its own map where there is one, else as hexagons. */
export function Cartogram({ counts, shapes, onChoose }: { counts: Counts[]; shapes?: Shapes; onChoose?: (town: string) => void }) {
  const most = Math.max(0, ...counts.map((one) => one.open));
  const towns = [...counts].sort((a, b) => a.town.divisionCode.localeCompare(b.town.divisionCode));
  if (towns.length === 0) return <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description="没有镇街数据" />;
  const drawn = towns.map((one) => ({
    id: one.town.id,
    code: one.town.divisionCode,
    name: one.town.name,
    value: one.open,
    text: `未闭环 ${one.open}，逾期 ${one.overdue}，挂牌督办 ${one.supervised}，重大 ${one.majorOpen}`,
    level: level(one.open, most),
  }));
  if (!shapes) return <Hexagons label="各镇街未闭环隐患的六边形图" onChoose={onChoose} towns={drawn} />;
  // A town that joined after the map was drawn is told beneath it rather than lost.
  const beside = drawn.filter((one) => !shapes[one.code]);
  return (
    <>
      <TownShapes label="各镇街未闭环隐患的地图" onChoose={onChoose} towns={drawn} shapes={shapes} />
      {beside.length > 0 && <p>图上没有：{beside.map((one) => `${one.name} ${one.value}`).join("、")}</p>}
    </>
  );
}
