import { Alert, Drawer, Empty, Grid, Select, Space, Tabs } from "antd";
import { Link } from "react-router";
import { useQuery } from "urql";

import { useSession } from "../app/session";
import type { ConsoleEnterpriseQuery } from "../gql/graphql";
import { ActButton } from "../parts/Act";
import { creditCodeProblem } from "../parts/creditCode";
import { Failure } from "../parts/Failure";
import { moment } from "../parts/format";
import { ENTERPRISE_STATUS, RISK, SCALE, TIER, options } from "../parts/labels";
import { Facts, reachable } from "../parts/Records";
import { IDENTIFIER_KIND } from "../parts/registerLabels";
import { RiskTag, StateTag } from "../parts/Tags";
import { useFilters } from "../parts/useSearch";
import { Waiting } from "../parts/Waiting";
import { ENTERPRISE, ENTERPRISE_ACT } from "./enterpriseActs";
import { Attention } from "./EnterpriseAttention";
import { CasesTab, ChecksTab, GradingTab, HazardsTab, HistoryTab, RisksTab, VisitsTab } from "./EnterpriseLists";
import { PlacesTab } from "./EnterprisePlaces";
import { EquipmentTab, StandardTab } from "./EnterpriseStanding";

export type Enterprise = Extract<NonNullable<ConsoleEnterpriseQuery["node"]>, { creditCode?: unknown }>;

export const REASON = { name: "reason", label: "原因", kind: "area" as const, required: true };
export const at = (id: string) => `/enterprises?id=${encodeURIComponent(id)}`;

/** Everything about one enterprise, over the list; `known` is what the list already shows of it. */
export function EnterpriseDrawer({ id, known, onClose, onChanged }: { id: string | undefined; known?: string; onClose: () => void; onChanged: () => void }) {
  return (
    <Drawer open={Boolean(id)} onClose={onClose} size="min(860px, 100vw)" title="企业详情" afterOpenChange={reachable} destroyOnHidden>
      {id && <Detail key={id} id={id} known={known} onChanged={onChanged} />}
    </Drawer>
  );
}

function Detail({ id, known, onChanged }: { id: string; known?: string; onChanged: () => void }) {
  const { can } = useSession();
  const [filters, setFilters] = useFilters<"part">();
  const narrow = !(Grid.useBreakpoint().md ?? true);
  const [{ data, error, fetching }, again] = useQuery({ query: ENTERPRISE, variables: { id } });
  const found = data?.node && "creditCode" in data.node ? data.node : null;
  if (error && !found) return <Failure error={error} retry={again} />;
  if (fetching && !found)
    return (
      <>
        {known && <Heading name={known} />}
        <Waiting />
      </>
    );
  if (!found) return <Empty description="没有找到这家企业，或不在您的范围内" />;
  const changed = () => {
    again({ requestPolicy: "network-only" });
    onChanged();
  };
  const show = (next: string) => setFilters({ part: next === "main" ? null : next });
  const tabs = [
    { key: "main", label: "概况", children: <Main found={found} show={show} /> },
    { key: "places", label: `经营场所 ${found.premises.length}`, children: <PlacesTab found={found} changed={changed} /> },
    ...(can("STANDARDISATION", "READ_OWN") ? [{ key: "standard", label: "标准化", children: <StandardTab found={found} /> }] : []),
    ...(can("ASSET", "READ_OWN") ? [{ key: "equipment", label: "设备", children: <EquipmentTab found={found} /> }] : []),
    ...(can("HAZARD", "READ_OWN")
      ? [
          { key: "hazards", label: "隐患", children: <HazardsTab id={id} /> },
          { key: "risks", label: "风险点", children: <RisksTab found={found} /> },
        ]
      : []),
    ...(can("ROUTINE_CHECK", "READ_OWN") ? [{ key: "checks", label: "自查", children: <ChecksTab found={found} /> }] : []),
    ...(can("INSPECTION", "READ_OWN") ? [{ key: "visits", label: "检查", children: <VisitsTab found={found} /> }] : []),
    ...(can("CASE", "READ_OWN") ? [{ key: "cases", label: "处罚", children: <CasesTab id={id} /> }] : []),
    { key: "grading", label: "限上与层级", children: <GradingTab found={found} changed={changed} /> },
    { key: "history", label: "变更", children: <HistoryTab found={found} /> },
  ];
  const part = tabs.some((one) => one.key === filters.part) ? filters.part : "main";
  return (
    <>
      <Heading name={found.name}>{found.status !== "OPERATING" && <StateTag state={found.status} table={ENTERPRISE_STATUS} />}</Heading>
      {found.mergedInto && (
        <Alert
          type="warning"
          showIcon
          style={{ marginBottom: 12 }}
          title={
            <>
              这条登记已并入 <Link to={at(found.mergedInto.id)}>{found.mergedInto.name}</Link>，今后请在那里办理；此前的隐患、检查和案件仍在这里。
            </>
          }
        />
      )}
      {can("REGISTER", "WRITE") && <Acts found={found} changed={changed} />}
      {narrow ? (
        // So many tabs do not fit a phone.
        <>
          <Select aria-label="栏目" value={part} options={tabs.map(({ key, label }) => ({ value: key, label }))} onChange={show} style={{ width: "100%", marginBottom: 12 }} />
          {tabs.find((one) => one.key === part)?.children}
        </>
      ) : (
        <Tabs size="small" tabBarGutter={16} activeKey={part} onChange={show} items={tabs} destroyOnHidden />
      )}
    </>
  );
}

