import { Card, Space, Tabs } from "antd";

import { useSession } from "../app/session";
import { graphql } from "../gql";
import type { ConsolePostCardQuery, PostCardKind } from "../gql/graphql";
import { ActButton } from "../parts/Act";
import { CountTable, Ratio } from "../parts/CountTable";
import { CARD_CHECK, CARD_KIND } from "../parts/fieldLabels";
import { day, legalDay } from "../parts/format";
import { options } from "../parts/labels";
import { PageHead } from "../parts/Page";
import { RegisterPicker } from "../parts/Pickers";
import { Records } from "../parts/Records";
import { ToneTag } from "../parts/Tone";
import { useFilters } from "../parts/useSearch";
import { FIELD_ACT } from "./fieldActs";

const Cards = graphql(`
  query ConsolePostCards($kind: PostCardKind, $first: Int!, $after: String) {
    postCards(kind: $kind, first: $first, after: $after) {
      totalCount
      edges { node { id kind number validFrom validTo post { name enterprise { name } } } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);
const One = graphql(`
  query ConsolePostCard($id: ID!) {
    node(id: $id) {
      ... on PostCard {
        id kind number lines passMark validFrom validTo
        questions { text choices }
        post { name enterprise { name } }
        issues { id holder issuedOn signedOn checks { kind passed score note checkedOn } }
      }
    }
  }
`);
const Posts = graphql(`
  query ConsoleStaffPosts($first: Int!, $after: String) {
    staffPosts(first: $first, after: $after) {
      totalCount
      edges { node { id name openedOn closedOn enterprise { name } statements { holder signedOn endedOn } } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);
const Post = graphql(`
  query ConsoleStaffPost($id: ID!) {
    node(id: $id) {
      ... on StaffPost { id name openedOn closedOn enterprise { name } statements { holder content assessment signedOn endedOn } }
    }
  }
`);
const Counts = graphql(`
  query ConsolePostCardCounts($since: Date!) {
    postCardCounts(since: $since) {
      town { id name }
      postCoverage { numerator denominator value }
      understood { numerator denominator value }
      byKind { kind understood { numerator denominator value } }
    }
  }
`);

type PostCard = Extract<NonNullable<ConsolePostCardQuery["node"]>, { passMark: number }>;

/** 两单两卡: posts, their statements and cards, who holds them and what was understood. */
export function PostCards() {
  const { can } = useSession();
  const [filters, setFilters] = useFilters<"tab" | "kind" | "id" | "post">();
  const since = `${legalDay(new Date()).slice(0, 4)}-01-01`;
  const reads = can("POST_CARD", "READ_OWN", "READ_ACROSS");
  return (
    <>
      <PageHead title="岗位与两单两卡" />
      <Tabs
        activeKey={filters.tab ?? (reads ? "cards" : "counts")}
        onChange={(tab) => setFilters({ tab, kind: null, id: null, post: null })}
        destroyOnHidden
        items={[
          ...(reads ? [{ key: "cards", label: "清单与卡", children: <CardList /> }] : []),
          ...(can("UNIT_DUTY", "READ_OWN", "READ_ACROSS") ? [{ key: "posts", label: "岗位与责任书", children: <PostList /> }] : []),
          ...(can("POST_CARD", "READ_COUNTS", "READ_OWN", "READ_ACROSS")
            ? [
                {
                  key: "counts",
                  label: "覆盖与掌握",
                  children: (
                    <CountTable
                      label="两单两卡统计"
                      query={Counts}
                      variables={{ since }}
                      pick={(data) => data.postCardCounts}
                      rowKey={(row) => row.town.id}
                      columns={[
                        { title: "镇街", cell: (row) => row.town.name },
                        { title: "四件齐全的岗位", right: true, cell: (row) => <Ratio of={row.postCoverage} /> },
                        { title: "抽查通过", right: true, cell: (row) => <Ratio of={row.understood} /> },
                        { title: "其中", cell: (row) => row.byKind.map((one) => `${CARD_CHECK[one.kind]} ${one.understood.numerator}÷${one.understood.denominator}`).join("；") || "—" },
                      ]}
                    />
                  ),
                },
              ]
            : []),
        ]}
      />
    </>
  );
}

function CardList() {
  const { can } = useSession();
  return (
    <Records
      label="清单与卡"
      query={Cards}
      pick={(data) => data.postCards}
      variables={({ kind }) => ({ kind: (kind as PostCardKind | undefined) ?? null })}
      filters={[{ name: "kind", label: "种类", options: options(CARD_KIND) }]}
      empty="还没有清单和卡。在岗位的详情里编写"
      columns={[
        { title: "卡", width: "26%", cell: (row) => `${row.post?.name ?? "岗位"} · ${CARD_KIND[row.kind]}` },
        { title: "企业", width: "30%", cell: (row) => row.post?.enterprise?.name ?? "—" },
        { title: "版本", right: true, cell: (row) => row.number },
        { title: "有效期", cell: (row) => <span className="number">{`${row.validFrom} 至 ${row.validTo}`}</span> },
      ]}
      detail={{
        query: One,
        title: "卡的详情",
        pick: (data) => (data.node && "passMark" in data.node ? (data.node as PostCard) : null),
        heading: (one) => `${one.post?.name ?? "岗位"} · ${CARD_KIND[one.kind]}（第 ${one.number} 版）`,
        steps: (one) => [
          {
            label: "发放",
            may: can("POST_CARD", "WRITE"),
            act: { title: "发放给员工", document: FIELD_ACT.issuePostCard, fixed: { cardId: one.id }, fields: [{ name: "holders", label: "员工姓名", kind: "words", required: true }] },
          },
        ],
        facts: (one) => [
          ["企业", one.post?.enterprise?.name],
          ["有效期", `${day(one.validFrom)} 至 ${day(one.validTo)}`],
          ["内容", <ol key="lines" style={{ margin: 0, paddingInlineStart: 20 }}>{one.lines.map((line) => <li key={line}>{line}</li>)}</ol>],
          ["测验", one.questions.length === 0 ? "没有" : `${one.questions.length} 题，答对百分之 ${one.passMark} 通过`],
        ],
        more: (one, changed) => <Holders card={one} changed={changed} />,
      }}
    />
  );
}

function Holders({ card, changed }: { card: PostCard; changed: () => void }) {
  const { can } = useSession();
  const writes = can("POST_CARD", "WRITE");
  return (
    <>
      <h3>持卡人 {card.issues.length}</h3>
      <ul className="cards">
        {card.issues.map((issue) => (
          <li key={issue.id}>
            <Card size="small">
              <strong>{issue.holder}</strong> <span className="number">{issue.issuedOn} 发放</span>{" "}
              <ToneTag tone={issue.signedOn ? "green" : "orange"}>{issue.signedOn ? `${issue.signedOn} 签收` : "未签收"}</ToneTag>
              {issue.checks.map((check) => (
                <div key={`${check.kind}${check.checkedOn}${check.score}`}>
                  {check.checkedOn} {CARD_CHECK[check.kind]} <ToneTag tone={check.passed ? "green" : "red"}>{check.passed ? "通过" : "没有通过"}</ToneTag> {check.score == null ? "" : `${check.score} 分`} {check.note}
                </div>
              ))}
              <Space wrap style={{ marginTop: 8 }}>
                {writes && !issue.signedOn && (
                  <ActButton title="登记签收" document={FIELD_ACT.signPostCard} fixed={{ issueId: issue.id }} onDone={changed} intro={`${issue.holder} 已当面签收。`}>
                    签收
                  </ActButton>
                )}
                {writes && card.questions.length > 0 && (
                  <ActButton
                    title={`测验：${issue.holder}`}
                    document={FIELD_ACT.takeCardQuiz}
                    fixed={{ issueId: issue.id }}
                    onDone={changed}
                    fields={card.questions.map((question, at) => ({
                      name: `answer${at}`,
                      label: `${at + 1}. ${question.text}`,
                      kind: "radio" as const,
                      required: true,
                      options: question.choices.map((choice, place) => ({ value: String(place + 1), label: choice })),
                    }))}
                    shape={(values) => ({ answers: card.questions.map((_, at) => Number(values[`answer${at}`])) })}
                  >
                    测验
                  </ActButton>
                )}
                {can("POST_CARD", "VERIFY") && (
                  <ActButton
                    title={`抽查：${issue.holder}`}
                    document={FIELD_ACT.recordCardCheck}
                    fixed={{ issueId: issue.id }}
                    onDone={changed}
                    fields={[
                      { name: "kind", label: "方式", kind: "radio", required: true, options: options(CARD_CHECK).filter((one) => one.value !== "QUIZ") },
                      { name: "passed", label: "结果", kind: "radio", required: true, options: [{ value: "yes", label: "通过" }, { value: "no", label: "没有通过" }] },
                      { name: "note", label: "听到或看到的", kind: "area", required: true },
                    ]}
                    shape={(values) => ({ ...values, passed: values.passed === "yes" }) as never}
                  >
                    抽查
                  </ActButton>
                )}
              </Space>
            </Card>
          </li>
        ))}
      </ul>
    </>
  );
}

function PostList() {
  const { can } = useSession();
  const writes = can("UNIT_DUTY", "WRITE");
  const today = legalDay(new Date());
  return (
    <Records
      label="岗位"
      name="post"
      query={Posts}
      pick={(data) => data.staffPosts}
      empty="还没有登记岗位"
      starts={[
        {
          label: "登记岗位",
          may: writes,
          act: {
            title: "登记岗位",
            document: FIELD_ACT.openStaffPost,
            fields: [
              { name: "enterpriseId", label: "企业", required: true, control: <RegisterPicker within="enterprise" /> },
              { name: "name", label: "岗位", required: true },
              { name: "openedOn", label: "设立日期", kind: "day", required: true, initial: today },
            ],
          },
        },
      ]}
      columns={[
        { title: "岗位", width: "26%", cell: (row) => row.name },
        { title: "企业", width: "34%", cell: (row) => row.enterprise?.name ?? "—" },
        { title: "责任书", cell: (row) => (row.statements.some((one) => !one.endedOn) ? "已签订" : row.closedOn ? "—" : <ToneTag tone="orange">没有</ToneTag>) },
        { title: "状态", cell: (row) => (row.closedOn ? "已撤销" : "在岗") },
      ]}
      detail={{
        query: Post,
        title: "岗位详情",
        pick: (data) => (data.node && "openedOn" in data.node && "statements" in data.node ? data.node : null),
        heading: (one) => one.name,
        steps: (one) => [
          {
            label: "签订责任书",
            may: writes && !one.closedOn,
            act: {
              title: "签订安全生产责任书",
              document: FIELD_ACT.signResponsibilityStatement,
              fixed: { postId: one.id },
              intro: "责任书写明责任人员、责任范围和考核标准（安全生产法第二十二条）。",
              fields: [
                { name: "holder", label: "责任人", required: true },
                { name: "content", label: "责任范围", kind: "area", required: true },
                { name: "assessment", label: "考核标准", kind: "area", required: true },
                { name: "signedOn", label: "签订日期", kind: "day", required: true, initial: today },
              ],
            },
          },
          {
            label: "编写清单或卡",
            may: can("POST_CARD", "WRITE") && !one.closedOn,
            act: {
              title: "编写新版本",
              document: FIELD_ACT.writePostCard,
              fixed: { postId: one.id },
              shape: (values) => ({ ...values, lines: String(values.lines).split("\n").map((line) => line.trim()).filter(Boolean), questions: ((values.questions as Record<string, unknown>[] | undefined) ?? []).map((question) => ({ ...question, answer: Number(question.answer) })) }),
              fields: [
                { name: "kind", label: "种类", kind: "radio", options: options(CARD_KIND), required: true },
                { name: "lines", label: "内容（一行一条）", kind: "area", required: true },
                { name: "riskPremisesId", label: "按场所的风险点", control: <RegisterPicker />, when: (values) => values.kind === "RISK_LIST" },
                {
                  name: "questions",
                  label: "测验题",
                  kind: "rows",
                  row: [
                    { name: "text", label: "问题", required: true },
                    { name: "choices", label: "选项", kind: "words", required: true },
                    { name: "answer", label: "正确的是第几项", kind: "number", required: true },
                  ],
                },
              ],
            },
          },
          { label: "撤销岗位", may: writes && !one.closedOn, danger: true, act: { title: "撤销岗位", document: FIELD_ACT.closeStaffPost, fixed: { postId: one.id }, intro: "责任书同时终止。" } },
        ],
        facts: (one) => [
          ["企业", one.enterprise?.name],
          ["设立", day(one.openedOn)],
          one.closedOn ? ["撤销", day(one.closedOn)] : null,
        ],
        more: (one) => (
          <ul className="cards" style={{ marginTop: 12 }}>
            {one.statements.map((statement) => (
              <li key={statement.holder + statement.signedOn}>
                <Card size="small">
                  <strong>{statement.holder}</strong> {day(statement.signedOn)}签订{statement.endedOn ? `，${day(statement.endedOn)}终止` : ""}
                  <div className="pre">责任范围：{statement.content}</div>
                  <div className="pre">考核标准：{statement.assessment}</div>
                </Card>
              </li>
            ))}
          </ul>
        ),
      }}
    />
  );
}
