import { graphql } from "../gql";

/* What is asked about one enterprise, and one mutation for each act on its page. */
export const ENTERPRISE = graphql(`
  query ConsoleEnterprise($id: ID!) {
    node(id: $id) {
      ... on Enterprise {
        id name creditCode alternateId industryCode aboveQuota quotaBasisYear risk status scale tier
        principalName contactName contactPhone version updatedAt
        identifiers { kind value }
        revenueStatements { year revenue threshold aboveQuota }
        tierDecisions { number tier tableTier reason at }
        history { act version premisesId fields reason at }
        mergedInto { id name }
        mergedFrom { id name }
        premises { id name address latitude longitude status version }
      }
    }
  }
`);
export const STANDING = graphql(`
  query CeStanding($id: ID!) {
    node(id: $id) {
      ... on Enterprise {
        id
        certificates { id state grade appliedOn number issuedOn validTo daysLeft reason }
        conformity { conforms items { id level name required passed assessedOn addedOn endedOn } }
      }
    }
  }
`);
export const EQUIPMENT = graphql(`
  query CeEquipment($id: ID!) {
    node(id: $id) {
      ... on Enterprise {
        id
        premises {
          id name
          assets(first: 50) {
            totalCount
            edges {
              node {
                id kind name serial standing daysLeft lastInspectedOn nextDueOn retiredOn retirement
                inspections { inspectedOn passed nextDueOn body report note }
              }
            }
          }
        }
      }
    }
  }
`);
export const OPEN_HAZARDS = graphql(`
  query CeOpenHazards($id: ID!) {
    node(id: $id) { ... on Enterprise { id hazards(first: 100) { totalCount edges { node { id state grade dueOn } } } } }
  }
`);
export const ASSET_KINDS = graphql(`query CeAssetKinds { assetKinds { code name interval unit confirmed } }`);
export const GRIDS = graphql(`query CeGrids { grids(first: 100) { edges { node { id code name } } } }`);
export const HAZARDS = graphql(`
  query ConsoleEnterpriseHazards($id: ID!, $first: Int!, $after: String) {
    node(id: $id) {
      ... on Enterprise {
        hazards(first: $first, after: $after) {
          totalCount
          edges { node { id state grade description dueOn } }
          pageInfo { hasNextPage endCursor }
        }
      }
    }
  }
`);
export const RISKS = graphql(`
  query ConsolePremisesRisks($id: ID!, $first: Int!, $after: String) {
    riskPoints(where: { premisesId: $id }, first: $first, after: $after) {
      totalCount
      edges { node { id name state colour reviewDueOn } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);
export const VISITS = graphql(`
  query ConsolePremisesInspections($id: ID!, $first: Int!, $after: String) {
    inspections(where: { premisesId: $id }, first: $first, after: $after) {
      totalCount
      edges { node { id state kind plannedOn body { name } } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);
export const CHECKS = graphql(`
  query CePremisesChecks($id: ID!, $first: Int!, $after: String) {
    routineChecks(where: { premisesId: $id }, first: $first, after: $after) {
      totalCount
      edges { node { id kind state dueOn receivedAt routine { id unit } } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);
export const CASES = graphql(`
  query CeCases($id: ID!, $first: Int!, $after: String) {
    penaltyCases(where: { enterpriseId: $id }, first: $first, after: $after) {
      totalCount
      edges { node { id number state act filedOn fine body { name } } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);
export const PLATES = graphql(`
  query ConsolePremisesPlates($id: ID!) {
    responsibilityPlates(where: { premisesId: $id, state: CURRENT }, first: 1) {
      edges { node { id version adminHead { name office } industryHead { name office } enterpriseHead { name office } } }
    }
  }
`);

export const ENTERPRISE_ACT = {
  update: graphql(`mutation CeUpdate($input: UpdateEnterpriseInput!) { updateEnterprise(input: $input) { enterprise { id version } errors { code message path } } }`),
  suspend: graphql(`mutation CeSuspend($input: SuspendEnterpriseInput!) { suspendEnterprise(input: $input) { enterprise { id status } errors { code message path } } }`),
  reopen: graphql(`mutation CeReopen($input: ReopenEnterpriseInput!) { reopenEnterprise(input: $input) { enterprise { id status } errors { code message path } } }`),
  close: graphql(`mutation CeClose($input: CloseEnterpriseInput!) { closeEnterprise(input: $input) { enterprise { id status } errors { code message path } } }`),
  identifier: graphql(`mutation CeIdentifier($input: AddEnterpriseIdentifierInput!) { addEnterpriseIdentifier(input: $input) { enterprise { id } errors { code message path } } }`),
  revenue: graphql(`mutation CeRevenue($input: StateRevenueInput!) { stateRevenue(input: $input) { enterprise { id } errors { code message path } } }`),
  tier: graphql(`mutation CeTier($input: DecideSupervisionTierInput!) { decideSupervisionTier(input: $input) { enterprise { id tier } errors { code message path } } }`),
  addPlace: graphql(`mutation ConsoleAddPremises($input: AddPremisesInput!) { addPremises(input: $input) { premises { id } errors { code message path } } }`),
  updatePlace: graphql(`mutation CeUpdatePlace($input: UpdatePremisesInput!) { updatePremises(input: $input) { premises { id } errors { code message path } } }`),
  suspendPlace: graphql(`mutation CeSuspendPlace($input: SuspendPremisesInput!) { suspendPremises(input: $input) { premises { id status } errors { code message path } } }`),
  reopenPlace: graphql(`mutation CeReopenPlace($input: ReopenPremisesInput!) { reopenPremises(input: $input) { premises { id status } errors { code message path } } }`),
  movePlace: graphql(`mutation CeMovePlace($input: MovePremisesInput!) { movePremises(input: $input) { premises { id } errors { code message path } } }`),
  closePlace: graphql(`mutation CeClosePlace($input: ClosePremisesInput!) { closePremises(input: $input) { premises { id } errors { code message path } } }`),
  apply: graphql(`mutation CeApply($input: ApplyForStandardisationInput!) { applyForStandardisation(input: $input) { certificate { id state } errors { code message path } } }`),
  certificate: graphql(`mutation CeCertificate($input: RecordStandardisationCertInput!) { recordStandardisationCert(input: $input) { certificate { id state } errors { code message path } } }`),
  keepItems: graphql(`mutation CeKeepItems($input: KeepConformityItemsInput!) { keepConformityItems(input: $input) { items { id } errors { code message path } } }`),
  assess: graphql(`mutation CeAssess($input: AssessConformityInput!) { assessConformity(input: $input) { item { id passed } errors { code message path } } }`),
  endItem: graphql(`mutation CeEndItem($input: EndConformityItemInput!) { endConformityItem(input: $input) { item { id } errors { code message path } } }`),
  registerAsset: graphql(`mutation CeRegisterAsset($input: RegisterAssetInput!) { registerAsset(input: $input) { asset { id } errors { code message path } } }`),
  inspectAsset: graphql(`mutation CeInspectAsset($input: RecordAssetInspectionInput!) { recordAssetInspection(input: $input) { asset { id standing } errors { code message path } } }`),
  retireAsset: graphql(`mutation CeRetireAsset($input: RetireAssetInput!) { retireAsset(input: $input) { asset { id standing } errors { code message path } } }`),
};
