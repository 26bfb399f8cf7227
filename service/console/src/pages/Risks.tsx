import { useState } from "react";
import { Button, Card, Descriptions, Drawer, Empty, Form, Input, InputNumber, Select, Space } from "antd";
import { PlusOutlined } from "@ant-design/icons";
import { useQuery } from "urql";

import { useSession } from "../app/session";
import { graphql } from "../gql";
import type { ControlLevel, HazardCategory, RiskColour, RiskPointState } from "../gql/graphql";
import { ActButton } from "../parts/Act";
import { ConnectionTable } from "../parts/ConnectionTable";
import { Failure } from "../parts/Failure";
import { day, moment } from "../parts/format";
import { CONTROL_LEVEL, HAZARD_CATEGORY, RISK, RISK_POINT_STATE, options } from "../parts/labels";
import { PageHead } from "../parts/Page";
import { RegisterPicker } from "../parts/Pickers";
import { DueTag, RiskTag, StateTag } from "../parts/Tags";
import { useFilters } from "../parts/useSearch";
import { Waiting } from "../parts/Waiting";
import { ToneTag } from "../parts/Tone";

const List = graphql(`
  query ConsoleRiskPoints($where: RiskPointWhere, $first: Int!, $after: String) {
    riskPoints(where: $where, first: $first, after: $after) {
      totalCount
      edges {
        node { id name category state colour reviewDueOn premises { name } enterprise { name } }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
`);
const One = graphql(`
  query ConsoleRiskPoint($id: ID!) {
    node(id: $id) {
      ... on RiskPoint {
        id name description category state colour colourReason gradedOn reviewDueOn possibleSteps
        premises { name address }
        enterprise { name }
        evaluations { method methodVersion score colour at inputs { factor value } }
        controls { id level measure responsible intervalDays }
      }
    }
  }
`);
const Methods = graphql(`
  query ConsoleRiskMethods {
    riskMethods { method version source confirmed factors { factor values } bands { colour floor inclusive } }
  }
`);
const Identify = graphql(`
  mutation ConsoleIdentifyRiskPoint($input: IdentifyRiskPointInput!) {
    identifyRiskPoint(input: $input) { riskPoint { id } errors { code message path } }
  }
`);
const Evaluate = graphql(`
  mutation ConsoleEvaluateRisk($input: EvaluateRiskInput!) {
    evaluateRisk(input: $input) { riskPoint { id state } errors { code message path } }
  }
`);
const Grade = graphql(`
  mutation ConsoleGradeRiskPoint($input: GradeRiskPointInput!) {
    gradeRiskPoint(input: $input) { riskPoint { id state colour } errors { code message path } }
  }
`);
const SetControls = graphql(`
  mutation ConsoleSetControls($input: SetControlsInput!) {
    setControls(input: $input) { riskPoint { id state } errors { code message path } }
  }
`);
const Fail = graphql(`
  mutation ConsoleRecordControlFailure($input: RecordControlFailureInput!) {
    recordControlFailure(input: $input) { hazard { id } errors { code message path } }
  }
`);

const FACTOR: Record<string, string> = { L: "L 可能性", E: "E 暴露频次", C: "C 后果", S: "S 严重性" };

