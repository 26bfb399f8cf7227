"""`anshang tenant` as an operator types it."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tenants.catalogue import towns_of

ROOT = Path(__file__).resolve().parents[2]


pytestmark = pytest.mark.timeout(240)  # each command is a process of its own


def anshang(
    *words: str, area: str = "tenant", **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "infra.cli", area, *words],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'graphql'}", **environment},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )


def test_a_town_from_provisioning_to_moving(environment: None, county: Callable[[], str]) -> None:
    origin, target = county(), county()
    town = towns_of(origin)[0].code

    made = anshang("provision", origin, "--json")
    figures = json.loads(made.stdout)
    assert made.returncode == 0
    assert figures["tenants"] == len(towns_of(origin))
    assert figures.keys() == {"tenants", "existing", "seconds", "first_ms", "last_ms"}

    listed = json.loads(anshang("list", "--district", origin, "--json").stdout)
    assert [line["code"] for line in listed] == [origin, *(t.code for t in towns_of(origin))]

    moved = anshang("move", town, "--to", target, "--json")
    assert json.loads(moved.stdout)["target"] == target
    again = anshang("move", town, "--to", target)
    assert (again.returncode, again.stdout) == (2, "")
    assert again.stderr == f"anshang: the tenant belongs to district {target} already\n"


def test_suspending_asks_for_a_reason(environment: None, county: Callable[[], str]) -> None:
    code = towns_of(county())[0].code
    anshang("provision", code)

    assert anshang("suspend", code, "--reason", "合并").stdout == f"{code} is suspended\n"
    assert anshang("resume", code).stdout == f"{code} is active\n"


def test_settings_are_shown_as_json(environment: None, county: Callable[[], str]) -> None:
    code = towns_of(county())[0].code
    anshang("provision", code)

    values = json.loads(anshang("settings", code, "--json").stdout)
    assert values["inspection.min_gap_days"] == 14
    assert values["certificate.warning_days"] == [90, 30]


def test_finding_needs_no_database() -> None:
    found = anshang("find", "渝北 龙溪街道", ANSHANG_DATABASE_URL="postgres://a:b@127.0.0.1:1/x")
    assert found.stdout.split() == ["500112011", "重庆市", "市辖区", "渝北区", "龙溪街道"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("provision",), "give division codes, or --parent"),
        (("provision", "999"), "the catalogue has no division 999"),
        (("suspend", "999999999", "--reason", "x"), "999999999 is no tenant; provision it first"),
    ],
)
def test_wrong_input_is_one_line(environment: None, words: tuple[str, ...], says: str) -> None:
    refused = anshang(*words)

    assert refused.returncode == 2
    assert refused.stderr.count("\n") == 1
    assert says in refused.stderr


def test_a_database_that_is_not_there_is_one_line() -> None:
    refused = anshang("list", ANSHANG_DATABASE_URL="postgres://a:b@127.0.0.1:1/x")

    assert refused.returncode == 2
    assert refused.stderr.startswith("anshang: the database at 127.0.0.1:1 does not serve this")
    assert refused.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("area", "words"),
    [("token", ("revoke", "nobody")), ("migrate", ()), ("seed", ())],
)
def test_engines_that_are_not_there_are_one_line(area: str, words: tuple[str, ...]) -> None:
    nowhere = "postgres://a:b@127.0.0.1:1/x"
    refused = anshang(
        *words, area=area, ANSHANG_DATABASE_URL=nowhere, ANSHANG_OWNER_DATABASE_URL=nowhere
    )

    assert refused.returncode == 2
    assert refused.stderr.count("\n") == 1
    assert refused.stderr.startswith("anshang: the engines do not answer")


def test_the_benchmark_works_in_a_database_of_its_own(environment: None) -> None:
    measured = anshang("provision", "500112", "--json", area="bench")

    figures = json.loads(measured.stdout)
    assert figures.keys() == {"tenants", "seconds", "first_ms", "last_ms"}
    assert figures["tenants"] == 30
    assert min(figures["seconds"], figures["first_ms"], figures["last_ms"]) > 0
