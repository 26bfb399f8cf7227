import { lazy, Suspense, useMemo, useState } from "react";
import { Button, Card, DatePicker, Descriptions, Drawer, Empty, Popover, Select, Table } from "antd";
import { FundProjectionScreenOutlined, InfoCircleOutlined } from "@ant-design/icons";
import dayjs from "dayjs";
import { useNavigate } from "react-router";
import { useQuery } from "urql";

import { Failure } from "../parts/Failure";
import { day, legalDay, number, percent } from "../parts/format";
import { INDICATOR_KIND } from "../parts/labels";
import { LineChart } from "../parts/LineChart";
import { PageHead } from "../parts/Page";
import { useFilters } from "../parts/useSearch";
import { Counts_, Indicators_, shown, Trend, type Counts, type Indicator } from "./overviewData";
import { Cartogram, HazardTiles, sum } from "./overviewParts";
import { Waiting } from "../parts/Waiting";
import { ToneTag } from "../parts/Tone";

// The enterprises of a town come with the drawer that shows them.
const TownEnterprises = lazy(() => import("./TownEnterprises").then((found) => ({ default: found.TownEnterprises })));

export function Overview() {
  const today = legalDay(new Date());
  const navigate = useNavigate();
  const [filters, setFilters] = useFilters<"since" | "until" | "code" | "town">();
  const since = filters.since ?? `${today.slice(0, 4)}-01-01`;
  const until = filters.until ?? today;
  const [{ data, error, fetching }, again] = useQuery({ query: Counts_, variables: { since, until } });
  const [measured, measure] = useQuery({ query: Indicators_, variables: { since, until } });
  if (error && !data) return <Failure error={error} retry={() => again({ requestPolicy: "network-only" })} />;
  if (fetching && !data) return <Waiting />;
  const indicators = measured.data?.indicators ?? [];
  const counts = data?.hazardCounts ?? [];
  const chosen = indicators.find((one) => one.code === filters.code) ?? indicators[0];
  return (
    <>
      <PageHead title="全区总览">
        <DatePicker.RangePicker
          aria-label="期间"
          allowClear={false}
          value={[dayjs(since), dayjs(until)]}
          presets={[
            { label: "今年", value: [dayjs(today).startOf("year"), dayjs(today)] },
            { label: "近30天", value: [dayjs(today).subtract(29, "day"), dayjs(today)] },
            { label: "近90天", value: [dayjs(today).subtract(89, "day"), dayjs(today)] },
          ]}
          onChange={(range) => range?.[0] && range[1] && setFilters({ since: range[0].format("YYYY-MM-DD"), until: range[1].format("YYYY-MM-DD") })}
        />
        <Button icon={<FundProjectionScreenOutlined />} onClick={() => void navigate("/board")}>
          挂图作战
        </Button>
      </PageHead>
      <HazardTiles counts={counts} />
      <div style={{ display: "grid", gap: 16, gridTemplateColumns: "repeat(auto-fit, minmax(min(420px, 100%), 1fr))", marginTop: 16 }}>
        <Card title="各镇街未闭环隐患" size="small">
          <Cartogram counts={counts} onChoose={(town) => setFilters({ town })} />
          <p style={{ margin: "8px 0 0" }}>颜色越深越多；位置按区划代码排列，不代表地理方位。点击看该镇街全部指标。</p>
        </Card>
        <Card title="隐患闭环" size="small">
          <Funnel counts={counts} />
        </Card>
      </div>
      {measured.error && !chosen && <Failure error={measured.error} retry={() => measure({ requestPolicy: "network-only" })} />}
      {measured.fetching && !chosen && <Waiting />}
      {chosen && (
        <Card
          size="small"
          style={{ marginTop: 16 }}
          title="指标"
          extra={
            <Select
              aria-label="选择指标"
              value={chosen.code}
              style={{ width: "min(320px, 60vw)" }}
              showSearch={{ optionFilterProp: "label" }}
              options={indicators.map((one) => ({ value: one.code, label: one.name }))}
              onChange={(code) => setFilters({ code })}
            />
          }
        >
          <Definition indicator={chosen} />
          <div style={{ display: "grid", gap: 16, gridTemplateColumns: "repeat(auto-fit, minmax(min(420px, 100%), 1fr))" }}>
            <Ranking indicator={chosen} onChoose={(town) => setFilters({ town })} />
            <TrendChart indicator={chosen} />
          </div>
        </Card>
      )}
      <Drawer open={Boolean(filters.town)} onClose={() => setFilters({ town: null })} size="min(760px, 100vw)" title="镇街指标" destroyOnHidden>
        {filters.town && <Town id={filters.town} indicators={indicators} counts={counts} since={since} until={until} />}
      </Drawer>
    </>
  );
}

