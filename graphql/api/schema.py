"""The schema: the parts of all capabilities put together, and its printed form."""

from pathlib import Path
from typing import Any

import strawberry
from strawberry import relay
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.name_converter import NameConverter
from strawberry.tools import merge_types
from strawberry.types.base import StrawberryObjectDefinition

from api import (
    documents_of,  # noqa: F401  adds fields to inspections and cases
    hazards_of,  # noqa: F401  adds a field to Enterprise
)
from api.accidents import AccidentQuery
from api.accidents_acts import AccidentMutation
from api.administration import AdministrationMutation, AdministrationQuery
from api.app_usage import ApplicationQuery
from api.assessments import AssessmentQuery
from api.assessments_acts import AssessmentMutation
from api.assets import AssetMutation, AssetQuery
from api.blacklist import BlacklistQuery
from api.blacklist_acts import BlacklistMutation
from api.blacklist_listing import ListingMutation
from api.blacklist_measures import MeasureMutation, MeasureQuery
from api.blacklist_objections import ObjectionMutation, ObjectionQuery
from api.blacklist_proposal import ProposalMutation
from api.case_reviews import CaseReviewQuery
from api.case_reviews_acts import CaseReviewMutation
from api.case_reviews_counts import CaseReviewCountsQuery
from api.cases_acts import CaseExecutionMutation, CaseMutation
from api.cases_counts import EnforcementCountsQuery
from api.cases_persons import CasePersonMutation
from api.cases_transfers import CaseQuery
from api.changes import ChangeQuery
from api.consumers import ConsumerMutation, ConsumerQuery
from api.deadlines import DeadlineQuery
from api.document_forms import DocumentFormQuery, DocumentMutation
from api.draws import DrawMutation, DrawQuery
from api.duties import DutyQuery
from api.duties_acts import DutyMutation
from api.enforcement_documents import DocumentQuery
from api.evidence import EvidenceQuery
from api.evidence_acts import EvidenceMutation
from api.evidence_keeping import EvidenceKeepingMutation, EvidenceKeepingQuery
from api.execution import ParsedOnce, Schema
from api.guidance import GuidanceQuery
from api.guidance_acts import GuidanceMutation
from api.guidance_duties import GuidanceDutyQuery
from api.hazards import HazardQuery
from api.hazards_acts import HazardMutation
from api.hazards_checks import HazardCheckMutation
from api.hazards_counts import HazardCountsQuery
from api.hazards_oversight import HazardOversightMutation
from api.hazards_sorting import HazardSortingMutation
from api.identity import IdentityMutation, IdentityQuery
from api.indicators import IndicatorQuery
from api.indicators_acts import IndicatorMutation
from api.inspections_acts import InspectionMutation
from api.inspections_queries import InspectionQuery
from api.jobs import JobMutation, JobQuery, JobSubscription
from api.joint import JointQuery
from api.joint_acts import JointMutation
from api.joint_days import BlockedDaysMutation, BlockedDaysQuery
from api.joint_disputes import DisputeMutation, DisputeQuery
from api.joint_door import DoorMutation, DoorQuery
from api.joint_feeds import FeedMutation
from api.joint_figures import FiguresQuery
from api.joint_inputs import InputMutation, InputQuery
from api.joint_intake import IntakeMutation, IntakeQuery
from api.joint_targets import TargetQuery
from api.joint_teams import TeamMutation, TeamQuery
from api.law import LawQuery
from api.officers import OfficerQuery
from api.officers_acts import OfficerMutation
from api.oversight import OversightMutation, OversightQuery
from api.overview import OverviewQuery
from api.post_cards import PostCardQuery
from api.post_cards_acts import PostCardMutation
from api.publication import PublicationQuery
from api.publication_witnesses import WitnessingQuery
from api.register import RegisterQuery
from api.register_acts import RegisterMutation
from api.register_asks import RegisterAsksQuery
from api.register_duplicates import DuplicateMutation, DuplicateQuery
from api.register_entry import RegisterEntryMutation
from api.register_files import ImportQuery
from api.register_files_acts import ImportMutation
from api.register_premises import PremisesMutation
from api.register_supervision import GridMutation, GridQuery
from api.reports import ReportQuery
from api.reports_acts import ReportMutation
from api.responsibility import ResponsibilityQuery
from api.responsibility_acts import ResponsibilityMutation
from api.risks import RiskQuery
from api.risks_acts import RiskMutation
from api.routine_checks import RoutineCheckQuery
from api.routine_checks_acts import RoutineCheckMutation
from api.scalars import FEN, FenAmount
from api.setting_proposals import SettingProposalMutation, SettingProposalQuery
from api.standardisation import StandardisationQuery
from api.standardisation_acts import StandardisationMutation
from api.supervision import SupervisionQuery
from api.supervision_acts import SupervisionMutation
from api.town_maps import TownMapMutation, TownMapQuery
from api.training import TrainingQuery
from api.training_acts import TrainingMutation
from api.webhooks import WebhookQuery
from api.webhooks_acts import WebhookMutation

