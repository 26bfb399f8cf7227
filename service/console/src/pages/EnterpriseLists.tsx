import { Empty, Space } from "antd";
import { Link } from "react-router";

import { useSession } from "../app/session";
import { ActButton } from "../parts/Act";
import { ConnectionTable } from "../parts/ConnectionTable";
import { legalDay, moment, yuan } from "../parts/format";
import { CASE_STATE, HAZARD_STATE, INSPECTION_KIND, INSPECTION_STATE, RISK_POINT_STATE, ROUTINE_KIND, ROUTINE_STATE, TIER, options } from "../parts/labels";
import { changedFields, REGISTER_ACT } from "../parts/registerLabels";
import { DueTag, RiskTag, StateTag } from "../parts/Tags";
import { CASES, CHECKS, ENTERPRISE_ACT, HAZARDS, RISKS, VISITS } from "./enterpriseActs";
import { REASON, type Enterprise } from "./EnterpriseDetail";

const NOTHING = { totalCount: 0, edges: [], pageInfo: { hasNextPage: false, endCursor: null } };
const to = (page: string, id: string) => `/${page}?id=${encodeURIComponent(id)}`;

export function HazardsTab({ id }: { id: string }) {
  return (
    <ConnectionTable
      label="企业的隐患"
      query={HAZARDS}
      variables={{ id }}
      pageSize={10}
      pick={(answer) => (answer.node && "hazards" in answer.node ? answer.node.hazards : NOTHING)}
      empty="没有隐患"
      columns={[
        { title: "隐患", width: "50%", cell: (row) => <Link to={to("hazards", row.id)}>{row.description}</Link> },
        { title: "状态", cell: (row) => <StateTag state={row.state} table={HAZARD_STATE} /> },
        { title: "整改期限", cell: (row) => <DueTag day={row.dueOn} done={row.state === "CLOSED"} /> },
      ]}
    />
  );
}

/** One list for each of the premises, under its name where there are several. */
function Places({ found, children }: { found: Enterprise; children: (place: Enterprise["premises"][number]) => React.ReactNode }) {
  if (found.premises.length === 0) return <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description="还没有经营场所" />;
  return found.premises.map((place) => (
    <section key={place.id}>
      {found.premises.length > 1 && <h3>{place.name}</h3>}
      {children(place)}
    </section>
  ));
}

export function RisksTab({ found }: { found: Enterprise }) {
  return (
    <Places found={found}>
      {(place) => (
        <ConnectionTable
          label={`${place.name}的风险点`}
          query={RISKS}
          variables={{ id: place.id }}
          pageSize={10}
          pick={(data) => data.riskPoints}
          empty="没有风险点"
          columns={[
            { title: "风险点", width: "40%", cell: (row) => <Link to={to("risks", row.id)}>{row.name}</Link> },
            { title: "风险", cell: (row) => <RiskTag risk={row.colour} /> },
            { title: "状态", cell: (row) => <StateTag state={row.state} table={RISK_POINT_STATE} /> },
            { title: "复评期限", cell: (row) => <DueTag day={row.reviewDueOn} /> },
          ]}
        />
      )}
    </Places>
  );
}

export function ChecksTab({ found }: { found: Enterprise }) {
  return (
    <Places found={found}>
      {(place) => (
        <ConnectionTable
          label={`${place.name}的自查`}
          query={CHECKS}
          variables={{ id: place.id }}
          pageSize={10}
          pick={(data) => data.routineChecks}
          empty="没有安排日周月自查"
          columns={[
            { title: "应查日期", cell: (row) => <Link className="number" to={to("checks", row.id)}>{row.dueOn}</Link> },
            { title: "类型", cell: (row) => ROUTINE_KIND[row.kind] },
            { title: "班组、部门", cell: (row) => row.routine?.unit ?? "—" },
            { title: "状态", cell: (row) => <StateTag state={row.state} table={ROUTINE_STATE} /> },
            { title: "上报时间", cell: (row) => <span className="number">{moment(row.receivedAt)}</span> },
          ]}
        />
      )}
    </Places>
  );
}