function Funnel({ counts }: { counts: Counts[] }) {
  const found = sum(counts, (one) => one.found);
  const closed = sum(counts, (one) => one.closure.numerator);
  const onTime = sum(counts, (one) => one.onTime.numerator);
  const stages = [
    { name: "发现", value: found },
    { name: "已销号", value: closed },
    { name: "按期销号", value: onTime },
  ];
  if (found === 0) return <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description="期间内没有发现隐患" />;
  return (
    <ol className="funnel">
      {stages.map(({ name, value }) => (
        <li key={name}>
          <div className="number">
            {name} <strong>{number(value)}</strong>（{percent(value / found)}）
          </div>
          <progress value={value} max={found} aria-label={`${name} ${number(value)}`} style={{ display: "block", width: "100%", height: 18 }} />
        </li>
      ))}
    </ol>
  );
}

function Definition({ indicator }: { indicator: Indicator }) {
  return (
    <Descriptions
      size="small"
      column={{ xs: 1, md: 2 }}
      style={{ marginBottom: 12 }}
      items={[
        { key: "total", label: "全区", children: <strong className="number">{shown(indicator.kind, indicator.total.value, indicator.total.numerator)}</strong> },
        { key: "item", label: "考核事项", children: indicator.item },
        { key: "n", label: "分子", children: `${indicator.numeratorMeans}（${number(indicator.total.numerator)}）` },
        ...(indicator.total.denominator == null && !indicator.denominatorMeans ? [] : [{ key: "d", label: "分母", children: `${indicator.denominatorMeans || "—"}（${number(indicator.total.denominator)}）` }]),
        { key: "source", label: "依据", children: indicator.source },
        {
          key: "scored",
          label: "计分",
          children: indicator.scored ? `计分，权重 ${indicator.weight}` : indicator.mayBeScored ? "不计分" : <ToneTag>法律不允许计分，仅供了解</ToneTag>,
        },
      ]}
    />
  );
}

function Ranking({ indicator, onChoose }: { indicator: Indicator; onChoose: (town: string) => void }) {
  const rows = [...indicator.values].sort((a, b) => {
    const left = indicator.kind === "COUNT" ? a.numerator : a.value;
    const right = indicator.kind === "COUNT" ? b.numerator : b.value;
    if (left == null || right == null) return (left == null ? 1 : 0) - (right == null ? 1 : 0);
    return indicator.direction === "LOWER" ? left - right : right - left;
  });
  const [all, setAll] = useState(false);
  return (
    <section aria-label="排名">
      <h2 style={{ marginTop: 0, fontSize: 15 }}>
        排名（{INDICATOR_KIND[indicator.kind]}，{indicator.direction === "LOWER" ? "越低越好" : "越高越好"}）
      </h2>
      <Table
        size="small"
        rowKey={(row) => row.town.id}
        pagination={false}
        dataSource={all ? rows : rows.slice(0, 10)}
        columns={[
          { title: "名次", width: 60, align: "right", className: "number", render: (_, row, at) => (row.value == null && indicator.kind !== "COUNT" ? "—" : at + 1) },
          {
            title: "镇街",
            render: (_, row) => (
              <Button type="link" className="row-link" onClick={() => onChoose(row.town.id)}>
                {row.town.name}
              </Button>
            ),
          },
          { title: "值", align: "right", className: "number", render: (_, row) => shown(indicator.kind, row.value, row.numerator) },
          ...(indicator.kind === "COUNT" ? [] : [{ title: "分子 ÷ 分母", align: "right" as const, className: "number", render: (_: unknown, row: Indicator["values"][number]) => `${number(row.numerator)} ÷ ${number(row.denominator)}` }]),
        ]}
      />
      {rows.length > 10 && (
        <Button type="link" onClick={() => setAll(!all)}>
          {all ? "只看前十" : `全部 ${rows.length} 个镇街`}
        </Button>
      )}
    </section>
  );
}

