"""Moving a town to another district (区划调整), and what goes with it.

What exists goes with the town: its body, members, settings, register, budgets, reservations.
What happened stays where it happened: visits, cases, evidence and audit entries keep the
district that they were written in, so the former committee reads them up to the day of the
move and the new one from then on.  The town itself reads both.
"""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from service import audit, clock, outbox
from service.administration.provisioning import OPERATOR, found_district
from service.administration.rules import TenantKind, check_move
from service.errors import Conflict, Invalid, NotFound
from service.ids import new_id
from tenants.catalogue import Division, UnknownDivision, catalogue
from tenants.records import District, Tenant, TenantDistrict
from tenants.scope import Owner, Scope
from tenants.wall import Transaction, tenant_transaction

LIVING = (
    "accidents",
    "app_grants",
    "app_usage",
    "asset_checks",
    "assets",
    "audit_heads",
    "bodies",
    "check_routine_versions",
    "conformity_assessments",
    "conformity_items",
    "check_routines",
    "card_issues",
    "card_warnings",
    "body_powers",
    "calendar_feeds",
    "case_transfers",
    "custody_heads",
    "document_counters",
    "document_templates",
    "duplicate_answers",
    "enterprise_identifiers",
    "duty_records",
    "enterprises",
    "evidence_usage",
    "frequency_budgets",
    "grid_cells",
    "grids",
    "hazard_extensions",
    "hazards",
    "inspection_items",
    "inspections",
    "fine_entries",
    "legal_deadlines",
    "likeness_keys",
    "likely_pairs",
    "penalty_cases",
    "registered_evidence",
    "reviewed_files",
    "file_findings",
    "low_yield_alarms",
    "key_events",
    "memberships",
    "officer_absences",
    "officer_reservations",
    "officers",
    "plate_pages",
    "post_cards",
    "premises",
    "premises_closures",
    "premises_codes",
    "premises_reservations",
    "principal_duties",
    "quiet_days",
    "responsibility_plates",
    "responsibility_statements",
    "responsible_persons",
    "revenue_statements",
    "risk_controls",
    "risk_occasions",
    "risk_points",
    "risk_sessions",
    "safety_items",
    "session_actions",
    "routine_checks",
    "search_terms",
    "setting_versions",
    "supervision_orders",
    "staff_posts",
    "standardisation_certs",
    "work_items",
    "webhook_attempts",
    "webhook_deliveries",
    "webhook_endpoints",
    "town_tallies",
    "training_attendances",
    "training_sessions",
    "unit_closures",
)
"""Tables whose rows go with the town: what exists, what is reserved, where its chains end."""

HISTORY = frozenset(
    {
        "access_receipts",
        "accident_reports",
        "audit_entries",
        "blacklist_cases",
        "blacklist_events",
        "case_events",
        "case_review_rounds",
        "file_reviews",
        "case_officers",
        "card_checks",
        "budget_entries",
        "blacklist_measures",
        "blacklist_objections",
        "log_acknowledgements",
        "log_consumers",
        "custody_entries",
        "document_checks",
        "documents",
        "evidence_accesses",
        "evidence_blurred_copies",
        "evidence_closures",
        "evidence_holds",
        "evidence_items",
        "duty_items",
        "duty_warnings",
        "guidance_evidence",
        "guidance_findings",
        "guidance_visits",
        "evidence_timestamps",
        "hazard_events",
        "hazard_evidence",
        "hazard_rankings",
        "idempotency_keys",
        "import_batches",
        "import_changes",
        "import_rows",
        "indicator_choices",
        "indicator_snapshots",
        "indicator_values",
        "inspection_checks",
        "inspection_demands",
        "inspection_events",
        "inspection_officers",
        "jobs",
        "joint_plan_approvals",
        "joint_plans",
        "joint_visit_moves",
        "joint_visits",
        "outbox_deliveries",
        "outbox_events",
        "plan_objections",
        "plan_rulings",
        "publication_events",
        "publication_days",
        "publication_heads",
        "publication_keys",
        "publication_leaves",
        "publication_pages",
        "publication_parts",
        "publication_witnesses",
        "random_draws",
        "result_recognitions",
        "awareness_surveys",
        "report_events",
        "report_photos",
        "report_receipts",
        "report_reporters",
        "reports",
        "register_changes",
        "register_exports",
        "risk_control_failures",
        "risk_evaluations",
        "score_appeals",
        "setting_answers",
        "setting_proposals",
        "score_sheets",
        "routine_check_answers",
        "visit_ratings",
        "visit_refusals",
        "tier_decisions",
        "town_maps",
        "supervision_events",
    }
)
"""Tables whose rows stay with the district that they were written in."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A move as it was done; `carried` counts the rows that went along, by table."""

    tenant_id: UUID
    origin: str
    target: str
    on: date
    carried: dict[str, int]


