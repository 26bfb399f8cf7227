import { graphql } from "../gql";
import type { Right, RightSubject } from "../gql/graphql";
import { penaltyText } from "../parts/caseLabels";
import { CASE_STATE } from "../parts/labels";
import { PurposeGate } from "../parts/PurposeGate";
import { Facts, type Step } from "../parts/Records";
import type { ReviewedFile } from "./CaseReviews";

/* One mutation for each act of a review. */
export const REVIEW_ACT = {
  commit: graphql(`mutation CrvCommit($input: CommitReviewRoundInput!) { commitReviewRound(input: $input) { round { id state } errors { code message path } } }`),
  draw: graphql(`mutation CrvDraw($input: DrawReviewRoundInput!) { drawReviewRound(input: $input) { round { id state drawn } errors { code message path } } }`),
  void: graphql(`mutation CrvVoid($input: VoidReviewRoundInput!) { voidReviewRound(input: $input) { round { id state } errors { code message path } } }`),
  score: graphql(`mutation CrvScore($input: ScoreReviewedFileInput!) { scoreReviewedFile(input: $input) { file { id state } errors { code message path } } }`),
  accept: graphql(`mutation CrvAccept($input: ReviewedFileAct!) { acceptReviewResult(input: $input) { file { id state } errors { code message path } } }`),
  object: graphql(`mutation CrvObject($input: ReviewTextInput!) { objectToReviewResult(input: $input) { file { id state } errors { code message path } } }`),
  answer: graphql(`mutation CrvAnswer($input: AnswerReviewObjectionInput!) { answerReviewObjection(input: $input) { file { id state } errors { code message path } } }`),
  correct: graphql(`mutation CrvCorrect($input: CorrectReviewedFileInput!) { correctReviewedFile(input: $input) { file { id state } errors { code message path } } }`),
  judge: graphql(`mutation CrvJudge($input: JudgeFileCorrectionInput!) { judgeFileCorrection(input: $input) { file { id state } errors { code message path } } }`),
  exclude: graphql(`mutation CrvExclude($input: ReviewTextInput!) { excludeReviewedFile(input: $input) { file { id state } errors { code message path } } }`),
};
const Read = graphql(`
  mutation CrvRead($input: ReadReviewedCaseInput!) {
    readReviewedCase(input: $input) {
      case { id number state item act basis kinds fine history { step at } }
      errors { code message path }
    }
  }
`);

/** The case behind a drawn file, for whoever says what for. */
export function ReviewedCase({ id }: { id: string }) {
  return (
    <section aria-label="查阅案卷">
      <h3>查阅案卷</h3>
      <PurposeGate
        id={id}
        purpose={{ needed: true, document: Read, input: (fileId, purpose) => ({ fileId, purpose }), pick: (data) => data?.readReviewedCase.case }}
      >
        {(one) => (
          <Facts
            facts={[
              ["立案号", one.number],
              ["状态", CASE_STATE[one.state as keyof typeof CASE_STATE]],
              ["违法行为", one.act],
              ["依据", one.basis],
              ["处罚", penaltyText(one.kinds, one.fine)],
            ]}
          />
        )}
      </PurposeGate>
    </section>
  );
}

