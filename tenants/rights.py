"""Rights: which role may do what to which kind of object, as one table.

The table says what a role may do at all.  Which rows it may do it to is the scope's business
(`tenants.scope`): "own" means a row inside the principal's own scope.  Standing behind it: a
coordination body may not inspect (国办发〔2024〕54号), whoever decided the penalty decides the
listing (应急管理部令第11号 art. 4), and a town punishes only where its province handed the power
down (行政处罚法 art. 24).
"""

from collections.abc import Collection, Iterator, Mapping
from enum import Enum, StrEnum


class Role(Enum):
    """In which capacity somebody acts."""

    TENANT_ADMIN = "TENANT_ADMIN"  # town or street office (镇街)
    INSPECTOR = "INSPECTOR"  # officer with an enforcement card (执法人员)
    COMMITTEE = "COMMITTEE"  # district safety committee (商贸安全专委)
    DEPARTMENT = "DEPARTMENT"  # line department of the district (部门)
    ENTERPRISE = "ENTERPRISE"
    APP = "APP"  # third-party application
    PUBLIC = "PUBLIC"
    OPERATOR = "OPERATOR"  # the platform's command line


class Subject(Enum):
    """Kinds of objects."""

    TENANT = "TENANT"
    SETTINGS = "SETTINGS"  # tenant settings, grids, responsibility plates (挂牌公示)
    MEMBER = "MEMBER"  # accounts and memberships
    APP_GRANT = "APP_GRANT"  # what a town lets an application see
    WEBHOOK = "WEBHOOK"  # addresses at which applications hear of a town (回调), and the log
    AUDIT = "AUDIT"
    REGISTER = "REGISTER"  # enterprises and premises
    OFFICER = "OFFICER"
    POWER = "POWER"  # published powers of bodies (权责清单), entered by the district
    HAZARD = "HAZARD"  # risk points and hazards (风险点、隐患)
    SUPERVISION = "SUPERVISION"  # supervised listing (三级挂牌督办)
    ROUTINE_CHECK = "ROUTINE_CHECK"  # day, week and month checks (日周月排查)
    GUIDANCE = "GUIDANCE"  # guidance visits (检查指导)
    DUTY = "DUTY"  # the duty list of member bodies (职责清单) and what they fill in
    UNIT_DUTY = "UNIT_DUTY"  # the principal's seven duties, posts and their statements
    ASSESSMENT = "ASSESSMENT"  # risk assessment sessions (风险研判) and paired work (三同时)
    POST_CARD = "POST_CARD"  # cards of posts (两单两卡), their issue and checks
    TRAINING = "TRAINING"  # training of officers and enterprises (执法培训)
    STANDARDISATION = "STANDARDISATION"  # certificates and conformity (标准化、三达标)
    ASSET = "ASSET"  # equipment that is inspected by date (特种设备、消防、防雷)
    ACCIDENT = "ACCIDENT"  # accidents and the reports on them (生产安全事故)
    DEMAND = "DEMAND"  # inspection demands and plans
    JOINT_INSPECTION = "JOINT_INSPECTION"  # 联合检查
    INSPECTION = "INSPECTION"  # inspections of one body (检查任务), their records and orders
    CASE = "CASE"  # cases and penalties
    CASE_REVIEW = "CASE_REVIEW"  # quality review of closed case files (案卷评查)
    EVIDENCE = "EVIDENCE"
    BLACKLIST = "BLACKLIST"  # serious-dishonesty list (严重失信主体名单)
    REPORT = "REPORT"  # reports to 12350
    INDICATOR = "INDICATOR"
    CAMPAIGN = "CAMPAIGN"  # special campaigns (专项整治)


class Right(Enum):
    """What can be done to an object."""

    WRITE = "WRITE"
    DECIDE = "DECIDE"
    PROPOSE = "PROPOSE"
    VERIFY = "VERIFY"
    ARBITRATE = "ARBITRATE"
    OBJECT = "OBJECT"  # defence, hearing, refusal without a code, appeal
    RATE = "RATE"
    ACKNOWLEDGE = "ACKNOWLEDGE"  # state what one processed of a public log
    READ_OWN = "READ_OWN"
    READ_ACROSS = "READ_ACROSS"  # rows of other tenants in scope
    READ_WITH_PURPOSE = "READ_WITH_PURPOSE"  # the same, after stating why; leaves a receipt
    READ_STATUS = "READ_STATUS"  # the state of each object, not its content
    READ_COUNTS = "READ_COUNTS"  # numbers over tenants, never a row
    READ_RECEIPT = "READ_RECEIPT"  # hash and receipt only
    READ_PUBLIC = "READ_PUBLIC"  # the published part


class Capability(StrEnum):
    """A circumstance of the acting body on which a right may depend."""

    CAN_PENALISE = "can_penalise"  # penalty power handed to the town (行政处罚法 art. 24)
    LEADS = "leads"  # its body leads this joint inspection
    DECIDED_PENALTY = "decided_penalty"  # its body decided the penalty behind the listing


