import { Button, Card, Tabs } from "antd";

import { useSession } from "../app/session";
import { articleText } from "../parts/lawWords";
import { graphql } from "../gql";
import type { CaseState, TransferState } from "../gql/graphql";
import { ActButton } from "../parts/Act";
import { FILE_PIECE, IDENTITY_DOCUMENT, OFFENDER, OFFENDER_ROLE, penaltyText, TRANSFER_REASON, TRANSFER_STATE } from "../parts/caseLabels";
import { day, legalDay, yuan } from "../parts/format";
import { useItemNames } from "../parts/items";
import { CASE_STATE, options } from "../parts/labels";
import { PageHead } from "../parts/Page";
import { PurposeGate } from "../parts/PurposeGate";
import { BodyPicker, RegisterPicker } from "../parts/Pickers";
import { Facts, Records, Steps, type Step } from "../parts/Records";
import { StateTag } from "../parts/Tags";
import { ToneTag } from "../parts/Tone";
import { UploadEvidence } from "../parts/UploadEvidence";
import { useFilters } from "../parts/useSearch";
import { CASE_ACT } from "./caseActs";
import { CaseProcedure } from "./CaseProcedure";
import { besides, stepsOf, type PenaltyCase } from "./caseSteps";

const List = graphql(`
  query ConsolePenaltyCases($where: PenaltyCaseWhere, $first: Int!, $after: String) {
    penaltyCases(where: $where, first: $first, after: $after) {
      totalCount
      edges { node { id number state act filedOn fine enterprise { name } person { name } body { name } } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);
const One = graphql(`
  query ConsolePenaltyCase($id: ID!) {
    node(id: $id) {
      ... on PenaltyCase {
        id number state simple item act basis foundOn filedOn inspectionId grave hearingDue noticedKinds noticedFine noticeServedOn defence
        defenceAnswer hearingOn decisionNumber decidedOn kinds fine servedOn publishedOn executedOn annulledOn withdrawnOn closedOn possibleSteps
        enterprise { name }
        person { name role idKind idMasked }
        body { id name }
        officers { name cardNo }
        registeredEvidence { id thing registeredOn handling handledOn }
        history { step state at }
        deadlines { id rule article source confirmed onParty startedOn dueOn missingYear metOn state }
        account { fine surcharge owed due { on amount } paid { on amount } }
        fileCompleteness { complete missing }
        documents(first: 50) { edges { node { id kind title number issuedOn standing downloadUrl } } }
      }
    }
  }
`);
const Transfers = graphql(`
  query ConsoleCaseTransfers($state: TransferState, $first: Int!, $after: String) {
    caseTransfers(state: $state, first: $first, after: $after) {
      totalCount
      edges { node { id offender direction reason state act item openedOn otherBody } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);
const Transfer = graphql(`
  query ConsoleCaseTransfer($id: ID!) {
    node(id: $id) {
      ... on CaseTransfer {
        id offender direction reason state article act item foundOn otherBody otherFiledOn openedOn sentOn answeredOn answer dispute
        designatedBy designation designatedOn designatedSelf
        documents(first: 20) { edges { node { id title number issuedOn downloadUrl } } }
      }
    }
  }
`);

/** Penalty cases with their procedure, and the acts that are another body's. */
export function Cases() {
  const { can } = useSession();
  const [filters, setFilters] = useFilters<"tab" | "state" | "id" | "transfer" | "transferState">();
  return (
    <>
      <PageHead title="处罚案件" />
      <Tabs
        activeKey={filters.tab ?? "cases"}
        onChange={(tab) => setFilters({ tab, state: null, id: null, transfer: null, transferState: null })}
        items={[
          { key: "cases", label: "案件", children: <CaseList /> },
          ...(can("CASE", "READ_OWN") && can("INSPECTION", "WRITE") ? [{ key: "transfers", label: "移送与管辖", children: <TransferList /> }] : []),
        ]}
      />
    </>
  );
}

const person = (values: Record<string, unknown>) => values.partyKind === "PERSON";

/** The party: a person of the enterprise, or the enterprise. */
const offender = (row: { enterprise?: { name: string } | null; person?: { name: string } | null }) =>
  row.person ? `${row.person.name}（${row.enterprise?.name ?? "—"}）` : (row.enterprise?.name ?? "—");

/** Number and address are sealed: whoever reads them says why, and the town keeps the receipt. */
function Identity({ caseId }: { caseId: string }) {
  const purpose = {
    needed: true,
    document: CASE_ACT.revealOffender,
    input: (id: string, why: string) => ({ caseId: id, purpose: why }),
    pick: (data: any) => data?.revealOffender?.identity as { idNumber: string; address: string } | null,
  };
  return (
    <details>
      <summary>说明目的后查阅</summary>
      <PurposeGate id={caseId} purpose={purpose}>
        {(one) => `${one.idNumber}，${one.address}`}
      </PurposeGate>
    </details>
  );
}

function CaseList() {
  const { can, viewer } = useSession();
  const items = useItemNames();
  const rights = (found: PenaltyCase) => {
    const own = viewer.body != null && viewer.body.id === found.body?.id;
    return { write: own && can("CASE", "WRITE"), decide: own && can("CASE", "DECIDE"), object: can("CASE", "OBJECT") };
  };
  return (
    <Records
      label="案件"
      query={List}
      pick={(data) => data.penaltyCases}
      variables={({ state }) => ({ where: state ? { state: state as CaseState } : {} })}
      filters={[{ name: "state", label: "状态", options: options(CASE_STATE) }]}
      empty="没有案件"
      starts={[
        {
          label: "立案",
          may: can("INSPECTION", "WRITE") && viewer.body != null,
          act: {
            title: "立案",
            document: CASE_ACT.fileCase,
            intro: "本机关没有处罚权，或者其他机关已先立案的，系统登记移送义务而不立案。",
            done: "已登记",
            fields: [
              { name: "premisesId", label: "经营场所", required: true, control: <RegisterPicker /> },
              { name: "number", label: "立案号", required: true, max: 80 },
              { name: "item", label: "违反的检查事项", kind: "choice", options: items.options, required: true },
              { name: "act", label: "违法行为", kind: "area", required: true, max: 4000 },
              { name: "basis", label: "违反的规定", required: true },
              { name: "foundOn", label: "发现日期", kind: "day", required: true, initial: legalDay(new Date()) },
              { name: "beganOn", label: "行为开始日期", kind: "day", required: true, initial: legalDay(new Date()) },
              { name: "endedOn", label: "行为终了日期", kind: "day", help: "还在继续的不填" },
              { name: "partyKind", label: "当事人", kind: "radio", options: options(OFFENDER), initial: "BODY" },
              { name: "name", label: "姓名", required: true, max: 60, when: person },
              { name: "role", label: "身份", kind: "choice", options: options(OFFENDER_ROLE), required: true, when: person },
              { name: "idKind", label: "证件种类", kind: "radio", options: options(IDENTITY_DOCUMENT), initial: "RESIDENT_ID", when: person },
              { name: "idNumber", label: "证件号码", required: true, max: 30, help: "加密保存，只显示末四位", when: person },
              { name: "address", label: "住址", required: true, max: 200, help: "加密保存，载入文书", when: person },
              { name: "harmedLifeOrHealth", label: "危害生命健康安全（追究时效延长）", kind: "flag" },
            ],
            shape: ({ name, role, idKind, idNumber, address, ...rest }) =>
              rest.partyKind === "PERSON" ? { ...rest, person: { name, role, idKind, idNumber, address } } : rest,
          },
        },
      ]}
      columns={[
        { title: "案号", cell: (row) => row.number },
        { title: "当事人", width: "24%", cell: (row) => offender(row) },
        { title: "违法行为", width: "24%", cell: (row) => row.act },
        { title: "状态", cell: (row) => <StateTag state={row.state} table={CASE_STATE} /> },
        { title: "立案", cell: (row) => <span className="number">{row.filedOn}</span> },
        { title: "罚款", right: true, cell: (row) => (row.fine === "0" ? "—" : yuan(row.fine)) },
        { title: "机关", cell: (row) => row.body?.name ?? "—", wideOnly: true },
      ]}
      detail={{
        query: One,
        title: "案件详情",
        pick: (data) => (data.node && "filedOn" in data.node ? (data.node as PenaltyCase) : null),
        heading: (found) => (
          <>
            {found.number} <StateTag state={found.state} table={CASE_STATE} /> {found.simple && <ToneTag>简易程序</ToneTag>} {found.grave && <ToneTag tone="orange">须集体讨论</ToneTag>}
          </>
        ),
        steps: (found) => stepsOf(found, rights(found)),
        facts: (found) => [
          ["当事人", offender(found)],
          found.person != null && ["身份证件", `${IDENTITY_DOCUMENT[found.person.idKind]} ${found.person.idMasked}`],
          found.person != null && rights(found).write && ["证件号码和住址", <Identity key={found.id} caseId={found.id} />],
          ["机关", found.body?.name],
          ["违法行为", <span className="pre" key="act">{found.act}</span>],
          ["事项", items.name(found.item)],
          ["依据", found.basis],
          ["承办人", found.officers.map((one) => `${one.name}（${one.cardNo}）`).join("、")],
          found.inspectionId ? ["来自检查", <a key="visit" href={`/console/inspections?id=${encodeURIComponent(found.inspectionId)}`}>查看检查</a>] : null,
          found.noticedKinds.length > 0 && ["拟处罚", `${penaltyText(found.noticedKinds, found.noticedFine)}${found.hearingDue ? "（可以要求听证）" : ""}`],
          found.defence ? ["陈述申辩", <span className="pre" key="defence">{found.defence}</span>] : null,
          found.defenceAnswer ? ["复核意见", <span className="pre" key="answer">{found.defenceAnswer}</span>] : null,
          found.hearingOn ? ["听证", day(found.hearingOn)] : null,
          found.decidedOn ? ["决定", `${found.decisionNumber ?? ""} ${day(found.decidedOn)}：${penaltyText(found.kinds, found.fine)}`] : null,
          found.annulledOn ? ["撤销", `${day(found.annulledOn)}撤销，${found.withdrawnOn ? `${day(found.withdrawnOn)}撤下公示` : "尚未确认撤下公示"}`] : null,
        ],
        more: (found, changed) => <More found={found} can={rights(found)} changed={changed} />,
      }}
    />
  );
}

function More({ found, can, changed }: { found: PenaltyCase; can: { write: boolean; decide: boolean; object: boolean }; changed: () => void }) {
  const account = found.account;
  const session = useSession();
  return (
    <Tabs
      style={{ marginTop: 12 }}
      items={[
        { key: "procedure", label: "程序、期限与文书", children: <CaseProcedure found={found} /> },
        {
          key: "besides",
          label: "证据与其他",
          children: (
            <>
              <Steps steps={besides(found, can)} onDone={changed} label="其他办理" />
              {session.can("EVIDENCE", "WRITE") && <UploadEvidence subjectKind="CASE" subjectId={found.id} onDone={changed} />}
              <p>
                <a href={`/console/evidence?subject=${encodeURIComponent(found.id)}`}>查看本案证据与保管记录</a>
              </p>
              <ul className="cards">
                {found.registeredEvidence.map((one) => (
                  <li key={one.id}>
                    <Card size="small">
                      先行登记保存：{one.thing}（{day(one.registeredOn)}）
                      {one.handling ? `；处理：${one.handling}（${day(one.handledOn)}）` : ""}
                      {!one.handling && can.write && (
                        <div style={{ marginTop: 8 }}>
                          <ActButton title="处理登记保存的物品" document={CASE_ACT.handleRegisteredEvidence} fixed={{ evidenceId: one.id }} onDone={changed} fields={[{ name: "handling", label: "处理决定", kind: "area", required: true }]}>
                            处理
                          </ActButton>
                        </div>
                      )}
                    </Card>
                  </li>
                ))}
              </ul>
              <p>
                案卷：{found.fileCompleteness.complete ? <ToneTag tone="green">齐全</ToneTag> : `还缺 ${found.fileCompleteness.missing.map((one) => FILE_PIECE[one]).join("、")}`}
              </p>
            </>
          ),
        },
        ...(account
          ? [
              {
                key: "money",
                label: "罚款",
                children: (
                  <Facts
                    facts={[
                      ["罚款", yuan(account.fine)],
                      ["应缴", account.due.map((one) => `${one.on} 前 ${yuan(one.amount)}`).join("；")],
                      ["已缴", account.paid.map((one) => `${one.on} ${yuan(one.amount)}`).join("；")],
                      ["加处罚款（每日百分之三，不超过罚款）", yuan(account.surcharge)],
                      ["尚欠", <strong key="owed">{yuan(account.owed)}</strong>],
                    ]}
                  />
                ),
              },
            ]
          : []),
      ]}
    />
  );
}

function TransferList() {
  const { can, viewer } = useSession();
  const mine = can("INSPECTION", "WRITE") && viewer.body != null;
  const items = useItemNames();
  return (
    <Records
      label="移送"
      name="transfer"
      query={Transfers}
      pick={(data) => data.caseTransfers}
      variables={({ transferState }) => ({ state: (transferState as TransferState | undefined) ?? null })}
      filters={[{ name: "transferState", label: "状态", options: options(TRANSFER_STATE) }]}
      empty="没有移送"
      columns={[
        { title: "当事人", width: "26%", cell: (row) => row.offender },
        { title: "方向", cell: (row) => (row.direction === "OUT" ? "移出" : "移入") },
        { title: "违法行为", width: "26%", cell: (row) => row.act },
        { title: "原因", cell: (row) => TRANSFER_REASON[row.reason] },
        { title: "对方", cell: (row) => row.otherBody ?? "—" },
        { title: "状态", cell: (row) => <StateTag state={row.state} table={TRANSFER_STATE} /> },
      ]}
      detail={{
        query: Transfer,
        title: "移送详情",
        pick: (data) => (data.node && "direction" in data.node ? data.node : null),
        heading: (one) => (
          <>
            {one.offender} <StateTag state={one.state} table={TRANSFER_STATE} />
          </>
        ),
        steps: (one): Step[] => {
          const fixed = { transferId: one.id };
          const out = one.direction === "OUT";
          const act = (label: string, document: any, fields: Step["act"]["fields"], holds: boolean, shape?: Step["act"]["shape"]): Step[] => (holds && mine ? [{ label, may: true, act: { title: label, document, fixed, fields, shape } }] : []);
          return [
            ...act("移送案卷", CASE_ACT.sendTransfer, [
              { name: "toBodyId", label: "移送给", control: <BodyPicker />, help: one.otherBody ? `不选为${one.otherBody}` : undefined, required: !one.otherBody },
              { name: "contact", label: "联系人" },
            ], out && (one.state === "OWED" || one.state === "RETURNED")),
            ...act("答复移送", CASE_ACT.answerTransfer, [
              { name: "accepted", label: "答复", kind: "radio", options: [{ value: "yes", label: "接收" }, { value: "no", label: "退回" }], required: true },
              { name: "reason", label: "退回的理由", kind: "area", when: (values) => values.accepted === "no", required: true },
            ], !out && one.state === "SENT", (values) => ({ ...values, accepted: values.accepted === "yes" })),
            ...act("提出管辖争议", CASE_ACT.disputeJurisdiction, [{ name: "reason", label: "由本机关管辖的理由", kind: "area", required: true }], out && ["OWED", "RETURNED"].includes(one.state)),
            ...act("登记指定管辖", CASE_ACT.recordDesignation, [
              { name: "authority", label: "共同的上一级机关", required: true },
              { name: "number", label: "文号", required: true },
              { name: "on", label: "日期", kind: "day", required: true, initial: legalDay(new Date()) },
              { name: "toSelf", label: "指定本机关管辖", kind: "flag" },
            ], one.state === "DISPUTED", (values) => ({ ...values, toSelf: Boolean(values.toSelf) })),
          ];
        },
        facts: (one) => [
          ["方向", one.direction === "OUT" ? "本机关移出" : "移入本机关"],
          ["原因", `${TRANSFER_REASON[one.reason]}（${articleText(one.article)}）`],
          ["违法行为", one.act],
          ["事项", items.name(one.item)],
          ["发现", day(one.foundOn)],
          ["对方机关", one.otherBody],
          one.otherFiledOn ? ["对方立案", day(one.otherFiledOn)] : null,
          ["移送义务产生／移送", `${day(one.openedOn)}／${day(one.sentOn)}`],
          one.answeredOn ? ["答复", `${day(one.answeredOn)} ${one.answer ?? ""}`] : null,
          one.dispute ? ["争议", one.dispute] : null,
          one.designation ? ["指定管辖", `${one.designatedBy ?? ""} ${one.designation} ${day(one.designatedOn)}，${one.designatedSelf ? "由本机关管辖" : "由对方管辖"}`] : null,
          ["文书", one.documents.edges.map(({ node }) => <Button key={node.id} type="link" href={node.downloadUrl ?? undefined} disabled={!node.downloadUrl}>{`${node.title} ${node.number}`}</Button>)],
        ],
      }}
    />
  );
}
