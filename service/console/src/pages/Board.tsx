import { lazy, Suspense, useEffect, useRef, useState } from "react";
import { Button, Card, Table, theme } from "antd";
import { useNavigate } from "react-router";
import { useQuery } from "urql";

import { useSession } from "../app/session";
import { Failure } from "../parts/Failure";
import { day, legalDay, moment, number, percent } from "../parts/format";
import { Cartogram, HazardTiles } from "./overviewParts";
import { Counts_ } from "./overviewData";
import type { Shapes } from "../parts/mapShapes";
import { Current } from "./townMap";
import { Waiting } from "../parts/Waiting";

// What brings a map comes when it is asked for.
const TownMaps = lazy(() => import("./TownMaps").then((found) => ({ default: found.TownMaps })));

const REFRESH_MS = 60_000;

/** 挂图作战: for the wall of the committee's room.  Asks anew each minute and says when it last could. */
export function Board() {
  const today = legalDay(new Date());
  const { token } = theme.useToken();
  const navigate = useNavigate();
  const frame = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState<string | null>(null);
  const [full, setFull] = useState(false);
  const [maps, setMaps] = useState(false);
  const { can } = useSession();
  const [{ data, error, fetching }, again] = useQuery({ query: Counts_, variables: { since: `${today.slice(0, 4)}-01-01`, until: today } });
  const [map, askMap] = useQuery({ query: Current });
  const own = map.data?.townMap;
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) again({ requestPolicy: "network-only" });
    }, REFRESH_MS);
    return () => clearInterval(timer);
  }, [again]);
  useEffect(() => {
    if (data && !error && !fetching) setAt(new Date().toISOString());
  }, [data, error, fetching]);
  useEffect(() => {
    const follow = () => setFull(document.fullscreenElement !== null);
    document.addEventListener("fullscreenchange", follow);
    return () => document.removeEventListener("fullscreenchange", follow);
  }, []);
  if (error && !data) return <Failure error={error} retry={() => again({ requestPolicy: "network-only" })} />;
  if (!data) return <Waiting />;
  const urgent = [...data.hazardCounts].sort((a, b) => b.overdue + b.supervised - a.overdue - a.supervised || b.open - a.open).slice(0, 12);
  return (
    <div ref={frame} style={{ background: token.colorBgLayout, padding: full ? 24 : 0, height: full ? "100%" : undefined, overflow: "auto", boxSizing: "border-box" }}>
      <div className="page-head">
        <h1>挂图作战 · {day(today)}</h1>
        <div style={{ display: "flex", flexWrap: "wrap", gap: 8, alignItems: "center" }}>
          <span role="status" className="number">
            {error ? "连接中断，显示的是先前数据；" : ""}
            {at ? `更新于 ${moment(at)}` : ""}
          </span>
          <Button onClick={() => void (full ? document.exitFullscreen() : frame.current?.requestFullscreen())}>{full ? "退出全屏" : "全屏"}</Button>
          {!full && can("INDICATOR", "WRITE") && <Button onClick={() => setMaps(true)}>底图</Button>}
          {!full && <Button onClick={() => void navigate("/overview")}>返回总览</Button>}
        </div>
      </div>
      <HazardTiles counts={data.hazardCounts} />
      <div style={{ display: "grid", gap: 16, gridTemplateColumns: "repeat(auto-fit, minmax(min(420px, 100%), 1fr))", marginTop: 16 }}>
        <Card title={own ? "各镇街未闭环隐患（越深、边线越粗越多）" : "各镇街未闭环隐患（越深、边线越粗越多；位置不代表地理方位）"} size="small">
          <Cartogram counts={data.hazardCounts} shapes={own?.shapes as Shapes | undefined} />
          {own && <p style={{ margin: "8px 0 0" }}>审图号：{own.reviewNumber}</p>}
        </Card>
        <Card title="最需督促的镇街" size="small">
          <Table
            size="middle"
            pagination={false}
            rowKey={(row) => row.town.id}
            dataSource={urgent}
            columns={[
              { title: "镇街", render: (_, row) => row.town.name },
              { title: "逾期", align: "right", className: "number", render: (_, row) => number(row.overdue) },
              { title: "督办", align: "right", className: "number", render: (_, row) => number(row.supervised) },
              { title: "重大未闭环", align: "right", className: "number", render: (_, row) => number(row.majorOpen) },
              { title: "未闭环", align: "right", className: "number", render: (_, row) => number(row.open) },
              { title: "闭环率（销号÷发现）", align: "right", className: "number", render: (_, row) => `${percent(row.closure.value)}（${number(row.closure.numerator)}÷${number(row.closure.denominator)}）` },
            ]}
          />
        </Card>
      </div>
      {maps && (
        <Suspense fallback={null}>
          <TownMaps onDone={() => askMap({ requestPolicy: "network-only" })} onClose={() => setMaps(false)} />
        </Suspense>
      )}
    </div>
  );
}