export function VisitsTab({ found }: { found: Enterprise }) {
  return (
    <Places found={found}>
      {(place) => (
        <ConnectionTable
          label={`${place.name}的检查`}
          query={VISITS}
          variables={{ id: place.id }}
          pageSize={10}
          pick={(data) => data.inspections}
          empty="没有检查"
          columns={[
            { title: "日期", cell: (row) => <Link className="number" to={to("inspections", row.id)}>{row.plannedOn}</Link> },
            { title: "类型", cell: (row) => INSPECTION_KIND[row.kind] },
            { title: "状态", cell: (row) => <StateTag state={row.state} table={INSPECTION_STATE} /> },
            { title: "机关", cell: (row) => row.body?.name ?? "—" },
          ]}
        />
      )}
    </Places>
  );
}

export function CasesTab({ id }: { id: string }) {
  return (
    <ConnectionTable
      label="企业的处罚案件"
      query={CASES}
      variables={{ id }}
      pageSize={10}
      pick={(data) => data.penaltyCases}
      empty="没有处罚案件"
      columns={[
        { title: "案号", cell: (row) => <Link to={to("cases", row.id)}>{row.number}</Link> },
        { title: "违法行为", width: "30%", cell: (row) => row.act },
        { title: "立案", cell: (row) => <span className="number">{row.filedOn}</span> },
        { title: "状态", cell: (row) => <StateTag state={row.state} table={CASE_STATE} /> },
        { title: "罚款", right: true, cell: (row) => yuan(row.fine) },
        { title: "机关", cell: (row) => row.body?.name ?? "—" },
      ]}
    />
  );
}

/** Revenue by year, which decides on the quota, and the decisions on the supervision tier. */
export function GradingTab({ found, changed }: { found: Enterprise; changed: () => void }) {
  const { can } = useSession();
  const fixed = { enterpriseId: found.id };
  const none = (text: string) => <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={text} />;
  return (
    <>
      {can("REGISTER", "WRITE") && found.status !== "CLOSED" && (
        <Space wrap>
          <ActButton
            title="登记营业收入"
            document={ENTERPRISE_ACT.revenue}
            fixed={fixed}
            onDone={changed}
            done="已登记"
            fields={[
              { name: "year", label: "年度", kind: "number", required: true, initial: Number(legalDay(new Date()).slice(0, 4)) - 1 },
              { name: "revenue", label: "主营业务收入（元）", kind: "yuan", required: true },
              { name: "source", label: "来源", help: "例如“统计年报”" },
            ]}
          >
            登记营业收入
          </ActButton>
          <ActButton
            title="确定监管层级"
            document={ENTERPRISE_ACT.tier}
            fixed={fixed}
            onDone={changed}
            done="已确定"
            fields={[{ name: "tier", label: "监管层级", kind: "radio", options: options(TIER), help: "不选则按本镇街的分级表" }, REASON]}
          >
            确定监管层级
          </ActButton>
        </Space>
      )}
      <h3>监管层级</h3>
      {found.tierDecisions.length === 0 && none("还没有确定")}
      <ul className="lines">
        {[...found.tierDecisions].reverse().map((one) => (
          <li key={one.number} className="break">
            第 {one.number} 次 · <span className="number">{moment(one.at)}</span> · {TIER[one.tier]}
            {one.tier === one.tableTier ? "" : `（分级表为${TIER[one.tableTier]}）`}：{one.reason}
          </li>
        ))}
      </ul>
      <h3>营业收入与限额</h3>
      {found.revenueStatements.length === 0 && none("还没有登记营业收入")}
      <ul className="lines">
        {[...found.revenueStatements].reverse().map((one) => (
          <li key={one.year}>
            {one.year} 年 {yuan(one.revenue)}，{one.threshold == null ? "该行业没有限额标准" : `限额 ${yuan(one.threshold)}，${one.aboveQuota ? "限额以上" : "限额以下"}`}
          </li>
        ))}
      </ul>
    </>
  );
}

export function HistoryTab({ found }: { found: Enterprise }) {
  const places = new Map(found.premises.map((place) => [place.id, place.name]));
  return (
    <ol className="lines" reversed>
      {[...found.history].reverse().map((one, index) => {
        const fields = changedFields(one.fields);
        const shown = one.act === "UPDATED" || one.act === "PREMISES_UPDATED" ? fields : "";
        return (
          <li key={`${one.at}-${index}`} className="break">
            <span className="number">{moment(one.at)}</span> · {REGISTER_ACT[one.act]}
            {one.premisesId && places.has(one.premisesId) ? `（${places.get(one.premisesId)}）` : ""}
            {shown ? `：${shown}` : ""}
            {one.reason ? `；原因：${one.reason}` : ""}
          </li>
        );
      })}
    </ol>
  );
}