/** What can be done with a drawn file now; nobody reviews a file of the own body. */
export function stepsOfFile(one: ReviewedFile, can: (subject: RightSubject, ...rights: Right[]) => boolean, home: string | undefined): Step[] {
  const own = home !== undefined && one.body?.name === home;
  const reviews = can("CASE_REVIEW", "VERIFY") && !own;
  const made = one.body === null || one.body === undefined || own;
  const lines = one.rubric.criteria.map((line) => ({ value: line.code, label: line.veto ? `${line.text}（一票否决）` : `${line.text}（${line.points} 分）` }));
  const findings = {
    name: "findings",
    label: "扣分项",
    kind: "rows" as const,
    row: [
      { name: "criterion", label: "项目", kind: "choice" as const, required: true, options: lines },
      { name: "deducted", label: "扣几分", kind: "number" as const, help: "一票否决项不填" },
      { name: "note", label: "案卷里的问题", required: true, max: 400 },
    ],
  };
  const scored = (values: Record<string, unknown>) => ({ ...values, findings: ((values.findings as Record<string, unknown>[] | undefined) ?? []).map((row) => ({ ...row, deducted: row.deducted ?? 0 })) });
  const fixed = { fileId: one.id };
  const at = (...states: ReviewedFile["state"][]) => states.includes(one.state);
  return [
    {
      label: "评分",
      may: reviews && at("DRAWN", "SCORED_ONCE", "SPLIT"),
      who: at("DRAWN", "SCORED_ONCE", "SPLIT") ? "其他单位的评查人" : undefined,
      act: { title: "评分", document: REVIEW_ACT.score, fixed, shape: scored, intro: "先在下面说明目的、查阅案卷。没有问题就不加扣分项。", done: "已评分", fields: [findings, { name: "opinion", label: "总体意见", kind: "area", required: true }] },
    },
    { label: "不再评查", danger: true, may: reviews && at("DRAWN", "SCORED_ONCE", "SPLIT"), act: { title: "不再评查这一卷", document: REVIEW_ACT.exclude, fixed, fields: [{ name: "text", label: "原因", kind: "area", required: true }] } },
    { label: "接受结果", may: made && can("CASE_REVIEW", "OBJECT") && at("RESULT"), who: at("RESULT") ? "承办单位" : undefined, act: { title: "接受评查结果", document: REVIEW_ACT.accept, fixed, confirm: "接受后不能再提出异议。" } },
    { label: "提出异议", may: made && can("CASE_REVIEW", "OBJECT") && at("RESULT"), act: { title: "对评查结果提出异议", document: REVIEW_ACT.object, fixed, fields: [{ name: "text", label: "异议和理由", kind: "area", required: true }] } },
    {
      label: "答复异议",
      may: reviews && at("OBJECTED"),
      who: at("OBJECTED") ? "没有评过这一卷的评查人" : undefined,
      act: {
        title: "答复异议",
        document: REVIEW_ACT.answer,
        fixed,
        shape: ({ keeps, ...values }) => (keeps === "yes" ? { text: values.text } : scored(values)),
        fields: [
          { name: "keeps", label: "结果", kind: "radio", required: true, options: [{ value: "yes", label: "维持" }, { value: "no", label: "改变" }] },
          { ...findings, label: "改变后的扣分项", when: (values) => values.keeps === "no" },
          { name: "text", label: "复核意见", kind: "area", required: true },
        ],
      },
    },
    {
      label: "登记整改",
      may: made && can("CASE_REVIEW", "WRITE") && at("OWED"),
      who: at("OWED") ? "承办单位" : undefined,
      act: {
        title: "登记整改",
        document: REVIEW_ACT.correct,
        fixed,
        shape: (values) => ({ corrections: one.findings.map((found, index) => ({ criterion: found.criterion, text: values[`text${index}`] })) }),
        intro: "每个扣分项都要写明怎样整改。",
        fields: one.findings.map((found, index) => ({ name: `text${index}`, label: one.rubric.criteria.find((line) => line.code === found.criterion)?.text ?? found.criterion, kind: "area" as const, required: true, help: found.note, initial: found.correction ?? undefined })),
      },
    },
    {
      label: "验收整改",
      may: reviews && at("CORRECTED"),
      who: at("CORRECTED") ? "评查单位" : undefined,
      act: {
        title: "验收整改",
        document: REVIEW_ACT.judge,
        fixed,
        shape: ({ accepted, reason }) => ({ accepted: accepted === "yes", reason: reason ?? "" }),
        fields: [
          { name: "accepted", label: "结论", kind: "radio", required: true, options: [{ value: "yes", label: "通过" }, { value: "no", label: "退回" }] },
          { name: "reason", label: "退回原因", kind: "area", required: true, when: (values) => values.accepted === "no" },
        ],
      },
    },
  ];
}
