import { graphql } from "../gql";

/* One mutation for each act on an officer, and another team for a visit that lacks one. */
export const OFFICER_ACT = {
  appoint: graphql(`mutation OffAppoint($input: AppointOfficerInput!) { appointOfficer(input: $input) { officer { id version } errors { code message path } } }`),
  renew: graphql(`mutation OffRenew($input: RenewOfficerCardInput!) { renewOfficerCard(input: $input) { officer { id version } errors { code message path } } }`),
  skills: graphql(`mutation OffSkills($input: ChangeOfficerSkillsInput!) { changeOfficerSkills(input: $input) { officer { id version } errors { code message path } } }`),
  transfer: graphql(`mutation OffTransfer($input: TransferOfficerInput!) { transferOfficer(input: $input) { officer { id version } errors { code message path } } }`),
  dismiss: graphql(`mutation OffDismiss($input: DismissOfficerInput!) { dismissOfficer(input: $input) { officer { id version } errors { code message path } } }`),
  team: graphql(`mutation OffTeam($input: ChangeJointVisitTeamInput!) { changeJointVisitTeam(input: $input) { visit { id shortage } errors { code message path } } }`),
};