export function Risks() {
  const { can } = useSession();
  const [filters, setFilters] = useFilters<"state" | "colour" | "category" | "id">();
  const [version, setVersion] = useState(0);
  const where = {
    ...(filters.state ? { state: filters.state as RiskPointState } : {}),
    ...(filters.colour ? { colour: filters.colour as RiskColour } : {}),
    ...(filters.category ? { category: filters.category as HazardCategory } : {}),
  };
  const changed = () => setVersion((before) => before + 1);
  return (
    <>
      <PageHead title="风险点">
        {can("HAZARD", "WRITE") && (
          <ActButton
            title="辨识风险点"
            document={Identify}
            button={{ type: "primary", icon: <PlusOutlined /> }}
            done="已登记"
            onDone={(data) => {
              changed();
              setFilters({ id: data.identifyRiskPoint.riskPoint?.id });
            }}
            fields={[
              { name: "premisesId", label: "经营场所", required: true, control: <RegisterPicker /> },
              { name: "name", label: "名称", required: true },
              { name: "category", label: "类别", kind: "choice", options: options(HAZARD_CATEGORY), required: true },
              { name: "description", label: "描述", kind: "area" },
            ]}
          >
            辨识风险点
          </ActButton>
        )}
      </PageHead>
      <div className="filters" role="search">
        <Select allowClear aria-label="状态" placeholder="状态" value={filters.state} options={options(RISK_POINT_STATE)} onChange={(state) => setFilters({ state })} />
        <Select allowClear aria-label="风险等级" placeholder="风险等级" value={filters.colour} options={options(RISK)} onChange={(colour) => setFilters({ colour })} />
        <Select allowClear aria-label="类别" placeholder="类别" value={filters.category} options={options(HAZARD_CATEGORY)} onChange={(category) => setFilters({ category })} style={{ width: 140 }} />
      </div>
      <ConnectionTable
        label="风险点"
        query={List}
        variables={{ where }}
        version={version}
        pick={(data) => data.riskPoints}
        columns={[
          {
            title: "风险点",
            width: "30%",
            cell: (row) => (
              <Button type="link" className="row-link" onClick={() => setFilters({ id: row.id })}>
                {row.name}
              </Button>
            ),
          },
          { title: "企业", cell: (row) => row.enterprise?.name ?? row.premises?.name ?? "—" },
          { title: "类别", cell: (row) => HAZARD_CATEGORY[row.category] },
          { title: "风险", cell: (row) => <RiskTag risk={row.colour} /> },
          { title: "状态", cell: (row) => <StateTag state={row.state} table={RISK_POINT_STATE} /> },
          { title: "复评期限", cell: (row) => <DueTag day={row.reviewDueOn} /> },
        ]}
      />
      <Drawer open={Boolean(filters.id)} onClose={() => setFilters({ id: null })} size="min(760px, 100vw)" title="风险点详情" destroyOnHidden>
        {filters.id && <RiskDetail id={filters.id} onChanged={changed} />}
      </Drawer>
    </>
  );
}

