"""Provisioning: a division of the catalogue becomes a tenant, one at a time or a whole nation.

These are acts of the platform's operator.  Each opens its own transaction, one per district,
under a scope that reaches the platform's tables and the tenants it makes and nothing else.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from time import perf_counter
from uuid import UUID

from service import audit, clock, outbox
from service.administration.rules import BodyKind, TenantKind, body_name, tenant_kind
from service.errors import Invalid
from service.ids import new_id
from tenants.catalogue import EDITION, Catalogue, Division, UnknownDivision, catalogue
from tenants.records import Body, District, Tenant, TenantDistrict, owned
from tenants.scope import Owner, Scope
from tenants.wall import tenant_transaction

SAMPLE = 100  # tenants at either end over which the cost of one is averaged
OPERATOR = "operator:command-line"

Progress = Callable[[int, int], None]


@dataclass(slots=True)
class Provisioned:
    """What provisioning did; times are wall-clock."""

    made: int = 0
    existing: int = 0
    seconds: float = 0.0
    spans: list[tuple[int, float]] = field(default_factory=list)
    """Tenants made and seconds taken, district by district."""

    @property
    def first_ms(self) -> float:
        """Milliseconds a tenant, over the first `SAMPLE`."""
        return _mean_ms(self.spans)

    @property
    def last_ms(self) -> float:
        """Milliseconds a tenant, over the last `SAMPLE`."""
        return _mean_ms(self.spans[::-1])


def _mean_ms(spans: Iterable[tuple[int, float]]) -> float:
    tenants, seconds = 0, 0.0
    for made, taken in spans:
        if tenants >= SAMPLE:
            break
        tenants, seconds = tenants + made, seconds + taken
    return round(1000 * seconds / tenants, 3) if tenants else 0.0


def resolve(codes: Iterable[str], on: date = EDITION) -> list[Division]:
    """The towns and streets meant by division codes; a larger division stands for all its towns.

    Raises:
        Invalid: a code that the catalogue does not have on that day.
    """
    known, found = catalogue(), dict[str, Division]()
    for code in codes:
        try:
            division = known.division(code, on)
        except UnknownDivision as error:
            raise Invalid(
                f"the catalogue has no division {code} on {on}; search it by name", path=("code",)
            ) from error
        towns = [division] if len(code) == 9 else known.towns_of(code, on)
        found.update((town.code, town) for town in towns)
    return sorted(found.values(), key=lambda town: (town.parent, town.code))


async def provision(
    codes: Iterable[str],
    *,
    actor: str = OPERATOR,
    on: date = EDITION,
    progress: Progress | None = None,
) -> Provisioned:
    """Make tenants of all towns meant by `codes`; those that are tenants already stay as they are.

    Districts and their offices are made as needed.  Safe to run again after a break.

    Raises:
        Invalid: a code that the catalogue does not have.
    """
    towns = resolve(codes, on)
    done, begun = Provisioned(), perf_counter()
    known = catalogue()
    for county, members in groupby(towns, key=lambda town: town.parent):
        started = perf_counter()
        made, existing = await _provision_district(known, county, list(members), actor, on)
        done.made += made
        done.existing += existing
        if made:
            done.spans.append((made, perf_counter() - started))
        if progress:
            progress(done.made + done.existing, len(towns))
    done.seconds = round(perf_counter() - begun, 3)
    return done


async def _provision_district(
    known: Catalogue, county: str, towns: Sequence[Division], actor: str, on: date
) -> tuple[int, int]:
    """One district, its office and towns in one transaction; how many were made, how many not."""
    district_id, office_id, taken = await _known(county, [town.code for town in towns], actor)
    wanted = [town for town in towns if town.code not in taken]
    if not wanted:
        return 0, len(towns)
    ids = {town.code: new_id() for town in wanted}
    home = Owner(office_id or new_id(), district_id or new_id())
    tenants = frozenset({home.tenant_id, *ids.values()})
    scope = Scope(actor, home, frozenset({home.district_id}), tenants, tenants, platform=True)
    async with tenant_transaction(scope) as transaction:
        # Two operators at once: the second waits, then finds the towns taken.
        await transaction.fetch("select pg_advisory_xact_lock(hashtextextended($1, 0))", county)
        fresh = [*ids] if office_id else [county, *ids]
        if not await Tenant.filter(division_code__in=fresh).exists():
            if office_id is None:
                await found_district(known.division(county, on), home)
            await _found_towns(wanted, ids, home, on)
            return len(wanted), len(taken)
        transaction.refuse()
    return await _provision_district(known, county, towns, actor, on)


async def _known(
    county: str, codes: list[str], actor: str
) -> tuple[UUID | None, UUID | None, set[str]]:
    """The district's id, its office's id, and which codes are tenants already."""
    async with tenant_transaction(Scope.of_platform(actor), read_only=True):
        district = await District.get_or_none(code=county)
        taken = await Tenant.filter(division_code__in=codes).values_list("division_code", flat=True)
    if district is None:
        return None, None, set()
    return district.id, district.office_id, set(map(str, taken))


def member_since(division: Division) -> date:
    """First day on which the catalogue knows the division to belong where it is."""
    return division.valid_from or EDITION


async def found_district(county: Division, home: Owner) -> None:
    """Found a district with its office, which owns what belongs to no single town.

    Runs in the caller's transaction, whose scope is the platform's and the office's.
    """
    at = clock.now()
    await District.create(
        id=home.district_id,
        code=county.code,
        name=county.name,
        office_id=home.tenant_id,
        created_at=at,
    )
    await Tenant.create(
        id=home.tenant_id,
        district_id=home.district_id,
        division_code=county.code,
        name=county.name,
        kind=TenantKind.DISTRICT.value,
        created_at=at,
    )
    await TenantDistrict.create(
        id=new_id(),
        tenant_id=home.tenant_id,
        district_id=home.district_id,
        valid_from=member_since(county),
    )
    await audit.record("administration.district_founded", home, "District", home.district_id)


async def _found_towns(
    towns: Sequence[Division], ids: dict[str, UUID], home: Owner, on: date
) -> None:
    """The towns, where they belong, and their enforcement bodies (Order 375, Chongqing, art. 2)."""
    at = clock.now()
    await Tenant.bulk_create(
        Tenant(
            id=ids[town.code],
            district_id=home.district_id,
            division_code=town.code,
            name=town.name,
            kind=tenant_kind(town).value,
            created_at=at,
        )
        for town in towns
    )
    await TenantDistrict.bulk_create(
        TenantDistrict(
            id=new_id(),
            tenant_id=ids[town.code],
            district_id=home.district_id,
            valid_from=member_since(town),
        )
        for town in towns
    )
    await Body.bulk_create(
        Body(
            id=new_id(),
            **owned(Owner(ids[town.code], home.district_id)),
            code="town",
            name=body_name(town),
            kind=BodyKind.TOWN.value,
            line="general",
        )
        for town in towns
    )
    for town in towns:
        owner = Owner(ids[town.code], home.district_id)
        await audit.record(
            "administration.tenant_provisioned",
            owner,
            "Tenant",
            owner.tenant_id,
            division=town.code,
            edition=on,
        )
    await outbox.emit(
        "administration.tenants_provisioned",
        home,
        {"tenants": [str(identity) for identity in ids.values()]},
    )
