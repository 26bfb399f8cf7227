"""The closed catalogue of public events: what each is called, who may hear it and what it holds.

An event of ours becomes public by an entry here and by nothing else, and of its payload only the
named ids, the state and the named numbers leave the house.
"""

from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tenants.rights import Right, Subject, app_scope

LOGGED = "publication.logged"
"""Many entries of the public log at once; each is a message of its own."""
PING = "webhook.ping"
"""Type of the test message, which every endpoint gets when it is asked for."""


@dataclass(frozen=True, slots=True)
class PublicEvent:
    """One entry.

    `source` is the event of the outbox, told apart by `kind` where one source makes several types.
    `scope` is what the application must have been granted; empty where everybody may read it.
    `ids` says for each key of the source's payload the field and the type of the schema.
    """

    type: str
    source: str
    scope: str
    description: str
    ids: Mapping[str, tuple[str, str]]
    state: str = ""
    """State where the source names none."""
    kind: str = ""
    numbers: Mapping[str, str] | None = None
    plain: Mapping[str, str] | None = None
    """Ids that the schema shows as they are, such as the id of a public entry."""

    @property
    def fields(self) -> tuple[str, ...]:
        """What `data` may hold, in its order."""
        named = (field for field, _ in self.ids.values())
        return (
            "tenantId",
            *named,
            *(self.plain or {}).values(),
            *(self.numbers or {}).values(),
            "state",
        )


def _reads(subject: Subject, right: Right = Right.READ_STATUS) -> str:
    return app_scope(subject, right)


def _family(
    area: str, source: str, scope: str, key: tuple[str, str, str], *said: tuple[str, str, str]
) -> Iterable[PublicEvent]:
    """Types of one kind of object; each is (type, source's own name, description)."""
    for name, own, description in said:
        name, _, state = name.partition("=")
        yield PublicEvent(
            f"{area}.{name}", f"{source}.{own}", scope, description, {key[0]: key[1:]}, state
        )


HAZARDS = _family(
    *("hazard", "hazards", _reads(Subject.HAZARD, Right.READ_OWN)),
    ("hazard", "hazardId", "Hazard"),
    ("reported=FOUND", "reported", "A hazard was reported"),
    ("graded", "graded", "A hazard was graded"),
    ("assigned", "assigned", "A hazard was assigned"),
    ("planned", "planned", "Its rectification was planned"),
    ("submitted", "submitted", "Its rectification was submitted"),
    ("verified", "verified", "Its rectification was verified"),
    ("rejected", "rejected", "Its rectification was rejected"),
    ("closed", "closed", "A hazard was closed"),
    ("overdue", "overdue", "The last day of its rectification passed"),
    ("supervised", "supervised", "A hazard came under supervised listing (挂牌督办)"),
    ("extended", "extended", "Its last day was put off"),
    ("dismissed", "dismissed", "A report was found to be false"),
    ("merged", "merged", "A hazard was merged into another"),
    ("transferred", "transferred", "A hazard was handed to another body"),
)
INSPECTIONS = _family(
    *("inspection", "inspections", _reads(Subject.INSPECTION)),
    ("inspection", "inspectionId", "Inspection"),
    ("planned=PLANNED", "planned", "An inspection was planned"),
    ("approved", "approved", "An inspection was approved"),
    ("checked_in", "checked_in", "The officers arrived"),
    ("record_signed", "record_signed", "The record was signed"),
    ("record_refused", "record_refused", "The signature was refused"),
    ("nothing_found", "nothing_found", "Nothing was found"),
    ("rectification_ordered", "rectification_ordered", "A rectification was ordered"),
    ("due", "due", "The rectification is due"),
    ("reinspected", "reinspected", "The premises were inspected again"),
    ("closed", "closed", "An inspection was closed"),
    ("failed", "failed", "The re-inspection failed"),
    ("case_filed", "case_filed", "A case was filed from it"),
    ("visit_refused", "visit_refused", "The enterprise refused a visit without a code"),
    ("cancelled", "cancelled", "An inspection was cancelled"),
)
CASES = _family(
    *("case", "cases", _reads(Subject.CASE)),
    ("case", "caseId", "PenaltyCase"),
    ("filed", "filed", "A case was filed"),
    ("notice_served", "notice_served", "The notice before the decision was served"),
    ("decided", "decided", "A penalty was decided"),
    ("decided_on_spot", "decided_on_spot", "A penalty was decided on the spot"),
    ("decision_served", "decision_served", "The decision was served"),
    ("decision_published", "decision_published", "The decision was handed to publication"),
    ("executed", "executed", "The penalty was executed"),
    ("closed", "closed", "A case was closed"),
    ("spared", "spared", "No penalty was imposed"),
    ("transferred", "transferred", "A case was handed over"),
    ("suspended", "suspended", "A case was suspended"),
    ("resumed", "resumed", "A case was resumed"),
    ("annulled", "annulled", "The decision was annulled"),
)
JOINT_PLANS = _family(
    *("joint", "joint", _reads(Subject.DEMAND)),
    ("plan", "planId", "JointPlan"),
    ("plan_published=PUBLISHED", "plan_published", "A plan of joint inspections was published"),
)
JOINT_VISITS = _family(
    *("joint", "joint", _reads(Subject.DEMAND)),
    ("visit", "visitId", "JointVisit"),
    ("visit_booked=PUBLISHED", "urgent_fitted", "A visit was fitted into a published plan"),
    ("visit_joined=PUBLISHED", "visit_joined", "Another demand joined a published visit"),
    ("visit_moved=PUBLISHED", "visit_moved", "A visit made room for an urgent one"),
    ("visit_completed=DONE", "visit_completed", "A visit was completed"),
    ("visit_released=RELEASED", "visit_released", "A visit was given up"),
)
EVIDENCE = _family(
    *("evidence", "evidence", _reads(Subject.EVIDENCE, Right.READ_RECEIPT)),
    ("evidence", "evidenceId", "Evidence"),
    ("sealed=SEALED", "sealed", "Evidence was checked and sealed"),
    ("quarantined=QUARANTINED", "quarantined", "Evidence was refused and set aside"),
)
LISTED = (
    ("published", "PUBLISH", "PUBLISHED", "An entry became public"),
    ("corrected", "CORRECT", "PUBLISHED", "A public entry was corrected"),
    ("suspended", "SUSPEND", "SUSPENDED", "A public entry was suspended"),
    ("resumed", "RESUME", "PUBLISHED", "A suspended or repaired entry became public again"),
    ("repaired", "REPAIR", "REPAIRED", "Credit was repaired; take the entry off your lists"),
    ("withdrawn", "WITHDRAW", "WITHDRAWN", "An entry was withdrawn; take it off your lists"),
    ("expired", "EXPIRE", "EXPIRED", "The term of an entry ended; take it off your lists"),
)
BLACKLIST = (
    PublicEvent(
        f"blacklist.{name}",
        LOGGED,
        "",
        f"{description} (in the public log already)",
        {},
        state,
        kind,
        numbers={"leaf": "leafIndex"},
        plain={"entry": "entryId"},
    )
    for name, kind, state, description in LISTED
)

