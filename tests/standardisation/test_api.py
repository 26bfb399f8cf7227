"""Standardisation through the schema: the town enters, a department grants, each sees its own."""

from datetime import date
from pathlib import Path
from typing import Any

from strawberry.relay import to_base64

from tenants.principal import PUBLIC
from tenants.rights import Role
from tests.conftest import Execute, World
from tests.guidance.conftest import turn as turn
from tests.hazards.conftest import member
from tests.register.conftest import statements as statements
from tests.standardisation.test_commands import DAY, granted, office, shop, town

ROOT = Path(__file__).resolve().parents[2] / "graphql" / "operations"
DOCUMENTS = "\n".join(
    (ROOT / f"{name}.graphql").read_text() for name in ("standardisation", "conformity")
)


def document(name: str) -> str:
    """One of the operations that we ship."""
    start = min(
        at
        for at in (DOCUMENTS.find(f"{kind} {name}(") for kind in ("query", "mutation"))
        if at >= 0
    )
    return DOCUMENTS[start : DOCUMENTS.index("\n}\n", start) + 3]


async def test_the_way_of_a_certificate_through_the_schema(
    world: World, turn: Any, execute: Execute
) -> None:
    turn(date(2026, 3, 20))
    enterprise = to_base64("Enterprise", str(await shop(world)))
    clerk, emergency = world.towns[0].principal(), world.department("emergency")

    async def do(who: Any, name: str, **given: Any) -> dict[str, Any]:
        answer = await execute(who, document(name), {"input": given})
        assert answer["errors"] == []
        (payload,) = answer["data"].values()
        return payload

    def codes(payload: dict[str, Any]) -> list[str]:
        return [one["code"] for one in payload["errors"]]

    asked = {"enterpriseId": enterprise, "grade": 3, "appliedOn": "2026-03-02"}
    for who in (world.committee(), emergency, member(world, Role.INSPECTOR, "account:i")):
        assert codes(await do(who, "ApplyForStandardisation", **asked)) == ["FORBIDDEN"]
    made = await do(clerk, "ApplyForStandardisation", **asked)
    assert made["certificate"]["enterprise"]["id"] == enterprise
    cert = {"certificateId": made["certificate"]["id"]}
    await do(clerk, "EnterSelfAssessment", **cert, score=70, assessedOn="2026-03-02")
    review = {**cert, "score": 66, "reviewedOn": "2026-03-02"}
    for who in (clerk, world.committee()):
        assert codes(await do(who, "ReviewStandardisation", **review)) == ["FORBIDDEN"]
    await do(emergency, "ReviewStandardisation", **review)
    early = await do(emergency, "GrantStandardisation", **cert, number="A1", issuedOn="2026-03-12")
    assert codes(early) == ["WRONG_STATE"]
    out = await do(emergency, "PublishStandardisation", **cert, publishedOn="2026-03-02")
    assert out["certificate"]["objectionsUntil"] == "2026-03-09"
    early = await do(emergency, "GrantStandardisation", **cert, number="A1", issuedOn="2026-03-09")
    assert codes(early) == ["TOO_SOON"]
    done = await do(emergency, "GrantStandardisation", **cert, number="A1", issuedOn="2026-03-12")

    assert done["certificate"] == {
        "id": cert["certificateId"], "state": "GRANTED", "number": "A1",
        "issuedOn": "2026-03-12", "validTo": "2029-03-12",
    }  # fmt: skip
    assert codes(await do(clerk, "RevokeStandardisation", **cert, reason="x",
                          revokedOn="2026-03-20")) == ["FORBIDDEN"]  # fmt: skip