function TrendChart({ indicator }: { indicator: Indicator }) {
  const [{ data, error, fetching }] = useQuery({ query: Trend, variables: { code: indicator.code, months: 12 } });
  const months = useMemo(() => {
    const found = new Map<string, { numerator: number; denominator: number | null }>();
    for (const one of data?.indicatorTrend ?? []) {
      const before = found.get(one.month) ?? { numerator: 0, denominator: null };
      found.set(one.month, {
        numerator: before.numerator + one.numerator,
        denominator: one.denominator == null ? before.denominator : (before.denominator ?? 0) + one.denominator,
      });
    }
    return [...found].sort(([a], [b]) => a.localeCompare(b)).map(([month, { numerator, denominator }]) => ({
      month: month.slice(0, 7),
      value: indicator.kind === "COUNT" ? numerator : denominator ? numerator / denominator : null,
    }));
  }, [data, indicator.kind]);
  if (error) return <Failure error={error} />;
  if (fetching && !data) return <Waiting />;
  return (
    <section aria-label="趋势">
      <h2 style={{ marginTop: 0, fontSize: 15 }}>全区近十二个月</h2>
      {months.length === 0 ? (
        <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description="还没有趋势" />
      ) : (
        <LineChart
          label={`${indicator.name}趋势`}
          points={months.map((one) => ({ name: one.month, value: one.value }))}
          write={(value) => shown(indicator.kind, value, value)}
          most={indicator.kind === "SHARE" ? 1 : undefined}
        />
      )}
    </section>
  );
}

function Town({ id, indicators, counts, since, until }: { id: string; indicators: Indicator[]; counts: Counts[]; since: string; until: string }) {
  const own = counts.filter((one) => one.town.id === id);
  const name = own[0]?.town.name ?? indicators[0]?.values.find((one) => one.town.id === id)?.town.name ?? "镇街";
  const rows = indicators.map((indicator) => ({ indicator, value: indicator.values.find((one) => one.town.id === id) }));
  return (
    <>
      <h2 style={{ marginTop: 0, fontSize: 18 }}>{name}</h2>
      <p>
        {day(since)} 至 {day(until)}
      </p>
      <HazardTiles counts={own} />
      <Suspense fallback={<Waiting />}>
        <TownEnterprises town={id} />
      </Suspense>
      <h3>各项指标</h3>
      <Table
        size="small"
        style={{ marginTop: 16 }}
        rowKey={(row) => row.indicator.code}
        pagination={false}
        dataSource={rows}
        columns={[
          {
            title: "指标",
            render: (_, { indicator }) => (
              <>
                {indicator.name}{" "}
                <Popover
                  trigger="click"
                  content={
                    <div style={{ maxWidth: 320 }}>
                      <p>分子：{indicator.numeratorMeans}</p>
                      {indicator.denominatorMeans && <p>分母：{indicator.denominatorMeans}</p>}
                      <p>依据：{indicator.source}</p>
                    </div>
                  }
                >
                  <Button type="text" size="small" icon={<InfoCircleOutlined />} aria-label={`${indicator.name}的定义`} />
                </Popover>
              </>
            ),
          },
          { title: "本镇街", align: "right", className: "number", render: (_, { indicator, value }) => shown(indicator.kind, value?.value, value?.numerator) },
          { title: "全区", align: "right", className: "number", render: (_, { indicator }) => shown(indicator.kind, indicator.total.value, indicator.total.numerator) },
          { title: "分子 ÷ 分母", align: "right", className: "number", render: (_, { value }) => (value ? `${number(value.numerator)}${value.denominator == null ? "" : ` ÷ ${number(value.denominator)}`}` : "—") },
        ]}
      />
    </>
  );
}
