import { useRef, useState } from "react";
import { Alert, App, Button, Select } from "antd";
import { PlusOutlined } from "@ant-design/icons";
import { useClient, useQuery } from "urql";

import { useSession } from "../app/session";
import { refusedOr } from "../parts/refusals";
import { graphql } from "../gql";
import type { EnterpriseStatus, RiskColour, SupervisionTier } from "../gql/graphql";
import { ActButton } from "../parts/Act";
import { creditCodeProblem } from "../parts/creditCode";
import { number } from "../parts/format";
import { JobProgress } from "../parts/JobProgress";
import { ENTERPRISE_STATUS, RISK, TIER, options } from "../parts/labels";
import { PageHead } from "../parts/Page";
import { RollingTable } from "../parts/RollingTable";
import { SearchBox } from "../parts/SearchBox";
import { RiskTag, StateTag } from "../parts/Tags";
import { useFilters } from "../parts/useSearch";
import { EnterpriseDrawer } from "./EnterpriseDetail";

const List_ = graphql(`
  query ConsoleEnterprises($where: EnterpriseWhere, $orderBy: EnterpriseOrder!, $first: Int!, $after: String) {
    enterprises(where: $where, orderBy: $orderBy, first: $first, after: $after) {
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
          tier
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

const ExportAct = graphql(`mutation CeExport($input: ExportEnterprisesInput!) { exportEnterprises(input: $input) { export { id } job { id } errors { code message path } } }`);
const Exported = graphql(`query CeExported($id: ID!) { node(id: $id) { ... on EnterpriseExport { id ready rows file } } }`);
type Filter = "search" | "risk" | "quota" | "tier" | "status" | "order" | "id" | "part";

export function Enterprises() {
  const { can } = useSession();
  const [filters, setFilters] = useFilters<Filter>();
  const [version, setVersion] = useState(0);
  const [job, setJob] = useState<Exporting | null>(null);
  // The detail shows at once what the list knows of it.
  const names = useRef(new Map<string, string>());
  const where = {
    ...(filters.search ? { search: filters.search } : {}),
    ...(filters.risk ? { risk: filters.risk as RiskColour } : {}),
    ...(filters.quota ? { aboveQuota: filters.quota === "above" } : {}),
    ...(filters.tier ? { tier: filters.tier as SupervisionTier } : {}),
    ...(filters.status ? { status: filters.status as EnterpriseStatus } : {}),
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
        <SearchBox label="按名称、拼音、地址或信用代码搜索" placeholder="名称、拼音、地址的一部分，或代码开头" value={filters.search} onSearch={(search) => setFilters({ search }, { replace: true })} />
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
        <Select allowClear aria-label="监管层级" placeholder="监管层级" value={filters.tier} options={options(TIER)} onChange={(tier) => setFilters({ tier })} />
        <Select allowClear aria-label="状态" placeholder="状态" value={filters.status} options={options(ENTERPRISE_STATUS)} onChange={(status) => setFilters({ status })} />
      </div>
      <RollingTable
        label="企业"
        query={List_}
        variables={{ where, orderBy: filters.order === "NAME" ? "NAME" : "NEWEST" }}
        version={version}
        order={filters.order}
        onOrder={(order) => setFilters({ order })}
        pick={(data) => {
          for (const { node } of data.enterprises.edges) names.current.set(node.id, node.name);
          return data.enterprises;
        }}
        empty={filters.search ? "没有找到，换个关键词试试" : undefined}
        columns={[
          {
            title: "名称",
            width: "36%",
            order: "NAME",
            cell: (row) => (
              <Button type="link" className="row-link" onClick={() => setFilters({ id: row.id, part: null })}>
                {row.name}
              </Button>
            ),
          },
          { title: "统一社会信用代码", width: 190, cell: (row) => <span className="mono">{row.creditCode ?? row.alternateId ?? "—"}</span> },
          { title: "行业", cell: (row) => row.industryCode || "—" },
          { title: "限额", cell: (row) => (row.aboveQuota ? "以上" : "以下") },
          { title: "风险", cell: (row) => <RiskTag risk={row.risk} /> },
          { title: "层级", cell: (row) => (row.tier ? TIER[row.tier] : "—") },
          { title: "状态", cell: (row) => <StateTag state={row.status === "OPERATING" ? "" : row.status} table={{ ...ENTERPRISE_STATUS, "": "在营" }} /> },
        ]}
      />
      <EnterpriseDrawer
        id={filters.id}
        known={filters.id ? names.current.get(filters.id) : undefined}
        onClose={() => setFilters({ id: null, part: null })}
        onChanged={() => setVersion((before) => before + 1)}
      />
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
    else void message.error(refusedOr(payload?.errors[0], "导出没有开始，请重试"));
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