async def test_each_sees_its_own_and_the_committee_the_rate_of_each_town(
    world: World, turn: Any, execute: Execute
) -> None:
    turn(date(2026, 3, 20))
    own, other = await shop(world), await shop(world, 1)
    await granted(world, own)
    turn(date(2029, 2, 20))
    counts = await execute(world.committee(), document("StandardisationCounts"), {})
    party = member(world, Role.ENTERPRISE, "account:p", enterprise_id=own)
    stranger = member(world, Role.ENTERPRISE, "account:q", enterprise_id=other)

    first, second = counts["data"]["standardisationCounts"]
    assert first["certified"] == {"numerator": 1, "denominator": 2, "value": 0.5}
    assert first["posts"] == {"numerator": 0, "denominator": 0, "value": None}
    assert second["certified"]["value"] is None
    for who, number in (
        (world.towns[0].principal(), 1), (party, 1), (stranger, 0), (world.committee(), 1),
        (world.department("commerce"), 1), (world.towns[1].principal(), 0),
    ):  # fmt: skip
        seen = await execute(who, document("ExpiringStandardisationCerts"), {"withinDays": 30})
        assert seen["errors"] == []
        found = seen["data"]["expiringStandardisationCerts"]
        assert found["totalCount"] == number
        assert [edge["node"]["daysLeft"] for edge in found["edges"]] == [20] * number
    missing = await execute(world.committee(), document("EnterprisesWithoutCertificate"), {})
    assert [
        edge["node"]["name"] for edge in missing["data"]["enterprisesWithoutCertificate"]["edges"]
    ] == ["安商1店"]
    for who in (party, PUBLIC):
        refused = await execute(who, document("StandardisationCounts"), {})
        assert [one["extensions"]["code"] for one in refused["errors"]] == ["FORBIDDEN"]


async def test_a_page_of_enterprises_costs_as_many_statements_as_one(
    world: World, turn: Any, execute: Execute, statements: list[str]
) -> None:
    turn(DAY)
    from service.standardisation import commands, conformity
    from service.standardisation.conformity import Level, Wanted

    ask = """{ enterprises { edges { node { name certificates { state enterprise { name } }
      conformity { conforms items { name enterprise { name } } } } } } }"""
    clerk = world.towns[0].principal()
    counted = []
    for number in range(3):
        enterprise = await shop(world, number)
        await office(world, commands.record, enterprise, 3, f"A{number}", DAY)
        await town(world, conformity.keep, enterprise, [Wanted(Level.POST, "电工")])
        statements.clear()
        answer = await execute(clerk, ask)
        assert answer["errors"] == []
        counted.append(len(statements))

    rows = [edge["node"] for edge in answer["data"]["enterprises"]["edges"]]
    assert [row["certificates"][0]["state"] for row in rows] == ["GRANTED"] * 3
    assert [row["conformity"]["conforms"] for row in rows] == [False] * 3
    assert len(set(counted)) == 1, counted


async def test_items_are_kept_assessed_and_listed_while_they_wait(
    world: World, turn: Any, execute: Execute
) -> None:
    turn(DAY)
    enterprise = to_base64("Enterprise", str(await shop(world)))
    clerk = world.towns[0].principal()
    kept = await execute(clerk, document("KeepConformityItems"), {"input": {
        "enterpriseId": enterprise,
        "items": [{"level": "DISCIPLINE", "name": "电气"}, {"level": "POST", "name": "电工"}],
    }})  # fmt: skip
    items = kept["data"]["keepConformityItems"]["items"]
    assert [(one["level"], one["name"], one["passed"]) for one in items] == [
        ("DISCIPLINE", "电气", None), ("POST", "电工", None),
    ]  # fmt: skip
    for one in items:
        done = await execute(clerk, document("AssessConformity"), {"input": {
            "itemId": one["id"], "passed": one["level"] == "POST", "assessedOn": "2026-03-02",
        }})  # fmt: skip
        assert done["data"]["assessConformity"]["errors"] == []
    waiting = await execute(clerk, document("ConformityToDo"), {})
    assert [e["node"]["name"] for e in waiting["data"]["conformityItems"]["edges"]] == ["电气"]
    gone = {"input": {"itemId": items[0]["id"]}}
    await execute(clerk, document("EndConformityItem"), gone)
    again = await execute(clerk, document("EndConformityItem"), gone)
    assert [e["code"] for e in again["data"]["endConformityItem"]["errors"]] == ["ENDED"]
    seen = await execute(clerk, document("StandardisationOfEnterprise"), {"id": enterprise})
    assert seen["data"]["node"]["conformity"] == {
        "conforms": True,
        "items": [{**items[1], "passed": True, "assessedOn": "2026-03-02"}],
    }
