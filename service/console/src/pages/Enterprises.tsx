import { useState } from "react";
import { Alert, App, Button, Card, Descriptions, Drawer, Empty, Input, Select, Space, Tabs } from "antd";
import { PlusOutlined } from "@ant-design/icons";
import { Link } from "react-router";
import { useClient, useQuery } from "urql";

import { useSession } from "../app/session";
import { graphql } from "../gql";
import type { RiskColour } from "../gql/graphql";
import { ActButton } from "../parts/Act";
import { ConnectionTable } from "../parts/ConnectionTable";
import { creditCodeProblem } from "../parts/creditCode";
import { Failure } from "../parts/Failure";
import { moment, number } from "../parts/format";
import { JobProgress } from "../parts/JobProgress";
import { ENTERPRISE_STATUS, HAZARD_STATE, INSPECTION_KIND, INSPECTION_STATE, RISK, RISK_POINT_STATE, SCALE, TIER, options } from "../parts/labels";
import { PageHead } from "../parts/Page";
import { DueTag, RiskTag, StateTag } from "../parts/Tags";
import { useFilters } from "../parts/useSearch";
import { Waiting } from "../parts/Waiting";

const List_ = graphql(`
  query ConsoleEnterprises($where: EnterpriseWhere, $first: Int!, $after: String) {
    enterprises(where: $where, first: $first, after: $after) {
      totalCount
      edges {
        node {
          id
          name
          creditCode
          alternateId
          industryCode
          aboveQuota
          risk
          status
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

const One = graphql(`
  query ConsoleEnterprise($id: ID!) {
    node(id: $id) {
      ... on Enterprise {
        id
        name
        creditCode
        alternateId
        industryCode
        aboveQuota
        risk
        status
        scale
        tier
        principalName
        contactName
        contactPhone
        version
        updatedAt
        identifiers { kind value }
        history { version fields reason at }
        premises {
          id
          name
          address
          latitude
          longitude
          status
          version
        }
      }
    }
  }
`);

const Enrol = graphql(`
  mutation ConsoleEnrolEnterprise($input: EnrolEnterpriseInput!) {
    enrolEnterprise(input: $input) {
      enterprise {
        id
        name
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

const AddPremises = graphql(`
  mutation ConsoleAddPremises($input: AddPremisesInput!) {
    addPremises(input: $input) {
      premises {
        id
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

const Update = graphql(`mutation CeUpdate($input: UpdateEnterpriseInput!) { updateEnterprise(input: $input) { enterprise { id version } errors { code message path } } }`);
const Suspend = graphql(`mutation CeSuspend($input: SuspendEnterpriseInput!) { suspendEnterprise(input: $input) { enterprise { id status } errors { code message path } } }`);
const Reopen = graphql(`mutation CeReopen($input: ReopenEnterpriseInput!) { reopenEnterprise(input: $input) { enterprise { id status } errors { code message path } } }`);
const CloseIt = graphql(`mutation CeClose($input: CloseEnterpriseInput!) { closeEnterprise(input: $input) { enterprise { id status } errors { code message path } } }`);
const UpdatePlace = graphql(`mutation CeUpdatePlace($input: UpdatePremisesInput!) { updatePremises(input: $input) { premises { id } errors { code message path } } }`);
const ClosePlace = graphql(`mutation CeClosePlace($input: ClosePremisesInput!) { closePremises(input: $input) { premises { id } errors { code message path } } }`);
const ExportAct = graphql(`mutation CeExport($input: ExportEnterprisesInput!) { exportEnterprises(input: $input) { export { id } job { id } errors { code message path } } }`);
const Exported = graphql(`query CeExported($id: ID!) { node(id: $id) { ... on EnterpriseExport { id ready rows file } } }`);
const HazardsOf = graphql(`
  query ConsoleEnterpriseHazards($id: ID!, $first: Int!, $after: String) {
    node(id: $id) {
      ... on Enterprise {
        hazards(first: $first, after: $after) {
          totalCount
          edges { node { id state grade description dueOn } }
          pageInfo { hasNextPage endCursor }
        }
      }
    }
  }
`);
const RisksOf = graphql(`
  query ConsolePremisesRisks($id: ID!, $first: Int!, $after: String) {
    riskPoints(where: { premisesId: $id }, first: $first, after: $after) {
      totalCount
      edges { node { id name state colour reviewDueOn } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);
const VisitsOf = graphql(`
  query ConsolePremisesInspections($id: ID!, $first: Int!, $after: String) {
    inspections(where: { premisesId: $id }, first: $first, after: $after) {
      totalCount
      edges { node { id state kind plannedOn body { name } } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);
const PlatesOf = graphql(`
  query ConsolePremisesPlates($id: ID!) {
    responsibilityPlates(where: { premisesId: $id, state: CURRENT }, first: 1) {
      edges { node { id version adminHead { name office } industryHead { name office } enterpriseHead { name office } } }
    }
  }
`);

type Filter = "search" | "risk" | "quota" | "id";

export function Enterprises() {
  const { can } = useSession();
  const [filters, setFilters] = useFilters<Filter>();
  const [version, setVersion] = useState(0);
  const [job, setJob] = useState<Exporting | null>(null);
  const where = {
    ...(filters.search ? { search: filters.search } : {}),
    ...(filters.risk ? { risk: filters.risk as RiskColour } : {}),
    ...(filters.quota ? { aboveQuota: filters.quota === "above" } : {}),
  };
  return (
    <>
      <PageHead title="企业台账">
        {can("REGISTER", "WRITE") && <Button href="/console/enterprises/import">导入</Button>}
        {can("REGISTER", "WRITE") && <Button href="/console/enterprises/duplicates">疑似重复</Button>}
        {can("REGISTER", "READ_OWN") && <Export where={where} onJob={setJob} />}
        {can("REGISTER", "WRITE") && (
          <ActButton
            title="登记企业"
            document={Enrol}
            button={{ type: "primary", icon: <PlusOutlined /> }}
            done="已登记"
            onDone={(data) => {
              setVersion((before) => before + 1);
              setFilters({ id: data.enrolEnterprise.enterprise?.id });
            }}
            fields={[
              { name: "name", label: "名称", required: true, help: "营业执照上的全称" },
              { name: "creditCode", label: "统一社会信用代码", max: 18, check: (value) => creditCodeProblem(value as string | undefined) },
              { name: "alternateId", label: "原注册号", help: "没有统一社会信用代码时填写" },
              { name: "industryCode", label: "行业代码", help: "GB/T 4754-2017，例如 H6210 填 6210" },
              { name: "risk", label: "风险等级", kind: "radio", options: options(RISK), initial: "BLUE" },
              { name: "aboveQuota", label: "限额以上", kind: "flag" },
            ]}
          >
            登记企业
          </ActButton>
        )}
      </PageHead>
      {job && <ExportProgress job={job} onClose={() => setJob(null)} />}
      <div className="filters" role="search">
        <Input.Search
          allowClear
          aria-label="按名称或信用代码搜索"
          placeholder="名称的一部分，或信用代码开头"
          defaultValue={filters.search}
          onSearch={(search) => setFilters({ search: search.trim() })}
          style={{ width: 300, maxWidth: "100%" }}
        />
        <Select
          allowClear
          aria-label="风险等级"
          placeholder="风险等级"
          value={filters.risk}
          options={options(RISK)}
          onChange={(risk) => setFilters({ risk })}
        />
        <Select
          allowClear
          aria-label="限额"
          placeholder="限额"
          value={filters.quota}
          options={[
            { value: "above", label: "限额以上" },
            { value: "below", label: "限额以下" },
          ]}
          onChange={(quota) => setFilters({ quota })}
        />
      </div>
      <ConnectionTable
        label="企业"
        query={List_}
        variables={{ where }}
        version={version}
        pick={(data) => data.enterprises}
        empty={filters.search ? "没有找到，换个关键词试试" : undefined}
        columns={[
          {
            title: "名称",
            width: "36%",
            cell: (row) => (
              <Button type="link" className="row-link" onClick={() => setFilters({ id: row.id })}>
                {row.name}
              </Button>
            ),
          },
          { title: "统一社会信用代码", cell: (row) => <span className="mono">{row.creditCode ?? row.alternateId ?? "—"}</span> },
          { title: "行业", cell: (row) => row.industryCode || "—" },
          { title: "限额", cell: (row) => (row.aboveQuota ? "以上" : "以下") },
          { title: "风险", cell: (row) => <RiskTag risk={row.risk} /> },
          { title: "状态", cell: (row) => <StateTag state={row.status === "OPERATING" ? "" : row.status} table={{ ...ENTERPRISE_STATUS, "": "在营" }} /> },
        ]}
      />
      <EnterpriseDrawer id={filters.id} onClose={() => setFilters({ id: null })} />
    </>
  );
}

type Exporting = { job: string; export: string };

/** The list as it is filtered, as a workbook made by the server. */
function Export({ where, onJob }: { where: object; onJob: (started: Exporting | null) => void }) {
  const client = useClient();
  const { message } = App.useApp();
  const start = async () => {
    const answer = await client.mutation(ExportAct, { input: { where, format: "XLSX", idempotencyKey: crypto.randomUUID() } }).toPromise();
    const payload = answer.data?.exportEnterprises;
    if (payload?.export && payload.job) onJob({ job: payload.job.id, export: payload.export.id });
    else void message.error(payload?.errors[0]?.message ?? "导出没有开始，请重试");
  };
  return <Button onClick={() => void start()}>导出</Button>;
}

function ExportProgress({ job, onClose }: { job: Exporting; onClose: () => void }) {
  const [{ data }, again] = useQuery({ query: Exported, variables: { id: job.export }, requestPolicy: "network-only" });
  const found = data?.node && "ready" in data.node ? data.node : null;
  return (
    <>
      <JobProgress id={job.job} onEnd={() => again({ requestPolicy: "network-only" })} onClose={onClose} />
      {found?.ready && found.file && (
        <Alert
          type="success"
          showIcon
          role="status"
          style={{ marginBottom: 16 }}
          title={`导出完成，共 ${number(found.rows)} 行`}
          action={<Button href={found.file}>下载</Button>}
        />
      )}
    </>
  );
}

function EnterpriseDrawer({ id, onClose }: { id: string | undefined; onClose: () => void }) {
  return (
    <Drawer open={Boolean(id)} onClose={onClose} size="min(720px, 100vw)" title="企业详情" destroyOnHidden>
      {id && <EnterpriseDetail id={id} />}
    </Drawer>
  );
}

function EnterpriseDetail({ id }: { id: string }) {
  const { can } = useSession();
  const [{ data, error, fetching }, again] = useQuery({ query: One, variables: { id } });
  const found = data?.node && "name" in data.node ? data.node : null;
  if (error && !found) return <Failure error={error} retry={again} />;
  if (fetching && !found) return <Waiting />;
  if (!found) return <Empty description="没有找到这家企业，或不在您的范围内" />;
  const changed = () => again({ requestPolicy: "network-only" });
  const own = can("HAZARD", "READ_OWN");
  return (
    <>
      <h2 className="break" style={{ marginTop: 0, fontSize: 18 }}>
        {found.name}
      </h2>
      <Descriptions
        size="small"
        column={1}
        items={[
          { key: "code", label: "统一社会信用代码", children: <span className="mono">{found.creditCode ?? "—"}</span> },
          ...(found.alternateId ? [{ key: "old", label: "原注册号", children: found.alternateId }] : []),
          { key: "trade", label: "行业代码", children: found.industryCode || "—" },
          { key: "quota", label: "限额", children: found.aboveQuota ? "限额以上" : "限额以下" },
          { key: "risk", label: "风险等级", children: <RiskTag risk={found.risk} /> },
          { key: "status", label: "状态", children: ENTERPRISE_STATUS[found.status] },
          ...(found.scale ? [{ key: "scale", label: "规模", children: SCALE[found.scale] }] : []),
          ...(found.tier ? [{ key: "tier", label: "监管层级", children: TIER[found.tier] }] : []),
          ...(found.principalName ? [{ key: "head", label: "主要负责人", children: found.principalName }] : []),
          ...(found.contactName || found.contactPhone ? [{ key: "contact", label: "联系人", children: `${found.contactName} ${found.contactPhone}` }] : []),
        ]}
      />
      {can("REGISTER", "WRITE") && (
        <Space wrap style={{ margin: "12px 0" }}>
          <ActButton
            title="修改企业"
            document={Update}
            fixed={{ enterpriseId: id, expectedVersion: found.version }}
            onDone={changed}
            done="已修改"
            fields={[
              { name: "name", label: "名称", required: true, initial: found.name },
              { name: "creditCode", label: "统一社会信用代码", max: 18, initial: found.creditCode, check: (value) => creditCodeProblem(value as string | undefined) },
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
          {found.status === "OPERATING" && (
            <ActButton title="停业" document={Suspend} fixed={{ enterpriseId: id }} onDone={changed} fields={[REASON]}>
              停业
            </ActButton>
          )}
          {found.status === "SUSPENDED" && (
            <ActButton title="恢复营业" document={Reopen} fixed={{ enterpriseId: id }} onDone={changed} fields={[REASON]}>
              恢复营业
            </ActButton>
          )}
          {found.status !== "CLOSED" && (
            <ActButton title="注销企业" document={CloseIt} fixed={{ enterpriseId: id }} onDone={changed} button={{ danger: true }} fields={[REASON]}>
              注销
            </ActButton>
          )}
        </Space>
      )}
      <Tabs
        items={[
          {
            key: "premises",
            label: `经营场所 ${found.premises.length}`,
            children: (
              <>
                {can("REGISTER", "WRITE") && (
                  <ActButton
                    title="新增经营场所"
                    document={AddPremises}
                    fixed={{ enterpriseId: id }}
                    onDone={changed}
                    done="已新增"
                    fields={[
                      { name: "name", label: "场所名称", required: true },
                      { name: "address", label: "地址", required: true },
                      { name: "latitude", label: "纬度", kind: "number", required: true },
                      { name: "longitude", label: "经度", kind: "number", required: true },
                    ]}
                  >
                    新增经营场所
                  </ActButton>
                )}
                {found.premises.length === 0 && <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description="还没有经营场所" />}
                <ul className="cards" style={{ marginTop: 12 }}>
                  {found.premises.map((place) => (
                    <li key={place.id}>
                      <Card size="small">
                        <strong>{place.name}</strong> {place.status !== "OPERATING" && <StateTag state={place.status} table={ENTERPRISE_STATUS} />}
                        <div className="break">{place.address}</div>
                        <div className="number">
                          {place.latitude.toFixed(5)}, {place.longitude.toFixed(5)}
                        </div>
                        <PlaceFacts id={place.id} />
                        {can("REGISTER", "WRITE") && place.status !== "CLOSED" && (
                          <Space wrap style={{ marginTop: 8 }}>
                            <ActButton
                              title="修改经营场所"
                              document={UpdatePlace}
                              fixed={{ premisesId: place.id, expectedVersion: place.version }}
                              onDone={changed}
                              button={{ size: "small" }}
                              fields={[
                                { name: "name", label: "场所名称", required: true, initial: place.name },
                                { name: "address", label: "地址", required: true, initial: place.address },
                                { name: "latitude", label: "纬度", kind: "number", required: true, initial: place.latitude },
                                { name: "longitude", label: "经度", kind: "number", required: true, initial: place.longitude },
                                { name: "reason", label: "修改原因" },
                              ]}
                            >
                              修改
                            </ActButton>
                            <ActButton title="关闭经营场所" document={ClosePlace} fixed={{ premisesId: place.id }} onDone={changed} button={{ size: "small", danger: true }} fields={[REASON]}>
                              关闭
                            </ActButton>
                          </Space>
                        )}
                      </Card>
                    </li>
                  ))}
                </ul>
              </>
            ),
          },
          ...(own
            ? [
                {
                  key: "hazards",
                  label: "隐患",
                  children: (
                    <ConnectionTable
                      label="企业的隐患"
                      query={HazardsOf}
                      variables={{ id }}
                      pageSize={10}
                      pick={(answer) => (answer.node && "hazards" in answer.node ? answer.node.hazards : NOTHING)}
                      empty="没有隐患"
                      columns={[
                        { title: "隐患", width: "50%", cell: (row) => <Link to={`/hazards?id=${encodeURIComponent(row.id)}`}>{row.description}</Link> },
                        { title: "状态", cell: (row) => <StateTag state={row.state} table={HAZARD_STATE} /> },
                        { title: "整改期限", cell: (row) => <DueTag day={row.dueOn} done={row.state === "CLOSED"} /> },
                      ]}
                    />
                  ),
                },
                { key: "risks", label: "风险点", children: found.premises.map((place) => <PlaceRisks key={place.id} id={place.id} name={place.name} />) },
              ]
            : []),
          ...(can("INSPECTION", "READ_OWN") ? [{ key: "visits", label: "检查", children: found.premises.map((place) => <PlaceVisits key={place.id} id={place.id} name={place.name} />) }] : []),
          {
            key: "history",
            label: "变更",
            children: (
              <ul className="cards">
                {found.history.map((one) => (
                  <li key={`${one.version}-${one.at}`}>
                    第 {one.version} 版 · <span className="number">{moment(one.at)}</span> · {one.fields.join("、") || "登记"}
                    {one.reason ? `（${one.reason}）` : ""}
                  </li>
                ))}
              </ul>
            ),
          },
        ]}
      />
    </>
  );
}

const REASON = { name: "reason", label: "原因", kind: "area" as const, required: true };
const NOTHING = { totalCount: 0, edges: [], pageInfo: { hasNextPage: false, endCursor: null } };

function PlaceFacts({ id }: { id: string }) {
  const { can, viewer } = useSession();
  const [{ data }] = useQuery({ query: PlatesOf, variables: { id }, pause: !can("SETTINGS", "READ_OWN") || viewer.role === "COMMITTEE" });
  const plate = data?.responsibilityPlates.edges[0]?.node;
  if (!plate) return null;
  return (
    <div className="break">
      责任牌第 {plate.version} 版：{[plate.adminHead, plate.industryHead, plate.enterpriseHead].map((one) => `${one.name}（${one.office}）`).join("、")}
    </div>
  );
}

function PlaceRisks({ id, name }: { id: string; name: string }) {
  return (
    <section>
      <h3>{name}</h3>
      <ConnectionTable
        label={`${name}的风险点`}
        query={RisksOf}
        variables={{ id }}
        pageSize={10}
        pick={(data) => data.riskPoints}
        empty="没有风险点"
        columns={[
          { title: "风险点", width: "46%", cell: (row) => <Link to={`/risks?id=${encodeURIComponent(row.id)}`}>{row.name}</Link> },
          { title: "风险", cell: (row) => <RiskTag risk={row.colour} /> },
          { title: "状态", cell: (row) => <StateTag state={row.state} table={RISK_POINT_STATE} /> },
        ]}
      />
    </section>
  );
}

function PlaceVisits({ id, name }: { id: string; name: string }) {
  return (
    <section>
      <h3>{name}</h3>
      <ConnectionTable
        label={`${name}的检查`}
        query={VisitsOf}
        variables={{ id }}
        pageSize={10}
        pick={(data) => data.inspections}
        empty="没有检查"
        columns={[
          { title: "日期", cell: (row) => <Link className="number" to={`/inspections?id=${encodeURIComponent(row.id)}`}>{row.plannedOn}</Link> },
          { title: "类型", cell: (row) => INSPECTION_KIND[row.kind] },
          { title: "状态", cell: (row) => <StateTag state={row.state} table={INSPECTION_STATE} /> },
          { title: "机关", cell: (row) => row.body?.name ?? "—" },
        ]}
      />
    </section>
  );
}