EVENTS: tuple[PublicEvent, ...] = (
    *HAZARDS,
    *INSPECTIONS,
    *CASES,
    *JOINT_PLANS,
    *JOINT_VISITS,
    *EVIDENCE,
    *BLACKLIST,
    PublicEvent(PING, "", "", "A test message that you asked for", {}, "SENT"),
)
BY_TYPE: dict[str, PublicEvent] = {one.type: one for one in EVENTS}
SUBSCRIBABLE: frozenset[str] = frozenset(BY_TYPE) - {PING}
SOURCES: frozenset[str] = frozenset(one.source for one in EVENTS if one.source)
"""Events of the outbox that become public."""
_BY_SOURCE: dict[tuple[str, str], PublicEvent] = {
    (one.source, one.kind): one for one in EVENTS if one.source
}


@dataclass(frozen=True, slots=True)
class Fact:
    """One message to be: its entry, where its ids come from, and its part of the event."""

    entry: PublicEvent
    payload: Mapping[str, Any]
    part: str = ""


def facts(source: str, payload: Mapping[str, Any]) -> list[Fact]:
    """What one event of the outbox says in public; nothing, one thing, or each logged entry."""
    if source != LOGGED:
        entry = _BY_SOURCE.get((source, ""))
        return [Fact(entry, payload)] if entry else []
    logged = zip(payload["places"], payload.get("entries", ()), strict=False)
    return [
        Fact(_BY_SOURCE[source, kind], {"entry": entry_id, "leaf": leaf}, str(leaf))
        for (_, kind, leaf), entry_id in logged
    ]


def global_id(kind: str, identity: UUID | str) -> str:
    """The id under which the schema knows an object."""
    return b64encode(f"{kind}:{identity}".encode()).decode()


def data(entry: PublicEvent, tenant_id: UUID, payload: Mapping[str, Any]) -> dict[str, Any]:
    """What leaves the house of one event: ids, numbers and the state, whatever else it carries.

    Raises:
        ValueError: an id is none, so that no text can pass as one.
    """
    found: dict[str, Any] = {"tenantId": global_id("Tenant", tenant_id)}
    for key, (field, kind) in entry.ids.items():
        found[field] = global_id(kind, UUID(payload[key]))
    for key, field in (entry.plain or {}).items():
        found[field] = str(UUID(payload[key]))
    for key, field in (entry.numbers or {}).items():
        found[field] = int(payload[key])
    state = entry.state or str(payload["state"])
    if not state.isascii() or not state.replace("_", "").isalpha():
        raise ValueError("a state is a word of the schema")
    found["state"] = state
    return found
