import { graphql } from "../gql";

/* Acts of disputes and draws in joint enforcement. */
export const JOINT_ACT = {
  objectToJointPlan: graphql(`mutation JoObjectToJointPlan($input: ObjectToJointPlanInput!) { objectToJointPlan(input: $input) { objection { id } errors { code message path } } }`),
  ruleOnObjection: graphql(`mutation JoRuleOnObjection($input: RuleOnObjectionInput!) { ruleOnObjection(input: $input) { errors { code message path } } }`),
  commitRandomDraw: graphql(`mutation JoCommitRandomDraw($input: CommitRandomDrawInput!) { commitRandomDraw(input: $input) { draw { id state } errors { code message path } } }`),
  drawAtRandom: graphql(`mutation JoDrawAtRandom($input: DrawAtRandomInput!) { drawAtRandom(input: $input) { draw { id state } errors { code message path } } }`),
  voidRandomDraw: graphql(`mutation JoVoidRandomDraw($input: VoidRandomDrawInput!) { voidRandomDraw(input: $input) { draw { id state } errors { code message path } } }`),
  rateJointVisit: graphql(`mutation JoRateJointVisit($input: RateJointVisitInput!) { rateJointVisit(input: $input) { visit { id state } errors { code message path } } }`),
};
