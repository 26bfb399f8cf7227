import { graphql } from "../gql";

/* One mutation for each act on a report to 12350. */
export const REPORT_ACT = {
  submit: graphql(`mutation CrSubmit($input: SubmitReportInput!) { submitReport(input: $input) { trackingCode errors { code message path } } }`),
  accept: graphql(`mutation CrAccept($input: ReportInput!) { acceptReport(input: $input) { report { id state } errors { code message path } } }`),
  reject: graphql(`mutation CrReject($input: ReportReasonInput!) { rejectReport(input: $input) { report { id state } errors { code message path } } }`),
  transfer: graphql(`mutation CrTransfer($input: TransferReportInput!) { transferReport(input: $input) { report { id state } errors { code message path } } }`),
  extend: graphql(`mutation CrExtend($input: ReportReasonInput!) { extendReport(input: $input) { report { id state } errors { code message path } } }`),
  visit: graphql(`mutation CrVisit($input: RequestReportVisitInput!) { requestReportVisit(input: $input) { report { id state } errors { code message path } } }`),
  verify: graphql(`mutation CrVerify($input: VerifyReportInput!) { verifyReport(input: $input) { report { id state } errors { code message path } } }`),
  answer: graphql(`mutation CrAnswer($input: AnswerReportInput!) { answerReport(input: $input) { report { id state } errors { code message path } } }`),
  reckon: graphql(`mutation CrReckon($input: ReckonReportRewardInput!) { reckonReportReward(input: $input) { report { id state } errors { code message path } } }`),
  approve: graphql(`mutation CrApprove($input: ReportInput!) { approveReportReward(input: $input) { report { id state } errors { code message path } } }`),
  pay: graphql(`mutation CrPay($input: PayReportRewardInput!) { payReportReward(input: $input) { report { id state } errors { code message path } } }`),
  survey: graphql(`mutation CrSurvey($input: RecordAwarenessSurveyInput!) { recordAwarenessSurvey(input: $input) { survey { heldOn } errors { code message path } } }`),
};