class NotAllowed(PermissionError):
    """The role does not carry the right."""


Cell = Mapping[Right, str]
"""Rights of one role to one subject; the value is the capability needed, or an empty string."""


def _free(*rights: Right) -> Cell:
    return dict.fromkeys(rights, "")


def _if(needed: str, *rights: Right) -> Cell:
    return dict.fromkeys(rights, needed)


def _granted(subject: Subject, *rights: Right) -> Cell:
    return {right: app_scope(subject, right) for right in rights}


def app_scope(subject: Subject, right: Right) -> str:
    """The OAuth scope that stands for a right of an application, such as `hazard:read`."""
    writes = right in (Right.WRITE, Right.ACKNOWLEDGE)
    return f"{subject.value.lower()}:{'write' if writes else 'read'}"


R = _free(Right.READ_OWN)
W = _free(Right.WRITE, Right.READ_OWN)
X = _free(Right.READ_ACROSS, Right.READ_OWN)
WD = {**W, **_free(Right.DECIDE)}
WX = {**W, **X}
COUNTS = _free(Right.READ_COUNTS)
OPEN = _free(Right.READ_PUBLIC)
PROPOSES = _free(Right.PROPOSE)
PROPOSES_OWN = _free(Right.PROPOSE, Right.READ_OWN)
LEADING = _if(Capability.LEADS, Right.DECIDE)

_TA, _INS, _DC, _DEP, _ENT, _APP, _PUB, _OP = Role