function RiskDetail({ id, onChanged }: { id: string; onChanged: () => void }) {
  const { can } = useSession();
  const [{ data, error, fetching }, again] = useQuery({ query: One, variables: { id } });
  const [{ data: known }] = useQuery({ query: Methods });
  const found = data?.node && "evaluations" in data.node ? data.node : null;
  if (error && !found) return <Failure error={error} retry={again} />;
  if (fetching && !found) return <Waiting />;
  if (!found) return <Empty description="没有找到这个风险点，或不在您的范围内" />;
  const changed = () => {
    again({ requestPolicy: "network-only" });
    onChanged();
  };
  const methods = known?.riskMethods ?? [];
  const fixed = { riskPointId: id };
  const may = can("HAZARD", "WRITE");
  return (
    <>
      <h2 className="break" style={{ marginTop: 0, fontSize: 18 }}>
        {found.name}
      </h2>
      <Space wrap style={{ marginBottom: 12 }}>
        <StateTag state={found.state} table={RISK_POINT_STATE} />
        <RiskTag risk={found.colour} />
      </Space>
      {may && (
        <Space wrap style={{ marginBottom: 12, display: "flex" }}>
          {found.possibleSteps.includes("EVALUATE") && methods.length > 0 && (
            <ActButton
              title="风险评价"
              document={Evaluate}
              fixed={fixed}
              onDone={changed}
              shape={({ method, ...values }) => ({
                method,
                inputs: methods.find((one) => one.method === method)?.factors.map(({ factor }) => ({ factor, value: values[`factor-${method}-${factor}`] })) ?? [],
              })}
              fields={[
                { name: "method", label: "方法", kind: "radio", required: true, initial: methods[0]?.method, options: methods.map((one) => ({ value: one.method, label: `${one.method}（${one.version}）` })) },
                ...methods.flatMap((one) =>
                  one.factors.map(({ factor, values }) => ({
                    name: `factor-${one.method}-${factor}`,
                    label: FACTOR[factor] ?? factor,
                    kind: "choice" as const,
                    required: true,
                    options: values.map((value) => ({ value, label: value })),
                    when: (given: Record<string, unknown>) => given.method === one.method,
                  })),
                ),
              ]}
            >
              评价
            </ActButton>
          )}
          {found.possibleSteps.includes("GRADE") && (
            <ActButton
              title="确定等级"
              document={Grade}
              fixed={fixed}
              onDone={changed}
              intro="等级由评价得出；可以上调，须说明理由。"
              fields={[
                { name: "raisedTo", label: "上调为", kind: "choice", options: options(RISK) },
                { name: "reason", label: "理由", kind: "area", when: (values) => Boolean(values.raisedTo), required: true },
              ]}
            >
              定级
            </ActButton>
          )}
          {found.possibleSteps.includes("CONTROL") && (
            <ActButton
              title="管控措施"
              document={SetControls}
              fixed={fixed}
              onDone={changed}
              shape={({ controls }) => ({ controls })}
              fields={[
                {
                  name: "controls",
                  label: "措施",
                  required: true,
                  initial: found.controls.length
                    ? found.controls.map(({ level, measure, responsible, intervalDays }) => ({ level, measure, responsible, intervalDays }))
                    : [{ level: "L3", measure: "", responsible: "", intervalDays: 1 }],
                  control: <ControlsEditor />,
                  check: (value) => ((value as Control[] | undefined)?.every((one) => one.measure && one.responsible && one.intervalDays) ? null : "每项措施都要写内容、责任人和检查间隔"),
                },
              ]}
            >
              管控措施
            </ActButton>
          )}
        </Space>
      )}
      <Descriptions
        size="small"
        column={1}
        bordered
        items={[
          { key: "1", label: "企业", children: found.enterprise?.name ?? "—" },
          { key: "2", label: "场所", children: found.premises ? `${found.premises.name}（${found.premises.address}）` : "—" },
          { key: "3", label: "类别", children: HAZARD_CATEGORY[found.category] },
          { key: "4", label: "描述", children: found.description || "—" },
          { key: "5", label: "定级日期", children: day(found.gradedOn) },
          ...(found.colourReason ? [{ key: "6", label: "上调理由", children: found.colourReason }] : []),
          { key: "7", label: "复评期限", children: <DueTag day={found.reviewDueOn} /> },
        ]}
      />
      <h3>管控措施</h3>
      {found.controls.length === 0 ? (
        <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description="还没有管控措施" />
      ) : (
        <ul className="cards">
          {found.controls.map((one) => (
            <li key={one.id}>
              <Card size="small">
                <ToneTag>{CONTROL_LEVEL[one.level]}</ToneTag> <span className="pre">{one.measure}</span>
                <div>
                  {one.responsible} · 每 <span className="number">{one.intervalDays}</span> 天检查
                </div>
                {may && (
                  <ActButton
                    title="登记措施失效"
                    document={Fail}
                    fixed={{ controlId: one.id }}
                    button={{ size: "small", danger: true }}
                    intro="失效的措施会自动生成一条隐患。"
                    onDone={changed}
                    fields={[{ name: "description", label: "失效情况", kind: "area", required: true }]}
                  >
                    措施失效
                  </ActButton>
                )}
              </Card>
            </li>
          ))}
        </ul>
      )}
      <h3>评价记录</h3>
      {found.evaluations.length === 0 ? (
        <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description="还没有评价" />
      ) : (
        <ul className="cards">
          {found.evaluations.map((one) => (
            <li key={one.at}>
              <Card size="small">
                <RiskTag risk={one.colour} />
                {one.method} {one.methodVersion}：{one.inputs.map(({ factor, value }) => `${factor}=${value}`).join(" × ")} = <strong className="number">{one.score}</strong>
                <div className="number">{moment(one.at)}</div>
              </Card>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

type Control = { level: ControlLevel; measure: string; responsible: string; intervalDays: number | null };

function ControlsEditor({ value = [], onChange }: { value?: Control[]; onChange?: (value: Control[]) => void }) {
  const change = (at: number, part: Partial<Control>) => onChange?.(value.map((one, index) => (index === at ? { ...one, ...part } : one)));
  return (
    <Space orientation="vertical" style={{ width: "100%" }}>
      {value.map((one, at) => (
        <Card key={at} size="small" title={`措施 ${at + 1}`} extra={value.length > 1 && <Button size="small" onClick={() => onChange?.(value.filter((_, index) => index !== at))}>删除</Button>}>
          <Form component={false} layout="vertical">
            <Select aria-label="管控层级" value={one.level} options={options(CONTROL_LEVEL)} onChange={(level) => change(at, { level })} style={{ width: "100%", marginBottom: 8 }} />
            <Input.TextArea aria-label="措施内容" placeholder="措施内容" value={one.measure} onChange={(event) => change(at, { measure: event.target.value })} style={{ marginBottom: 8 }} />
            <Input aria-label="责任人" placeholder="责任人" value={one.responsible} onChange={(event) => change(at, { responsible: event.target.value })} style={{ marginBottom: 8 }} />
            <InputNumber aria-label="检查间隔（天）" min={1} suffix="天检查一次" value={one.intervalDays} onChange={(intervalDays) => change(at, { intervalDays })} style={{ width: "100%" }} />
          </Form>
        </Card>
      ))}
      <Button onClick={() => onChange?.([...value, { level: "L3", measure: "", responsible: "", intervalDays: 1 }])}>增加措施</Button>
    </Space>
  );
}
