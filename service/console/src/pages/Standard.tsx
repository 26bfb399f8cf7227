import { useState } from "react";
import { Alert, Descriptions, Drawer, Empty, Select, Space, Tabs, Button } from "antd";
import { Link } from "react-router";
import { useQuery } from "urql";

import { useSession } from "../app/session";
import { graphql } from "../gql";
import type { StandardisationState } from "../gql/graphql";
import { ActButton } from "../parts/Act";
import { ConnectionTable } from "../parts/ConnectionTable";
import { Failure } from "../parts/Failure";
import { day, dayFromNow, legalDay, number } from "../parts/format";
import { ASSET_STANDING, CONFORMITY_LEVEL, GRADE, STANDARDISATION_STATE, options } from "../parts/labels";
import { PageHead } from "../parts/Page";
import { DueTag, StateTag } from "../parts/Tags";
import { useFilters } from "../parts/useSearch";
import { Waiting } from "../parts/Waiting";
import { applyFields, assessFields, graded, inspectionFields, judged } from "./standardForms";

const Rates = graphql(`
  query ConsoleStandardRates {
    standardisationCounts {
      town { id name }
      certified { numerator denominator value }
      enterprises { numerator denominator value }
      disciplines { numerator denominator value }
      posts { numerator denominator value }
    }
  }
`);
const Ending = graphql(`
  query ConsoleEndingCerts($within: Int!, $first: Int!, $after: String) {
    expiringStandardisationCerts(withinDays: $within, first: $first, after: $after) {
      totalCount
      edges { node { id number grade validTo enterprise { id name } } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);
const Certs = graphql(`
  query ConsoleCerts($where: StandardisationCertWhere, $first: Int!, $after: String) {
    standardisationCerts(where: $where, first: $first, after: $after) {
      totalCount
      edges { node { id state grade appliedOn number validTo enterprise { id name } } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);
const Lacking = graphql(`
  query ConsoleLackingCert($first: Int!, $after: String) {
    enterprisesWithoutCertificate(first: $first, after: $after) {
      totalCount
      edges { node { id name creditCode alternateId } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);
const Waits = graphql(`
  query ConsoleConformity($where: ConformityItemWhere, $first: Int!, $after: String) {
    conformityItems(where: $where, first: $first, after: $after) {
      totalCount
      edges { node { id level name required passed assessedOn enterprise { id name } } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);
const Due = graphql(`
  query ConsoleDueAssets($where: AssetWhere, $first: Int!, $after: String) {
    assets(where: $where, first: $first, after: $after) {
      totalCount
      edges { node { id kind name serial standing nextDueOn enterprise { id name } premises { id address } } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);
const Kinds = graphql(`query ConsoleAssetKinds { assetKinds { code name interval unit confirmed } }`);
const One = graphql(`
  query ConsoleCert($id: ID!) {
    node(id: $id) {
      ... on StandardisationCert {
        id state grade appliedOn selfScore selfAssessedOn score reviewedOn publishedOn objectionsUntil number issuedOn validTo revokedOn reason
        enterprise { id name }
      }
    }
  }
`);
const Apply = graphql(`mutation CstApply($input: ApplyForStandardisationInput!) { applyForStandardisation(input: $input) { certificate { id state } errors { code message path } } }`);
const SelfAssess = graphql(`mutation CstSelf($input: EnterSelfAssessmentInput!) { enterSelfAssessment(input: $input) { certificate { id state } errors { code message path } } }`);
const Review = graphql(`mutation CstReview($input: ReviewStandardisationInput!) { reviewStandardisation(input: $input) { certificate { id state } errors { code message path } } }`);
const Return = graphql(`mutation CstReturn($input: ReturnStandardisationInput!) { returnStandardisation(input: $input) { certificate { id state } errors { code message path } } }`);
const Withdraw = graphql(`mutation CstWithdraw($input: ReturnStandardisationInput!) { withdrawStandardisation(input: $input) { certificate { id state } errors { code message path } } }`);
const Publish = graphql(`mutation CstPublish($input: PublishStandardisationInput!) { publishStandardisation(input: $input) { certificate { id state } errors { code message path } } }`);
const Grant = graphql(`mutation CstGrant($input: GrantStandardisationInput!) { grantStandardisation(input: $input) { certificate { id state } errors { code message path } } }`);
const Revoke = graphql(`mutation CstRevoke($input: RevokeStandardisationInput!) { revokeStandardisation(input: $input) { certificate { id state } errors { code message path } } }`);
const Assess = graphql(`mutation CstAssess($input: AssessConformityInput!) { assessConformity(input: $input) { item { id passed } errors { code message path } } }`);
const Inspect = graphql(`mutation CstInspect($input: RecordAssetInspectionInput!) { recordAssetInspection(input: $input) { asset { id standing } errors { code message path } } }`);
const Retire = graphql(`mutation CstRetire($input: RetireAssetInput!) { retireAsset(input: $input) { asset { id standing } errors { code message path } } }`);

const REASON = { name: "reason", label: "原因", kind: "area" as const, required: true };
const enterprise = (id: string) => `/enterprises?id=${encodeURIComponent(id)}`;

/** What ends, what is missing and what is due: standardisation and equipment of a town. */
export function Standard() {
  const { can } = useSession();
  const [filters, setFilters] = useFilters<"tab" | "state" | "id">();
  const [version, setVersion] = useState(0);
  const changed = () => setVersion((before) => before + 1);
  const certs = can("STANDARDISATION", "READ_OWN");
  const tabs = [
    ...(certs
      ? [
          { key: "ending", label: "即将到期", children: <EndingTab version={version} open={(id) => setFilters({ id })} /> },
          { key: "certs", label: "证书", children: <CertsTab version={version} state={filters.state} setState={(state) => setFilters({ state })} open={(id) => setFilters({ id })} /> },
          { key: "lacking", label: "未达标", children: <LackingTab version={version} onDone={changed} /> },
          { key: "conformity", label: "待评项目", children: <ConformityTab version={version} onDone={changed} /> },
        ]
      : []),
    ...(can("ASSET", "READ_OWN") ? [{ key: "assets", label: "设备", children: <AssetsTab version={version} onDone={changed} /> }] : []),
  ];
  return (
    <>
      <PageHead title="标准化与设备" />
      {certs && can("STANDARDISATION", "READ_ACROSS", "WRITE") && <RateLine version={version} />}
      <Tabs size="small" tabBarGutter={10} activeKey={filters.tab ?? tabs[0]?.key} onChange={(tab) => setFilters({ tab })} items={tabs} destroyOnHidden />
      <Drawer open={Boolean(filters.id)} onClose={() => setFilters({ id: null })} size="min(720px, 100vw)" title="证书详情" destroyOnHidden>
        {filters.id && <Detail id={filters.id} onChanged={changed} />}
      </Drawer>
    </>
  );
}

type Share = { numerator: number; denominator: number; value?: number | null };

function share(one: Share): string {
  return one.value == null ? "—" : `${(100 * one.value).toFixed(1)}%（${one.numerator}/${one.denominator}）`;
}

function RateLine({ version }: { version: number }) {
  const [{ data }] = useQuery({ query: Rates, requestPolicy: version ? "network-only" : "cache-first" });
  const rows = data?.standardisationCounts ?? [];
  if (rows.length === 0) return null;
  const total = (pick: (row: (typeof rows)[number]) => Share): Share => {
    const of = rows.reduce((sum, row) => sum + pick(row).denominator, 0);
    const held = rows.reduce((sum, row) => sum + pick(row).numerator, 0);
    return { numerator: held, denominator: of, value: of ? held / of : null };
  };
  return (
    <Alert role="note"
      type="info"
      style={{ marginBottom: 12 }}
      title={`限上企业标准化达标 ${share(total((row) => row.certified))} · 企业达标 ${share(total((row) => row.enterprises))} · 专业达标 ${share(total((row) => row.disciplines))} · 岗位达标 ${share(total((row) => row.posts))}`}
    />
  );
}

function EndingTab({ version, open }: { version: number; open: (id: string) => void }) {
  return (
    <ConnectionTable
      label="即将到期的证书"
      query={Ending}
      variables={{ within: 90 }}
      version={version}
      pick={(data) => data.expiringStandardisationCerts}
      empty="90 日内没有到期的证书"
      columns={[
        { title: "企业", width: "40%", cell: (row) => <Button type="link" className="row-link" onClick={() => open(row.id)}>{row.enterprise?.name ?? "—"}</Button> },
        { title: "证书编号", cell: (row) => row.number ?? "—" },
        { title: "等级", cell: (row) => GRADE[row.grade] ?? row.grade },
        { title: "到期日", cell: (row) => <DueTag day={row.validTo} /> },
      ]}
    />
  );
}

function CertsTab({ version, state, setState, open }: { version: number; state: string | undefined; setState: (state: string | undefined) => void; open: (id: string) => void }) {
  return (
    <>
      <div className="filters" role="search">
        <Select allowClear aria-label="状态" placeholder="状态" value={state} options={options(STANDARDISATION_STATE)} onChange={setState} />
      </div>
      <ConnectionTable
        label="申请与证书"
        query={Certs}
        variables={{ where: state ? { state: state as StandardisationState } : {} }}
        version={version}
        pick={(data) => data.standardisationCerts}
        empty="还没有申请或证书。在“未达标”里或企业详情里可以登记申请"
        columns={[
          { title: "企业", width: "36%", cell: (row) => <Button type="link" className="row-link" onClick={() => open(row.id)}>{row.enterprise?.name ?? "—"}</Button> },
          { title: "等级", cell: (row) => GRADE[row.grade] ?? row.grade },
          { title: "状态", cell: (row) => <StateTag state={row.state} table={STANDARDISATION_STATE} /> },
          { title: "申请日期", cell: (row) => <span className="number">{row.appliedOn}</span> },
          { title: "证书编号", cell: (row) => row.number ?? "—" },
          { title: "到期日", cell: (row) => <DueTag day={row.validTo} done={row.state !== "GRANTED"} /> },
        ]}
      />
    </>
  );
}

function LackingTab({ version, onDone }: { version: number; onDone: () => void }) {
  const { can } = useSession();
  return (
    <ConnectionTable
      label="限上未达标企业"
      query={Lacking}
      variables={{}}
      version={version}
      pick={(data) => data.enterprisesWithoutCertificate}
      empty="限额以上的在营企业都持有有效证书"
      columns={[
        { title: "企业", width: "50%", cell: (row) => <Link to={enterprise(row.id)}>{row.name}</Link> },
        { title: "统一社会信用代码", cell: (row) => <span className="mono">{row.creditCode ?? row.alternateId ?? "—"}</span> },
        {
          title: "操作",
          cell: (row) =>
            can("STANDARDISATION", "WRITE") ? (
              <ActButton
                title={`登记申请：${row.name}`}
                document={Apply}
                fixed={{ enterpriseId: row.id }}
                onDone={onDone}
                done="已登记"
                button={{ size: "small" }}
                shape={graded}
                fields={applyFields()}
              >
                登记申请
              </ActButton>
            ) : (
              "—"
            ),
        },
      ]}
    />
  );
}

function ConformityTab({ version, onDone }: { version: number; onDone: () => void }) {
  const { can } = useSession();
  return (
    <ConnectionTable
      label="达标项目"
      query={Waits}
      variables={{ where: { passed: false } }}
      version={version}
      pick={(data) => data.conformityItems}
      empty="没有未达标或待评的专业、岗位"
      columns={[
        { title: "企业", width: "36%", cell: (row) => (row.enterprise ? <Link to={enterprise(row.enterprise.id)}>{row.enterprise.name}</Link> : "—") },
        { title: "层级", cell: (row) => CONFORMITY_LEVEL[row.level] },
        { title: "项目", cell: (row) => `${row.name}${row.required ? "" : "（非必须）"}` },
        { title: "结果", cell: (row) => (row.passed == null ? "待评" : "未达标") },
        { title: "评定日期", cell: (row) => <span className="number">{row.assessedOn ?? "—"}</span> },
        {
          title: "操作",
          cell: (row) =>
            can("STANDARDISATION", "WRITE") ? (
              <ActButton
                title={`评定：${row.name}`}
                document={Assess}
                fixed={{ itemId: row.id }}
                onDone={onDone}
                done="已评定"
                button={{ size: "small" }}
                shape={judged}
                fields={assessFields()}
              >
                评定
              </ActButton>
            ) : (
              "—"
            ),
        },
      ]}
    />
  );
}

function AssetsTab({ version, onDone }: { version: number; onDone: () => void }) {
  const { can } = useSession();
  const [{ data }] = useQuery({ query: Kinds });
  const [when, setWhen] = useState("month");
  const name = Object.fromEntries((data?.assetKinds ?? []).map((one) => [one.code, one.name]));
  const until = { over: dayFromNow(-1), month: dayFromNow(30), all: undefined }[when];
  return (
    <>
      <div className="filters" role="search">
        <Select
          aria-label="到期"
          value={when}
          onChange={setWhen}
          options={[
            { value: "over", label: "已超期" },
            { value: "month", label: "已超期和 30 日内到期" },
            { value: "all", label: "全部在用" },
          ]}
        />
      </div>
      <ConnectionTable
        label="设备"
        query={Due}
        variables={{ where: until ? { dueUntil: until } : {} }}
        version={version}
        pick={(answer) => answer.assets}
        empty="没有到期的设备"
        columns={[
          { title: "设备", width: "28%", cell: (row) => `${row.name}（${name[row.kind] ?? row.kind}，${row.serial}）` },
          { title: "企业", cell: (row) => (row.enterprise ? <Link to={enterprise(row.enterprise.id)}>{row.enterprise.name}</Link> : "—") },
          { title: "地址", wideOnly: true, cell: (row) => row.premises?.address ?? "—" },
          { title: "状态", cell: (row) => <StateTag state={row.standing} table={ASSET_STANDING} /> },
          { title: "下次检验", cell: (row) => <DueTag day={row.nextDueOn} /> },
          {
            title: "操作",
            cell: (row) =>
              can("ASSET", "WRITE") ? (
                <Space wrap>
                  <ActButton
                    title={`登记检验：${row.name}`}
                    document={Inspect}
                    fixed={{ assetId: row.id }}
                    onDone={onDone}
                    done="已登记"
                    button={{ size: "small" }}
                    shape={judged}
                    fields={inspectionFields()}
                  >
                    登记检验
                  </ActButton>
                  <ActButton title={`停用：${row.name}`} document={Retire} fixed={{ assetId: row.id }} onDone={onDone} button={{ size: "small", danger: true }} fields={[REASON]}>
                    停用
                  </ActButton>
                </Space>
              ) : (
                "—"
              ),
          },
        ]}
      />
    </>
  );
}

function Detail({ id, onChanged }: { id: string; onChanged: () => void }) {
  const { can } = useSession();
  const [{ data, error, fetching }, again] = useQuery({ query: One, variables: { id } });
  const found = data?.node && "grade" in data.node ? data.node : null;
  if (error && !found) return <Failure error={error} retry={again} />;
  if (fetching && !found) return <Waiting />;
  if (!found) return <Empty description="没有找到，或不在您的范围内" />;
  const onDone = () => {
    again({ requestPolicy: "network-only" });
    onChanged();
  };
  const fixed = { certificateId: id };
  const today = legalDay(new Date());
  const score = { name: "score", label: "得分", kind: "number" as const, required: true, help: "0 至 100 分" };
  const open = ["APPLIED", "SELF_ASSESSED", "REVIEWED", "PUBLISHED"].includes(found.state);
  const enters = can("STANDARDISATION", "WRITE");
  const reviews = can("STANDARDISATION", "VERIFY");
  const decides = can("STANDARDISATION", "DECIDE");
  return (
    <>
      <h2 className="break" style={{ marginTop: 0, fontSize: 18 }}>
        {found.enterprise ? <Link to={enterprise(found.enterprise.id)}>{found.enterprise.name}</Link> : "—"}
      </h2>
      <Space wrap style={{ marginBottom: 12 }}>
        {GRADE[found.grade]}
        <StateTag state={found.state} table={STANDARDISATION_STATE} />
        {enters && (found.state === "APPLIED" || found.state === "SELF_ASSESSED") && (
          <ActButton title="登记自评" document={SelfAssess} fixed={fixed} onDone={onDone} fields={[score, { name: "assessedOn", label: "自评日期", kind: "day", initial: today, required: true }]}>
            登记自评
          </ActButton>
        )}
        {reviews && found.state === "SELF_ASSESSED" && (
          <ActButton title="登记评审" document={Review} fixed={fixed} onDone={onDone} fields={[score, { name: "reviewedOn", label: "评审日期", kind: "day", initial: today, required: true }]}>
            登记评审
          </ActButton>
        )}
        {reviews && open && found.state !== "APPLIED" && (
          <ActButton title="退回" document={Return} fixed={fixed} onDone={onDone} fields={[REASON]}>
            退回
          </ActButton>
        )}
        {decides && found.state === "REVIEWED" && (
          <ActButton title="公示" document={Publish} fixed={fixed} onDone={onDone} fields={[{ name: "publishedOn", label: "公示首日", kind: "day", initial: today, required: true }]}>
            公示
          </ActButton>
        )}
        {decides && found.state === "PUBLISHED" && (
          <ActButton title="发证" document={Grant} fixed={fixed} onDone={onDone} fields={[{ name: "number", label: "证书编号", required: true, max: 60 }, { name: "issuedOn", label: "发证日期", kind: "day", initial: today, required: true, help: "须在公示期满之后" }]}>
            发证
          </ActButton>
        )}
        {decides && found.state === "GRANTED" && (
          <ActButton title="撤销证书" document={Revoke} fixed={fixed} onDone={onDone} button={{ danger: true }} fields={[REASON, { name: "revokedOn", label: "撤销日期", kind: "day", initial: today, required: true }]}>
            撤销
          </ActButton>
        )}
        {enters && open && (
          <ActButton title="撤回申请" document={Withdraw} fixed={fixed} onDone={onDone} fields={[REASON]}>
            撤回申请
          </ActButton>
        )}
      </Space>
      <Descriptions
        size="small"
        column={1}
        bordered
        items={[
          { key: "1", label: "申请日期", children: day(found.appliedOn) },
          { key: "2", label: "自评", children: found.selfScore == null ? "—" : `${number(found.selfScore)} 分，${day(found.selfAssessedOn)}` },
          { key: "3", label: "评审", children: found.score == null ? "—" : `${number(found.score)} 分，${day(found.reviewedOn)}` },
          { key: "4", label: "公示", children: found.publishedOn ? `${day(found.publishedOn)} 起，异议截至 ${day(found.objectionsUntil)}` : "—" },
          { key: "5", label: "证书编号", children: found.number ?? "—" },
          { key: "6", label: "发证日期", children: day(found.issuedOn) },
          { key: "7", label: "到期日", children: <DueTag day={found.validTo} done={found.state !== "GRANTED"} /> },
          ...(found.revokedOn ? [{ key: "8", label: "撤销日期", children: day(found.revokedOn) }] : []),
          ...(found.reason ? [{ key: "9", label: "退回、撤回或撤销的原因", children: <span className="pre">{found.reason}</span> }] : []),
        ]}
      />
    </>
  );
}
