"""Every cell of the rights matrix, written out a second time and compared right by right.

Letters: w write, d decide, p propose, v verify, a arbitrate, o object, r rate; k acknowledge,
R read own, X read across, P read with purpose, S status, C counts, H hash and receipt,
U public part.
A letter after a condition in brackets needs that capability or scope.
"""

import re
from itertools import product

import pytest

from tenants.rights import (
    MATRIX,
    Capability,
    NotAllowed,
    Right,
    Role,
    Subject,
    allows,
    app_scope,
    app_scopes,
    require,
)

LETTERS = {
    "w": Right.WRITE, "d": Right.DECIDE, "p": Right.PROPOSE, "v": Right.VERIFY,
    "a": Right.ARBITRATE, "o": Right.OBJECT, "r": Right.RATE, "R": Right.READ_OWN,
    "X": Right.READ_ACROSS, "P": Right.READ_WITH_PURPOSE, "S": Right.READ_STATUS,
    "k": Right.ACKNOWLEDGE, "C": Right.READ_COUNTS, "H": Right.READ_RECEIPT, "U": Right.READ_PUBLIC,
}  # fmt: skip
COLUMNS = [
    Role.TENANT_ADMIN, Role.INSPECTOR, Role.COMMITTEE, Role.DEPARTMENT,
    Role.ENTERPRISE, Role.APP, Role.PUBLIC, Role.OPERATOR,
]  # fmt: skip
TABLE = """
TENANT           | R     | R  | XR   | R    | U   | R                     | U  | wXR
SETTINGS         | wR    | R  | XRp  | R    | R   | U                     | U  | wR
MEMBER           | wR    | -  | -    | -    | -   | -                     | -  | wXR
APP_GRANT        | Rd    | -  | -    | -    | -   | R                     | -  | wXR
WEBHOOK          | wR    | -  | -    | -    | -   | (webhook:read)R(webhook:write)w | -  | wR
AUDIT            | R     | -  | R    | R    | -   | -                     | -  | XR
REGISTER         | wR    | wR | XR   | XR   | R   | (register:read)R      | -  | wR
OFFICER          | wR    | R  | XR   | wR   | -   | -                     | -  | wR
POWER            | R     | R  | XR   | wXR  | R   | U                     | U  | wR
HAZARD           | wRv   | wR | CP   | XR   | wR  | (hazard:read)R        | -  | -
SUPERVISION      | pRdo  | pR | XR   | XRpd | Ro  | -                     | U  | -
ROUTINE_CHECK    | R     | R  | C    | XR   | wR  | (routine_check:write)w| -  | -
GUIDANCE         | wR    | wR | XR   | wR   | Rr  | -                     | -  | -
DUTY             | wR    | R  | XRd  | wR   | -   | -                     | -  | -
UNIT_DUTY        | wR    | R  | C    | XR   | wR  | -                     | -  | -
ASSESSMENT       | wR    | R  | wXR  | wR   | -   | -                     | -  | -
POST_CARD        | Rv    | Rv | C    | XR   | wRv | -                     | -  | -
TRAINING         | wR    | R  | XR   | wR   | -   | -                     | -  | -
STANDARDISATION  | wR    | R  | XR   | XRvd | R   | -                     | -  | -
ASSET            | wR    | wR | C    | XR   | wR  | -                     | -  | -
ACCIDENT         | wRv   | R  | CP   | XR   | wR  | -                     | -  | -
DEMAND           | wRd   | R  | XRa  | wRd  | Ror | (demand:read)S        | U  | -
JOINT_INSPECTION | R(leads)d | wR | XRa | R(leads)d | Ro | -              | -  | -
INSPECTION       | wRd   | wR | C    | wRd  | Ro  | (inspection:read)S    | -  | -
CASE             | R(can_penalise)wd | wR | C | wRd | Ro | (case:read)S    | U  | -
CASE_REVIEW      | wRo   | R  | XRdP | wXRdvoP | -  | -                    | -  | -
EVIDENCE         | wR    | wR | H    | R    | wR  | (evidence:read)H      | v  | -
BLACKLIST        | pR    | pR | pS   | pR(decided_penalty)dw | Ro | U(blacklist:write)k | Uv | -
REPORT           | wR    | Rv | C    | wRd  | -   | (report:write)w       | wR | -
INDICATOR        | Ro    | -  | wXR  | R    | -   | U                     | U  | -
CAMPAIGN         | wR    | wR | XRp  | wR   | R   | -                     | U  | -
"""

Cells = dict[tuple[Subject, Role], dict[Right, str]]


