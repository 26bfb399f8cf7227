import { Card } from "antd";

import type { CaseStep, DocumentKind } from "../gql/graphql";
import { CASE_CLOCK } from "../parts/caseLabels";
import { day, moment } from "../parts/format";
import { CASE_STATE, CASE_STEP, DEADLINE_STATE } from "../parts/labels";
import { articleText } from "../parts/lawWords";
import { DueTag, StateTag } from "../parts/Tags";
import { ToneTag } from "../parts/Tone";
import type { PenaltyCase } from "./caseSteps";

type Stage = { name: string; steps: CaseStep[]; rules: string[]; papers: DocumentKind[] };

/* The procedure of the 行政处罚法 as its acts follow one another. */
const STAGES: Stage[] = [
  { name: "立案", steps: [], rules: [], papers: ["CASE_FILING"] },
  { name: "调查取证", steps: ["ASSIGN", "REPORT", "RETURN"], rules: ["EVID_REG"], papers: [] },
  { name: "法制审核", steps: ["PASS"], rules: [], papers: [] },
  { name: "事先告知", steps: ["SERVE_NOTICE"], rules: [], papers: ["PENALTY_NOTICE"] },
  { name: "陈述申辩、听证", steps: ["DEFEND", "ASK_HEARING", "WAIVE_HEARING", "CALL_HEARING", "HOLD_HEARING"], rules: ["CASE_DEFENCE", "HEAR_REQ", "HEAR_NOTICE"], papers: ["HEARING_NOTICE"] },
  { name: "决定", steps: ["DECIDE", "DECIDE_ON_SPOT", "SPARE"], rules: ["DECIDE"], papers: ["PENALTY_DECISION"] },
  { name: "送达", steps: ["SERVE"], rules: ["SERVE"], papers: ["SERVICE_RECEIPT"] },
  { name: "公示", steps: ["PUBLISH"], rules: ["PUB_PENALTY", "WITHDRAW"], papers: [] },
  { name: "执行", steps: ["EXECUTE"], rules: ["FINE_PAY"], papers: [] },
  { name: "结案", steps: ["CLOSE", "TRANSFER", "SUSPEND", "RESUME", "ANNUL"], rules: [], papers: ["CLOSING_REPORT", "TRANSFER_LETTER"] },
];

/** Where the case stands in the procedure: what was done when, its clocks, and the documents. */
export function CaseProcedure({ found }: { found: PenaltyCase }) {
  const next = STAGES.findIndex((stage) => stage.steps.some((step) => step !== "RETURN" && found.possibleSteps.includes(step)));
  const rules = new Set(STAGES.flatMap((stage) => stage.rules));
  const papers = new Set(STAGES.flatMap((stage) => stage.papers));
  const documents = found.documents.edges.map(({ node }) => node);
  const stages = STAGES.map((stage, at) => ({
    ...stage,
    taken: found.history.filter((one) => stage.steps.includes(one.step)),
    clocks: found.deadlines.filter((one) => stage.rules.includes(one.rule) || (at === STAGES.length - 1 && !rules.has(one.rule))),
    issued: documents.filter((one) => stage.papers.includes(one.kind) || (at === STAGES.length - 1 && !papers.has(one.kind))),
    now: at === next,
  }));
  return (
    <ol className="cards" aria-label="办案程序">
      {stages.map((stage) => (
        <li key={stage.name} aria-current={stage.now ? "step" : undefined}>
          <Card
            size="small"
            title={stage.name}
            extra={stage.now ? <ToneTag tone="orange">现在</ToneTag> : stage.taken.length > 0 || stage.name === "立案" ? <ToneTag tone="green">已办</ToneTag> : null}
          >
            {stage.name === "立案" && <div className="number">{day(found.filedOn)} 立案（发现于 {day(found.foundOn)}）</div>}
            {stage.taken.map((one) => (
              <div key={`${one.step}${one.at}`} className="number">
                {moment(one.at)} {CASE_STEP[one.step]} → {CASE_STATE[one.state]}
              </div>
            ))}
            {stage.clocks.map((one) => (
              <div key={one.id}>
                <strong>{CASE_CLOCK[one.rule] ?? one.rule}</strong>（{one.onParty ? "当事人" : "本机关"}，{articleText(one.source)} {articleText(one.article)}）自 {day(one.startedOn)} 起，
                {one.dueOn ? <DueTag day={one.dueOn} done={one.state !== "RUNNING" && one.state !== "OVER"} /> : `${one.missingYear} 年的工作日历尚未公布`}{" "}
                <StateTag state={one.state} table={DEADLINE_STATE} />
                {!one.confirmed && <ToneTag>待核对原文</ToneTag>}
              </div>
            ))}
            {stage.issued.map((one) => (
              <div key={one.id}>
                文书：{one.downloadUrl ? <a href={one.downloadUrl}>{one.title}</a> : `${one.title}（制作中）`} <span className="number">{one.number} · {one.issuedOn}</span>
                {one.standing !== "VALID" && <ToneTag tone="red">{one.standing === "VOIDED" ? "已作废" : "已被替换"}</ToneTag>}
              </div>
            ))}
            {stage.taken.length + stage.clocks.length + stage.issued.length === 0 && stage.name !== "立案" && <span>—</span>}
          </Card>
        </li>
      ))}
    </ol>
  );
}
