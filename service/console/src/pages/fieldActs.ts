import { graphql } from "../gql";

/* One mutation for each act in accidents, guidance, duties, cards of posts, training and grids. */
export const FIELD_ACT = {
  reportAccident: graphql(`mutation FaReportAccident($input: ReportAccidentInput!) { reportAccident(input: $input) { accident { id } errors { code message path } } }`),
  supplementAccident: graphql(`mutation FaSupplementAccident($input: SupplementAccidentInput!) { supplementAccident(input: $input) { accident { id } errors { code message path } } }`),
  correctAccident: graphql(`mutation FaCorrectAccident($input: CorrectAccidentInput!) { correctAccident(input: $input) { accident { id } errors { code message path } } }`),
  markAccidentConcealed: graphql(`mutation FaMarkAccidentConcealed($input: MarkAccidentConcealedInput!) { markAccidentConcealed(input: $input) { accident { id } errors { code message path } } }`),
  checkIn: graphql(`mutation FaCheckIn($input: CheckInInput!) { checkIn(input: $input) { visit { id } errors { code message path } } }`),
  rateGuidance: graphql(`mutation FaRateGuidance($input: RateGuidanceInput!) { rateGuidance(input: $input) { visit { id } errors { code message path } } }`),
  declareKeyEvent: graphql(`mutation FaDeclareKeyEvent($input: DeclareKeyEventInput!) { declareKeyEvent(input: $input) { event { id } errors { code message path } } }`),
  cancelKeyEvent: graphql(`mutation FaCancelKeyEvent($input: CancelKeyEventInput!) { cancelKeyEvent(input: $input) { event { id } errors { code message path } } }`),
  addDutyItem: graphql(`mutation FaAddDutyItem($input: AddDutyItemInput!) { addDutyItem(input: $input) { item { id } errors { code message path } } }`),
  endDutyItem: graphql(`mutation FaEndDutyItem($input: EndDutyItemInput!) { endDutyItem(input: $input) { item { id } errors { code message path } } }`),
  fillDutyRecord: graphql(`mutation FaFillDutyRecord($input: FillDutyRecordInput!) { fillDutyRecord(input: $input) { record { id state } errors { code message path } } }`),
  writePostCard: graphql(`mutation FaWritePostCard($input: WritePostCardInput!) { writePostCard(input: $input) { card { id } errors { code message path } } }`),
  issuePostCard: graphql(`mutation FaIssuePostCard($input: IssuePostCardInput!) { issuePostCard(input: $input) { card { id } errors { code message path } } }`),
  signPostCard: graphql(`mutation FaSignPostCard($input: SignPostCardInput!) { signPostCard(input: $input) { issue { id } errors { code message path } } }`),
  takeCardQuiz: graphql(`mutation FaTakeCardQuiz($input: TakeCardQuizInput!) { takeCardQuiz(input: $input) { errors { code message path } } }`),
  recordCardCheck: graphql(`mutation FaRecordCardCheck($input: RecordCardCheckInput!) { recordCardCheck(input: $input) { errors { code message path } } }`),
  holdTraining: graphql(`mutation FaHoldTraining($input: HoldTrainingInput!) { holdTraining(input: $input) { session { id } errors { code message path } } }`),
  withdrawTraining: graphql(`mutation FaWithdrawTraining($input: WithdrawTrainingInput!) { withdrawTraining(input: $input) { session { id } errors { code message path } } }`),
  defineGrid: graphql(`mutation FaDefineGrid($input: DefineGridInput!) { defineGrid(input: $input) { grid { id } errors { code message path } } }`),
  assignGridCells: graphql(`mutation FaAssignGridCells($input: AssignGridCellsInput!) { assignGridCells(input: $input) { errors { code message path } } }`),
  openStaffPost: graphql(`mutation FaOpenStaffPost($input: OpenStaffPostInput!) { openStaffPost(input: $input) { post { id } errors { code message path } } }`),
  closeStaffPost: graphql(`mutation FaCloseStaffPost($input: CloseStaffPostInput!) { closeStaffPost(input: $input) { post { id } errors { code message path } } }`),
  signResponsibilityStatement: graphql(`mutation FaSignResponsibilityStatement($input: SignResponsibilityStatementInput!) { signResponsibilityStatement(input: $input) { post { id } errors { code message path } } }`),
};