def transcript() -> Cells:
    found: Cells = {}
    for line in TABLE.strip().splitlines():
        name, *cells = (part.strip() for part in line.split("|"))
        for role, cell in zip(COLUMNS, cells, strict=True):
            free, conditions = re.fullmatch(r"([a-zA-Z]*)-?((?:\([^)]*\)\w+)*)", cell).groups()
            rights = dict.fromkeys((LETTERS[letter] for letter in free), "")
            for needed, rest in re.findall(r"\(([^)]*)\)(\w+)", conditions):
                rights |= dict.fromkeys((LETTERS[letter] for letter in rest), needed)
            found[Subject[name], role] = rights
    return found


EXPECTED = transcript()
EVERYTHING = {*Capability, *app_scopes()}


@pytest.mark.parametrize(("subject", "role"), list(product(Subject, Role)))
def test_each_cell(subject: Subject, role: Role) -> None:
    cell = EXPECTED[subject, role]

    for right in Right:
        needed = cell.get(right)
        assert allows(role, subject, right) is (needed == ""), right
        assert allows(role, subject, right, capabilities=EVERYTHING) is (needed is not None), right
        if needed:
            assert allows(role, subject, right, capabilities={needed}), right
            rest = EVERYTHING - {needed}
            assert not allows(role, subject, right, capabilities=rest), right


def test_the_table_is_whole() -> None:
    assert set(MATRIX) == set(Subject)
    assert len(EXPECTED) == len(Subject) * len(Role) == 248


@pytest.mark.parametrize(
    ("subject", "right"),
    [
        (Subject.DEMAND, Right.WRITE), (Subject.DEMAND, Right.DECIDE),
        (Subject.JOINT_INSPECTION, Right.WRITE), (Subject.JOINT_INSPECTION, Right.DECIDE),
        (Subject.GUIDANCE, Right.WRITE), (Subject.HAZARD, Right.WRITE),
        (Subject.HAZARD, Right.READ_ACROSS), (Subject.CASE, Right.WRITE),
        (Subject.CASE, Right.READ_ACROSS), (Subject.EVIDENCE, Right.WRITE),
        (Subject.EVIDENCE, Right.READ_ACROSS), (Subject.BLACKLIST, Right.WRITE),
        (Subject.BLACKLIST, Right.DECIDE), (Subject.REPORT, Right.READ_ACROSS),
    ],
)  # fmt: skip
def test_a_committee_neither_inspects_nor_lists_nor_demands(subject: Subject, right: Right) -> None:
    """国办发〔2024〕54号: a coordination body may not inspect, under any name."""
    assert not allows(Role.COMMITTEE, subject, right, capabilities=EVERYTHING)


def test_only_the_body_that_decided_the_penalty_decides_the_listing() -> None:
    """应急管理部令第11号 art. 4."""
    deciding = [
        role
        for role in Role
        if allows(role, Subject.BLACKLIST, Right.DECIDE, capabilities=EVERYTHING)
    ]

    assert deciding == [Role.DEPARTMENT]
    assert not allows(Role.DEPARTMENT, Subject.BLACKLIST, Right.DECIDE)


def test_the_public_changes_nothing_but_its_own_reports() -> None:
    writable = [
        (subject, right)
        for subject, right in product(Subject, Right)
        if not right.value.startswith("READ") and right is not Right.VERIFY
        if allows(Role.PUBLIC, subject, right, capabilities=EVERYTHING)
    ]

    assert writable == [(Subject.REPORT, Right.WRITE)]


def test_an_application_reads_no_row_without_the_towns_scope() -> None:
    rows = {Right.READ_OWN, Right.READ_ACROSS, Right.READ_STATUS, Right.WRITE, Right.DECIDE}
    open_to_all = {
        subject for subject in Subject for right in rows if allows(Role.APP, subject, right)
    }

    assert open_to_all == {Subject.TENANT, Subject.APP_GRANT}


def test_scopes_of_applications() -> None:
    assert list(app_scopes()) == [
        "blacklist:write",
        "case:read",
        "demand:read",
        "evidence:read",
        "hazard:read",
        "inspection:read",
        "register:read",
        "report:write",
        "routine_check:write",
        "webhook:read",
        "webhook:write",
    ]
    assert app_scope(Subject.HAZARD, Right.READ_OWN) == "hazard:read"
    assert app_scope(Subject.ROUTINE_CHECK, Right.WRITE) == "routine_check:write"


def test_require_says_what_is_missing() -> None:
    require(Role.DEPARTMENT, Subject.DEMAND, Right.WRITE)
    require(Role.TENANT_ADMIN, Subject.CASE, Right.DECIDE, capabilities=["can_penalise"])

    with pytest.raises(NotAllowed, match="COMMITTEE may not WRITE DEMAND"):
        require(Role.COMMITTEE, Subject.DEMAND, Right.WRITE)
    with pytest.raises(NotAllowed):
        require(Role.TENANT_ADMIN, Subject.CASE, Right.DECIDE, capabilities=["leads"])