PRINTED = Path(__file__).resolve().parent.parent / "schema.graphql"


@strawberry.type
class NodeQuery:
    """Objects by their global ids."""

    node: relay.Node | None = relay.node(description="Object of that global id, null when unseen")


class Names(NameConverter):
    """`EnrolEnterpriseErrorCode` makes `EnrolEnterpriseError`, not a compound of both."""

    def from_generic(self, generic_type: StrawberryObjectDefinition, types: Any) -> str:
        """Drop the repeated words that generic names would carry."""
        name = super().from_generic(generic_type, types)
        return name.replace("ErrorCodeMutationError", "Error")


QUERIES = (
    NodeQuery,
    AdministrationQuery,
    SettingProposalQuery,
    TownMapQuery,
    DocumentQuery,
    DocumentFormQuery,
    EvidenceQuery,
    EvidenceKeepingQuery,
    HazardQuery,
    HazardCountsQuery,
    RiskQuery,
    OverviewQuery,
    RoutineCheckQuery,
    AccidentQuery,
    ReportQuery,
    PostCardQuery,
    TrainingQuery,
    StandardisationQuery,
    AssetQuery,
    SupervisionQuery,
    IdentityQuery,
    ApplicationQuery,
    ChangeQuery,
    IndicatorQuery,
    JointQuery,
    DisputeQuery,
    IntakeQuery,
    LawQuery,
    DoorQuery,
    FiguresQuery,
    BlockedDaysQuery,
    InputQuery,
    CaseReviewQuery,
    CaseReviewCountsQuery,
    DrawQuery,
    TargetQuery,
    TeamQuery,
    JobQuery,
    OversightQuery,
    RegisterQuery,
    RegisterAsksQuery,
    DuplicateQuery,
    ImportQuery,
    GridQuery,
    ResponsibilityQuery,
    GuidanceQuery,
    GuidanceDutyQuery,
    DutyQuery,
    AssessmentQuery,
    BlacklistQuery,
    MeasureQuery,
    ObjectionQuery,
    ConsumerQuery,
    PublicationQuery,
    WitnessingQuery,
    OfficerQuery,
    InspectionQuery,
    CaseQuery,
    EnforcementCountsQuery,
    DeadlineQuery,
    WebhookQuery,
)
MUTATIONS = (
    BlacklistMutation,
    ListingMutation,
    MeasureMutation,
    ObjectionMutation,
    ConsumerMutation,
    ProposalMutation,
    AdministrationMutation,
    SettingProposalMutation,
    TownMapMutation,
    DocumentMutation,
    EvidenceMutation,
    EvidenceKeepingMutation,
    HazardMutation,
    HazardCheckMutation,
    HazardOversightMutation,
    RiskMutation,
    RoutineCheckMutation,
    AccidentMutation,
    ReportMutation,
    PostCardMutation,
    TrainingMutation,
    StandardisationMutation,
    AssetMutation,
    SupervisionMutation,
    HazardSortingMutation,
    IdentityMutation,
    IndicatorMutation,
    JobMutation,
    JointMutation,
    DisputeMutation,
    IntakeMutation,
    DoorMutation,
    FeedMutation,
    BlockedDaysMutation,
    InputMutation,
    CaseReviewMutation,
    DrawMutation,
    TeamMutation,
    OfficerMutation,
    OversightMutation,
    RegisterMutation,
    ResponsibilityMutation,
    InspectionMutation,
    RegisterEntryMutation,
    DuplicateMutation,
    GridMutation,
    ImportMutation,
    PremisesMutation,
    GuidanceMutation,
    DutyMutation,
    AssessmentMutation,
    CaseMutation,
    CasePersonMutation,
    CaseExecutionMutation,
    WebhookMutation,
)
SUBSCRIPTIONS = (JobSubscription,)

schema = Schema(
    query=merge_types("Query", QUERIES),
    mutation=merge_types("Mutation", MUTATIONS),
    subscription=merge_types("Subscription", SUBSCRIPTIONS),
    extensions=[ParsedOnce],
    config=StrawberryConfig(
        name_converter=Names(), scalar_map={FenAmount: FEN}, disable_field_suggestions=True
    ),
)


def printed() -> str:
    """The schema in SDL, as it is committed in `graphql/schema.graphql`."""
    return schema.as_str() + "\n"


if __name__ == "__main__":
    PRINTED.write_text(printed(), encoding="utf-8")
