"""Acts on officers in the schema: appointed, card renewed, skills, transferred, dismissed.

A town acts for all its bodies, a department's officer for the own body alone.
"""

from datetime import date
from typing import Any

import strawberry
from strawberry import relay

from api.acts import KeyedInput, act
from api.context import Info
from api.nodes import node_id, typed_id
from api.officers import Officer
from service.errors import Invalid
from service.officers import commands
from service.officers.commands import Employer
from tenants.rights import Right, Role, Subject

WRITES = (Subject.OFFICER, Right.WRITE)
CODES = ("CONFLICT",)


@strawberry.input(description="Officer to be appointed")
class AppointOfficerInput(KeyedInput):
    """Input of `appointOfficer`."""

    body_code: str = strawberry.field(description="Code of the enforcement body, of this tenant")
    name: str = strawberry.field(description="Name, 1 to 60 characters")
    card_no: str = strawberry.field(description="Number of the enforcement card (执法证)")
    card_valid_to: date = strawberry.field(description="Last day of the card")
    skills: list[str] = strawberry.field(description="Lines that the officer masters")
    base_latitude: float = strawberry.field(description="Latitude of the base in degrees")
    base_longitude: float = strawberry.field(description="Longitude of the base in degrees")


@strawberry.input(description="What every act on an officer in office names")
class OfficerInput(KeyedInput):
    """Which officer, and as whom the caller read the entry."""

    officer_id: relay.GlobalID = strawberry.field(description="Officer in office")
    expected_version: int | None = strawberry.field(
        default=None,
        description="Version that the act is based on; refused where it is another by now",
    )


@strawberry.input(description="Card of an officer that was renewed")
class RenewOfficerCardInput(OfficerInput):
    """Input of `renewOfficerCard`."""

    card_valid_to: date = strawberry.field(description="Last day of the card, today or later")
    card_no: str | None = strawberry.field(
        default=None, description="Number of the new card, null when it kept the number"
    )


@strawberry.input(description="What an officer masters now")
class ChangeOfficerSkillsInput(OfficerInput):
    """Input of `changeOfficerSkills`."""

    skills: list[str] = strawberry.field(description="All lines that the officer masters")


@strawberry.input(description="Body that an officer goes to")
class TransferOfficerInput(OfficerInput):
    """Input of `transferOfficer`."""

    body_code: str = strawberry.field(description="Code of the body that the officer goes to")
    tenant_id: relay.GlobalID | None = strawberry.field(
        default=None,
        description="Town or office of that body, null for the officer's own; only a department "
        "of the district transfers between towns",
    )
    base_latitude: float | None = strawberry.field(
        default=None, description="Latitude of the new base, with the longitude; null keeps it"
    )
    base_longitude: float | None = strawberry.field(
        default=None, description="Longitude of the new base, with the latitude; null keeps it"
    )
    reason: str = strawberry.field(description="Why, 1 to 400 characters")


@strawberry.input(description="Officer who leaves office")
class DismissOfficerInput(OfficerInput):
    """Input of `dismissOfficer`."""

    reason: str = strawberry.field(description="Why, 1 to 400 characters")


def _employer(info: Info) -> Employer:
    principal = info.context.principal
    own = principal.body_id if principal.role is Role.DEPARTMENT else None
    return Employer(info.context.home, own)


async def _appoint(info: Info, input: AppointOfficerInput) -> Officer:
    employer = _employer(info)
    row = await commands.appoint_officer(
        employer.owner,
        body_code=input.body_code,
        name=input.name,
        card_no=input.card_no,
        card_valid_to=input.card_valid_to,
        skills=input.skills,
        base_latitude=input.base_latitude,
        base_longitude=input.base_longitude,
        body_id=employer.body_id,
    )
    return Officer.of(row)


async def _renew(info: Info, input: RenewOfficerCardInput) -> Officer:
    row = await commands.renew_card(
        _employer(info),
        node_id(input.officer_id, Officer, "officerId"),
        card_valid_to=input.card_valid_to,
        card_no=input.card_no,
        expected=input.expected_version,
    )
    return Officer.of(row)


async def _skills(info: Info, input: ChangeOfficerSkillsInput) -> Officer:
    row = await commands.change_skills(
        _employer(info),
        node_id(input.officer_id, Officer, "officerId"),
        input.skills,
        expected=input.expected_version,
    )
    return Officer.of(row)


async def _transfer(info: Info, input: TransferOfficerInput) -> Officer:
    if (input.base_latitude is None) != (input.base_longitude is None):
        raise Invalid("give latitude and longitude together", path=("input", "baseLatitude"))
    base = None
    if input.base_latitude is not None and input.base_longitude is not None:
        base = (input.base_latitude, input.base_longitude)
    row = await commands.transfer(
        _employer(info),
        node_id(input.officer_id, Officer, "officerId"),
        to=(
            typed_id(input.tenant_id, "Tenant", "tenantId")
            if input.tenant_id
            else info.context.home.tenant_id
        ),
        body_code=input.body_code,
        reason=input.reason,
        base=base,
        expected=input.expected_version,
    )
    return Officer.of(row)


async def _dismiss(info: Info, input: DismissOfficerInput) -> Officer:
    row = await commands.dismiss(
        _employer(info),
        node_id(input.officer_id, Officer, "officerId"),
        input.reason,
        expected=input.expected_version,
    )
    return Officer.of(row)


SHOWN = ("officer", Officer)


@strawberry.type
class OfficerMutation:
    """Acts on officers."""

    appoint_officer: Any = act(
        "appointOfficer",
        "Appoint an officer of a body with an enforcement card (执法人员)",
        AppointOfficerInput,
        SHOWN,
        _appoint,
        needs=WRITES,
        codes=CODES,
    )
    renew_officer_card: Any = act(
        "renewOfficerCard",
        "Note the last day of an officer's card anew; visits that lack an officer by it say so",
        RenewOfficerCardInput,
        SHOWN,
        _renew,
        needs=WRITES,
        codes=CODES,
    )
    change_officer_skills: Any = act(
        "changeOfficerSkills",
        "Note what an officer masters; visits that lack a skill by it say so",
        ChangeOfficerSkillsInput,
        SHOWN,
        _skills,
        needs=WRITES,
        codes=CODES,
    )
    transfer_officer: Any = act(
        "transferOfficer",
        "Give an officer to another body; in another town the officer is entered anew",
        TransferOfficerInput,
        SHOWN,
        _transfer,
        needs=WRITES,
        codes=CODES,
    )
    dismiss_officer: Any = act(
        "dismissOfficer",
        "Let an officer leave office today; announced visits that lack an officer by it say so",
        DismissOfficerInput,
        SHOWN,
        _dismiss,
        needs=WRITES,
        codes=CODES,
    )