@dataclass(frozen=True, slots=True)
class _Places:
    tenant: Tenant
    origin: District
    target: District | None


async def move_to_district(
    code: str, target_code: str, *, on: date | None = None, actor: str = OPERATOR
) -> Moved:
    """Put a town under another district from a day on, by their division codes.

    The district is founded if no town of it is a tenant yet.  The day is not later than today.

    Raises:
        NotFound: no such tenant.
        Invalid: a district office, a district that the catalogue does not have on that day, the
            same district, or a future day.
        Conflict: the town joined its present district on that day or later.
    """
    today = clock.legal_day(clock.now())
    day = on or today
    places = await _places(code, target_code, actor)
    tenant, origin = places.tenant, places.origin
    check_move(TenantKind(tenant.kind), origin.code, target_code, day, today)
    home = _target_home(places.target)
    assert origin.office_id is not None
    tenants = frozenset({tenant.id, origin.office_id, home.tenant_id})
    districts = frozenset({origin.id, home.district_id})
    scope = Scope(actor, home, districts, tenants, tenants, platform=True)
    async with tenant_transaction(scope) as transaction:
        if places.target is None:
            await found_district(_county(target_code, day), home)
        await _change_stay(tenant, origin, home, day)
        carried = await _carry(transaction, tenant.id, origin.id, home.district_id)
        detail = {"from": origin.code, "to": target_code, "on": day.isoformat()}
        owners = (
            Owner(tenant.id, home.district_id),
            Owner(origin.office_id, origin.id),
            home,
        )
        for owner in sorted(owners, key=lambda owner: owner.tenant_id):
            await audit.record("administration.tenant_moved", owner, "Tenant", tenant.id, **detail)
        await outbox.emit(
            "administration.tenant_moved", owners[0], {"tenant": str(tenant.id), **detail}
        )
    return Moved(tenant.id, origin.code, target_code, day, carried)


async def _places(code: str, target_code: str, actor: str) -> _Places:
    async with tenant_transaction(Scope.of_platform(actor), read_only=True):
        tenant = await Tenant.get_or_none(division_code=code)
        if tenant is None:
            raise NotFound(f"{code} is no tenant; provision it first", path=("code",))
        origin = await District.get(id=tenant.district_id)
        target = await District.get_or_none(code=target_code)
    return _Places(tenant, origin, target)


def _target_home(target: District | None) -> Owner:
    if target is None:
        return Owner(new_id(), new_id())
    assert target.office_id is not None
    return Owner(target.office_id, target.id)


def _county(code: str, day: date) -> Division:
    try:
        county = catalogue().division(code, day)
    except UnknownDivision as error:
        raise Invalid(f"the catalogue has no district {code} on {day}", path=("to",)) from error
    if len(code) != 6:
        raise Invalid(f"{county.name} ({code}) is no district or county", path=("to",))
    return county


async def _change_stay(tenant: Tenant, origin: District, home: Owner, day: date) -> None:
    """End the stay in one district and begin that in the other."""
    locked = await Tenant.filter(id=tenant.id).select_for_update().get()
    stay = await TenantDistrict.get(tenant_id=tenant.id, valid_to=None)
    if locked.district_id != origin.id or stay.district_id != origin.id:
        raise Conflict("the tenant has just been moved by somebody else; look again")
    if stay.valid_from >= day:
        raise Conflict(
            f"{tenant.name} belongs to {origin.name} since {stay.valid_from};"
            " it can leave on a later day only",
            path=("on",),
        )
    await TenantDistrict.filter(id=stay.id).update(valid_to=day)
    # A town that comes back takes up its former stay; the audit chain knows of the time between.
    returned = await TenantDistrict.filter(
        tenant_id=tenant.id, district_id=home.district_id
    ).update(valid_to=None)
    if not returned:
        await TenantDistrict.create(
            id=new_id(), tenant_id=tenant.id, district_id=home.district_id, valid_from=day
        )
    await Tenant.filter(id=tenant.id).update(district_id=home.district_id)


async def _carry(
    transaction: Transaction, tenant_id: UUID, origin: UUID, target: UUID
) -> dict[str, int]:
    carried = {}
    for table in LIVING:
        # The names come from the list above, never from outside.
        rows = await transaction.fetch(
            f"with gone as (update {table} set district_id = $3"
            f" where tenant_id = $1 and district_id = $2 returning 1)"
            " select count(*) as n from gone",
            tenant_id,
            origin,
            target,
        )
        carried[table] = int(rows[0]["n"])
    return carried