function Heading({ name, children }: { name: string; children?: React.ReactNode }) {
  return (
    <h2 className="break" style={{ marginTop: 0, fontSize: 18 }}>
      {name} {children}
    </h2>
  );
}

function Main({ found, show }: { found: Enterprise; show: (part: string) => void }) {
  return (
    <>
      <Attention found={found} show={show} />
      <Facts
        facts={[
          ["统一社会信用代码", <span key="code" className="mono">{found.creditCode ?? "—"}</span>],
          found.alternateId ? ["原注册号", <span key="old" className="mono">{found.alternateId}</span>] : null,
          ...found.identifiers.map((one) => [IDENTIFIER_KIND[one.kind], <span key={one.value} className="mono">{one.value}</span>] as const),
          ["行业代码", found.industryCode],
          ["风险等级", <RiskTag key="risk" risk={found.risk} />],
          ["限额", `${found.aboveQuota ? "限额以上" : "限额以下"}${found.quotaBasisYear ? `（按 ${found.quotaBasisYear} 年营业收入）` : ""}`],
          ["规模", found.scale ? SCALE[found.scale] : null],
          ["监管层级", found.tier ? TIER[found.tier] : "未确定"],
          ["主要负责人", found.principalName],
          ["联系人", [found.contactName, found.contactPhone].filter(Boolean).join(" ")],
          found.mergedFrom.length > 0 ? ["并来的登记", <Space key="from" wrap>{found.mergedFrom.map((one) => <Link key={one.id} to={at(one.id)}>{one.name}</Link>)}</Space>] : null,
          ["最近修改", found.updatedAt ? `${moment(found.updatedAt)}，第 ${found.version} 版` : `第 ${found.version} 版`],
        ]}
      />
    </>
  );
}

function Acts({ found, changed }: { found: Enterprise; changed: () => void }) {
  const fixed = { enterpriseId: found.id };
  return (
    <Space wrap style={{ margin: "0 0 12px" }}>
      <ActButton
        title="修改企业"
        document={ENTERPRISE_ACT.update}
        fixed={{ ...fixed, expectedVersion: found.version }}
        onDone={changed}
        done="已修改"
        fields={[
          { name: "name", label: "名称", required: true, initial: found.name },
          { name: "creditCode", label: "统一社会信用代码", max: 18, initial: found.creditCode, check: (value) => creditCodeProblem(value as string | undefined) },
          { name: "alternateId", label: "原注册号", initial: found.alternateId, help: "没有统一社会信用代码时填写" },
          { name: "industryCode", label: "行业代码", initial: found.industryCode },
          { name: "risk", label: "风险等级", kind: "radio", options: options(RISK), initial: found.risk },
          { name: "scale", label: "规模", kind: "choice", options: options(SCALE), initial: found.scale ?? undefined },
          { name: "principalName", label: "主要负责人", initial: found.principalName },
          { name: "contactName", label: "联系人", initial: found.contactName },
          { name: "contactPhone", label: "联系电话", initial: found.contactPhone },
          { name: "reason", label: "修改原因" },
        ]}
      >
        修改
      </ActButton>
      <ActButton
        title="登记原有号码"
        document={ENTERPRISE_ACT.identifier}
        fixed={fixed}
        onDone={changed}
        done="已登记"
        intro="按原有号码也能在台账里找到这家企业。登记后不能删除。"
        fields={[
          { name: "kind", label: "号码类型", kind: "radio", options: options(IDENTIFIER_KIND), required: true },
          { name: "value", label: "原有号码", required: true, max: 40, help: "原注册号 15 位，组织机构代码 9 位" },
        ]}
      >
        登记原有号码
      </ActButton>
      {found.status === "OPERATING" && (
        <ActButton title="停业" document={ENTERPRISE_ACT.suspend} fixed={fixed} onDone={changed} fields={[REASON]}>
          停业
        </ActButton>
      )}
      {found.status !== "OPERATING" && (
        <ActButton title="恢复营业" document={ENTERPRISE_ACT.reopen} fixed={fixed} onDone={changed} fields={[REASON]}>
          恢复营业
        </ActButton>
      )}
      {found.status !== "CLOSED" && (
        <ActButton title="注销企业" document={ENTERPRISE_ACT.close} fixed={fixed} onDone={changed} button={{ danger: true }} confirm="注销" intro="注销后不再列入检查、自查和各项比率；登记和历史保留，可以恢复营业。" fields={[REASON]}>
          注销
        </ActButton>
      )}
    </Space>
  );
}
