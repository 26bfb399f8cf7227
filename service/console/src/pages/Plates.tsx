import { useState } from "react";
import { Alert, App, Button, Modal, Select, Space, Tabs } from "antd";
import { PlusOutlined } from "@ant-design/icons";
import { useClient, useQuery } from "urql";

import { useSession } from "../app/session";
import { graphql } from "../gql";
import { ActButton } from "../parts/Act";
import { refusalLine } from "../parts/refusals";
import { ConnectionTable } from "../parts/ConnectionTable";
import { legalDay, number } from "../parts/format";
import { HOLE, PLATE_STATE, SLOT } from "../parts/labels";
import { PageHead } from "../parts/Page";
import { RegisterPicker } from "../parts/Pickers";
import { StateTag } from "../parts/Tags";
import { ToneTag } from "../parts/Tone";
import { useFilters } from "../parts/useSearch";

const Plates_ = graphql(`
  query ConsolePlates($first: Int!, $after: String) {
    responsibilityPlates(first: $first, after: $after) {
      totalCount
      edges {
        node {
          id version state validFrom publicUrl
          adminHead { name office inOffice }
          industryHead { name office inOffice }
          enterpriseHead { name office inOffice }
          premises { name }
          enterprise { name }
        }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
`);
const Holes = graphql(`
  query ConsoleHoles($first: Int!, $after: String) {
    responsibilityHoles(first: $first, after: $after) {
      totalCount
      edges { node { kind vacant premises { id name address } } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);
const Persons = graphql(`
  query ConsolePersons($inOffice: Boolean, $first: Int!, $after: String) {
    responsiblePersons(inOffice: $inOffice, first: $first, after: $after) {
      totalCount
      edges { node { id name office organisation official inOfficeFrom inOfficeTo inOffice } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);
const Enter = graphql(`mutation CpEnter($input: EnterResponsiblePersonInput!) { enterResponsiblePerson(input: $input) { person { id } errors { code message path } } }`);
const Leave = graphql(`mutation CpLeave($input: LeaveOfficeInput!) { leaveOffice(input: $input) { person { id inOffice } errors { code message path } } }`);
const Assign = graphql(`
  mutation CpAssign($input: AssignPlatesInput!) {
    assignPlates(input: $input) { changes { new changed unchanged incomplete } errors { code message path } }
  }
`);

/** Plates with the three persons responsible (责任牌), what is missing, and who is in office. */
export function Plates() {
  const { can } = useSession();
  const may = can("SETTINGS", "WRITE");
  const [filters, setFilters] = useFilters<"tab">();
  const [version, setVersion] = useState(0);
  const changed = () => setVersion((before) => before + 1);
  const [assigning, setAssigning] = useState<string[] | "all" | null>(null);
  const who = (person: { name: string; office: string; inOffice: boolean }) => (
    <>
      {person.name}（{person.office}）{!person.inOffice && <ToneTag tone="red">已离任</ToneTag>}
    </>
  );
  return (
    <>
      <PageHead title="责任人与责任牌">
        {may && (
          <ActButton
            title="登记责任人"
            document={Enter}
            button={{ icon: <PlusOutlined /> }}
            onDone={changed}
            done="已登记"
            fields={[
              { name: "name", label: "姓名", required: true },
              { name: "office", label: "职务", required: true },
              { name: "organisation", label: "单位", required: true },
              { name: "inOfficeFrom", label: "任职自", kind: "day", required: true, initial: legalDay(new Date()) },
              { name: "enterpriseId", label: "企业", control: <RegisterPicker within="enterprise" />, help: "企业的责任人才填" },
            ]}
          >
            登记责任人
          </ActButton>
        )}
        {may && (
          <Button type="primary" onClick={() => setAssigning("all")}>
            批量落实责任牌
          </Button>
        )}
      </PageHead>
      <Tabs
        activeKey={filters.tab ?? "holes"}
        onChange={(tab) => setFilters({ tab })}
        items={[
          {
            key: "holes",
            label: "空缺",
            children: (
              <ConnectionTable
                label="空缺"
                query={Holes}
                variables={{}}
                version={version}
                empty="责任牌都齐了"
                pick={(data) => ({
                  ...data.responsibilityHoles,
                  edges: data.responsibilityHoles.edges.map(({ node }) => ({ node: { ...node, id: `${node.premises?.id}-${node.kind}` } })),
                })}
                columns={[
                  { title: "场所", width: "34%", cell: (row) => row.premises?.name ?? "—" },
                  { title: "地址", cell: (row) => row.premises?.address ?? "—" },
                  { title: "问题", cell: (row) => HOLE[row.kind] },
                  { title: "空缺", cell: (row) => row.vacant.map((slot) => SLOT[slot]).join("、") || "—" },
                  {
                    title: "办理",
                    cell: (row) =>
                      may && row.premises ? (
                        <Button size="small" onClick={() => setAssigning([row.premises!.id])}>
                          落实
                        </Button>
                      ) : (
                        "—"
                      ),
                  },
                ]}
              />
            ),
          },
          {
            key: "plates",
            label: "责任牌",
            children: (
              <ConnectionTable
                label="责任牌"
                query={Plates_}
                variables={{}}
                version={version}
                pick={(data) => data.responsibilityPlates}
                empty="还没有责任牌"
                columns={[
                  { title: "企业", width: "24%", cell: (row) => row.enterprise?.name ?? row.premises?.name ?? "—" },
                  { title: SLOT.ADMIN_HEAD, cell: (row) => who(row.adminHead) },
                  { title: SLOT.INDUSTRY_HEAD, cell: (row) => who(row.industryHead) },
                  { title: SLOT.ENTERPRISE_HEAD, cell: (row) => who(row.enterpriseHead) },
                  { title: "状态", cell: (row) => <StateTag state={row.state} table={PLATE_STATE} /> },
                  {
                    title: "公示",
                    cell: (row) =>
                      row.publicUrl ? (
                        <a href={new URL(row.publicUrl, location.origin).pathname} target="_blank" rel="noopener">
                          第 {row.version} 版
                        </a>
                      ) : (
                        "—"
                      ),
                  },
                ]}
              />
            ),
          },
          {
            key: "persons",
            label: "责任人",
            children: (
              <ConnectionTable
                label="责任人"
                query={Persons}
                variables={{ inOffice: null }}
                version={version}
                pick={(data) => data.responsiblePersons}
                empty="还没有登记责任人"
                columns={[
                  { title: "姓名", cell: (row) => row.name },
                  { title: "职务", cell: (row) => row.office },
                  { title: "单位", cell: (row) => row.organisation },
                  { title: "任职", cell: (row) => <span className="number">{`${row.inOfficeFrom} 至 ${row.inOfficeTo ?? "今"}`}</span> },
                  {
                    title: "办理",
                    cell: (row) =>
                      may && row.inOffice ? (
                        <ActButton title="离任" document={Leave} fixed={{ personId: row.id }} onDone={changed} button={{ size: "small" }} fields={[{ name: "leftOn", label: "不再任职的第一日", kind: "day", required: true, initial: legalDay(new Date()) }]}>
                          离任
                        </ActButton>
                      ) : (
                        "—"
                      ),
                  },
                ]}
              />
            ),
          },
        ]}
      />
      {assigning && (
        <AssignDialog
          premises={assigning}
          onClose={() => setAssigning(null)}
          onDone={() => {
            setAssigning(null);
            changed();
          }}
        />
      )}
    </>
  );
}

type Slots = { adminHeadId?: string; industryHeadId?: string; enterpriseHeadId?: string };
type Changes = { new: number; changed: number; unchanged: number; incomplete: number };

function AssignDialog({ premises, onClose, onDone }: { premises: string[] | "all"; onClose: () => void; onDone: () => void }) {
  const client = useClient();
  const { message } = App.useApp();
  const [{ data, fetching }] = useQuery({ query: Persons, variables: { inOffice: true, first: 100, after: null } });
  const [heads, setHeads] = useState<Slots>({});
  const [seen, setSeen] = useState<Changes | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const persons = data?.responsiblePersons.edges.map(({ node }) => node) ?? [];
  const send = async (preview: boolean) => {
    setProblem(null);
    const where = premises === "all" ? { all: true } : { premisesIds: premises };
    const answer = await client.mutation(Assign, { input: { where, heads, preview, idempotencyKey: crypto.randomUUID() } }).toPromise();
    const payload = answer.data?.assignPlates;
    const refusal = payload?.errors[0];
    if (refusal || !payload) {
      setProblem(refusal ? refusalLine(refusal) : "没有成功，请重试");
      return;
    }
    if (preview) setSeen(payload.changes ?? null);
    else {
      void message.success("责任牌已更新");
      onDone();
    }
  };
  const select = (name: keyof Slots, label: string, official: boolean) => (
    <label key={name}>
      {label}
      <Select
        allowClear
        loading={fetching}
        showSearch={{ optionFilterProp: "label" }}
        style={{ width: "100%" }}
        placeholder="不改"
        value={heads[name]}
        onChange={(value: string | undefined) => {
          setSeen(null);
          setHeads({ ...heads, [name]: value });
        }}
        options={persons.filter((one) => one.official === official).map((one) => ({ value: one.id, label: `${one.name}（${one.organisation} ${one.office}）` }))}
      />
    </label>
  );
  return (
    <Modal
      open
      title={premises === "all" ? "批量落实责任牌" : "落实责任牌"}
      okText={seen ? "确认更新" : "预览"}
      okButtonProps={{ disabled: Object.values(heads).every((one) => !one) }}
      onCancel={onClose}
      onOk={() => void send(!seen)}
    >
      <Space orientation="vertical" style={{ width: "100%" }}>
        {premises === "all" && <Alert type="info" showIcon title="对所有在营场所：选了的责任人会换到每块牌上，没选的保持不变" />}
        {problem && <Alert type="error" showIcon role="alert" title={problem} />}
        {select("adminHeadId", SLOT.ADMIN_HEAD, true)}
        {select("industryHeadId", SLOT.INDUSTRY_HEAD, true)}
        {select("enterpriseHeadId", SLOT.ENTERPRISE_HEAD, false)}
        {seen && (
          <Alert
            type={seen.incomplete > 0 ? "warning" : "success"}
            showIcon
            role="status"
            title={`新设 ${number(seen.new)}，更换 ${number(seen.changed)}，不变 ${number(seen.unchanged)}，仍不齐全 ${number(seen.incomplete)}`}
          />
        )}
      </Space>
    </Modal>
  );
}