MATRIX: dict[Subject, dict[Role, Cell]] = {
    Subject.TENANT: {_TA: R, _INS: R, _DC: X, _DEP: R, _ENT: OPEN, _APP: R, _PUB: OPEN, _OP: WX},
    Subject.SETTINGS: {
        _TA: W, _INS: R, _DC: {**X, **PROPOSES}, _DEP: R, _ENT: R, _APP: OPEN, _PUB: OPEN, _OP: W,
    },
    Subject.MEMBER: {_TA: W, _OP: WX},
    Subject.APP_GRANT: {_TA: {**R, **_free(Right.DECIDE)}, _APP: R, _OP: WX},
    Subject.WEBHOOK: {
        _TA: W, _APP: _granted(Subject.WEBHOOK, Right.READ_OWN, Right.WRITE), _OP: W,
    },
    Subject.AUDIT: {_TA: R, _DC: R, _DEP: R, _OP: X},
    Subject.REGISTER: {
        _TA: W, _INS: W, _DC: X, _DEP: X, _ENT: R,
        _APP: _granted(Subject.REGISTER, Right.READ_OWN), _OP: W,
    },
    Subject.OFFICER: {_TA: W, _INS: R, _DC: X, _DEP: W, _OP: W},
    Subject.POWER: {_TA: R, _INS: R, _DC: X, _DEP: WX, _ENT: R, _APP: OPEN, _PUB: OPEN, _OP: W},
    Subject.HAZARD: {
        _TA: {**W, **_free(Right.VERIFY)}, _INS: W,
        _DC: {**COUNTS, **_free(Right.READ_WITH_PURPOSE)}, _DEP: X, _ENT: W,
        _APP: _granted(Subject.HAZARD, Right.READ_OWN),
    },
    Subject.SUPERVISION: {
        _TA: {**PROPOSES_OWN, **_free(Right.DECIDE, Right.OBJECT)}, _INS: PROPOSES_OWN, _DC: X,
        _DEP: {**X, **PROPOSES, **_free(Right.DECIDE)}, _ENT: {**R, **_free(Right.OBJECT)},
        _PUB: OPEN,
    },
    Subject.ROUTINE_CHECK: {
        _TA: R, _INS: R, _DC: COUNTS, _DEP: X, _ENT: W,
        _APP: _granted(Subject.ROUTINE_CHECK, Right.WRITE),
    },
    Subject.GUIDANCE: {_TA: W, _INS: W, _DC: X, _DEP: W, _ENT: {**R, **_free(Right.RATE)}},
    Subject.DUTY: {_TA: W, _INS: R, _DC: {**X, **_free(Right.DECIDE)}, _DEP: W},
    Subject.UNIT_DUTY: {_TA: W, _INS: R, _DC: COUNTS, _DEP: X, _ENT: W},
    Subject.ASSESSMENT: {_TA: W, _INS: R, _DC: WX, _DEP: W},
    Subject.POST_CARD: {
        _TA: {**R, **_free(Right.VERIFY)}, _INS: {**R, **_free(Right.VERIFY)},
        _DC: COUNTS, _DEP: X, _ENT: {**W, **_free(Right.VERIFY)},
    },
    Subject.TRAINING: {_TA: W, _INS: R, _DC: X, _DEP: W},
    Subject.STANDARDISATION: {
        _TA: W, _INS: R, _DC: X, _DEP: {**X, **_free(Right.VERIFY, Right.DECIDE)}, _ENT: R,
    },
    Subject.ASSET: {_TA: W, _INS: W, _DC: COUNTS, _DEP: X, _ENT: W},
    Subject.ACCIDENT: {
        _TA: {**W, **_free(Right.VERIFY)}, _INS: R,
        _DC: {**COUNTS, **_free(Right.READ_WITH_PURPOSE)}, _DEP: X, _ENT: W,
    },
    Subject.DEMAND: {
        _TA: WD, _INS: R, _DC: {**X, **_free(Right.ARBITRATE)}, _DEP: WD,
        _ENT: {**R, **_free(Right.OBJECT, Right.RATE)},
        _APP: _granted(Subject.DEMAND, Right.READ_STATUS), _PUB: OPEN,
    },
    Subject.JOINT_INSPECTION: {
        _TA: {**R, **LEADING}, _INS: W, _DC: {**X, **_free(Right.ARBITRATE)},
        _DEP: {**R, **LEADING}, _ENT: {**R, **_free(Right.OBJECT)},
    },
    Subject.INSPECTION: {
        _TA: WD, _INS: W, _DC: COUNTS, _DEP: WD, _ENT: {**R, **_free(Right.OBJECT)},
        _APP: _granted(Subject.INSPECTION, Right.READ_STATUS),
    },
    Subject.CASE: {
        _TA: {**R, **_if(Capability.CAN_PENALISE, Right.WRITE, Right.DECIDE)}, _INS: W,
        _DC: COUNTS, _DEP: WD, _ENT: {**R, **_free(Right.OBJECT)},
        _APP: _granted(Subject.CASE, Right.READ_STATUS), _PUB: OPEN,
    },
    Subject.CASE_REVIEW: {
        _TA: {**W, **_free(Right.OBJECT)}, _INS: R,
        _DC: {**X, **_free(Right.DECIDE, Right.READ_WITH_PURPOSE)},
        _DEP: {
            **WX, **_free(Right.DECIDE, Right.VERIFY, Right.OBJECT, Right.READ_WITH_PURPOSE),
        },
    },
    Subject.EVIDENCE: {
        _TA: W, _INS: W, _DC: _free(Right.READ_RECEIPT), _DEP: R, _ENT: W,
        _APP: _granted(Subject.EVIDENCE, Right.READ_RECEIPT), _PUB: _free(Right.VERIFY),
    },
    Subject.BLACKLIST: {
        _TA: PROPOSES_OWN, _INS: PROPOSES_OWN, _DC: {**PROPOSES, **_free(Right.READ_STATUS)},
        _DEP: {**PROPOSES_OWN, **_if(Capability.DECIDED_PENALTY, Right.DECIDE, Right.WRITE)},
        _ENT: {**R, **_free(Right.OBJECT)},
        _APP: {**OPEN, **_granted(Subject.BLACKLIST, Right.ACKNOWLEDGE)},
        _PUB: {**OPEN, **_free(Right.VERIFY)},
    },
    Subject.REPORT: {
        _TA: W, _INS: {**R, **_free(Right.VERIFY)}, _DC: COUNTS,
        _DEP: WD, _APP: _granted(Subject.REPORT, Right.WRITE), _PUB: W,
    },
    Subject.INDICATOR: {
        _TA: {**R, **_free(Right.OBJECT)}, _DC: WX, _DEP: R, _APP: OPEN, _PUB: OPEN,
    },
    Subject.CAMPAIGN: {
        _TA: W, _INS: W, _DC: {**X, **PROPOSES}, _DEP: W, _ENT: R, _PUB: OPEN,
    },
}  # fmt: skip
"""Whatever is not in the table is refused."""


def allows(
    role: Role, subject: Subject, right: Right, *, capabilities: Collection[str] = ()
) -> bool:
    """Whether `role` carries `right` to `subject`.

    `capabilities` are those of the acting body (`Capability`) or, for an application, the
    scopes of its token.
    """
    needed = MATRIX[subject].get(role, {}).get(right)
    return needed is not None and (needed == "" or needed in capabilities)


def require(
    role: Role, subject: Subject, right: Right, *, capabilities: Collection[str] = ()
) -> None:
    """Refuse unless `role` carries `right` to `subject`.

    Raises:
        NotAllowed: it does not, or the body lacks the capability that the right depends on.
    """
    if not allows(role, subject, right, capabilities=capabilities):
        raise NotAllowed(f"{role.value} may not {right.value} {subject.value}")


def app_scopes() -> Iterator[str]:
    """Every scope that an application may ask for."""
    yield from sorted(
        {need for cells in MATRIX.values() for need in cells.get(_APP, {}).values() if need}
    )
