"""The two formats: round trip, compression, and refusals that name the path."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from infra.plan import app
from service.joint.planning.formats import (
    dump_instance,
    dump_plan,
    load_instance,
    load_plan,
    read_instance,
    write,
)
from service.joint.planning.generator import Size, generate
from service.joint.planning.parse import FormatError
from service.joint.planning.solver import solve

SMALL = Size(premises=12, demands=30, officers=8, days=12, bases=2)


def test_instance_and_plan_survive_a_round_trip(tmp_path: Path) -> None:
    text = dump_instance(generate(1, SMALL))
    write(tmp_path / "i.json.gz", text)

    instance = read_instance(tmp_path / "i.json.gz")
    plan = solve(instance, iterations=5)

    assert dump_instance(instance) == text
    assert load_plan(dump_plan(plan)) == plan
    assert load_instance(gzip.compress(text)).sha256 == instance.sha256


@pytest.mark.parametrize(
    ("keys", "value", "path"),
    [
        (("format",), "anshang.joint/9", "$.format"),
        (("days", 1), "2020-01-01", "days[1]"),
        (("days", 0), 5, "days[0]"),
        (("shift",), [1050, 510], "$.shift"),
        (("travel", "kmh"), 0, "travel.kmh"),
        (("bases", 0, "lat"), 91, "bases[0].lat"),
        (("officers", 0, "base"), "nowhere", "officers[0].base"),
        (("officers", 0, "absent"), [99], "officers[0].absent[0]"),
        (("officers", 1, "id"), "officer-0", "officers[1].id"),
        (("premises", 2, "max_visits"), -1, "premises[2].max_visits"),
        (("premises", 2, "open"), [5], "premises[2].open"),
        (("demands", 3, "due"), True, "demands[3].due"),
        (("demands", 3, "risk"), 5, "demands[3].risk"),
        (("demands", 3, "mandatory"), 1, "demands[3].mandatory"),
        (("demands", 3, "premises"), "nowhere", "demands[3].premises"),
        (("demands",), {}, "$.demands"),
    ],
)
def test_bad_values_are_named(keys: tuple[Any, ...], value: object, path: str) -> None:
    document = json.loads(dump_instance(generate(1, SMALL)))
    target = document
    for key in keys[:-1]:
        target = target[key]
    target[keys[-1]] = value

    with pytest.raises(FormatError) as refused:
        load_instance(json.dumps(document).encode())

    assert refused.value.path == path


@pytest.mark.parametrize("data", [b"", b"{", b"\xff\xfe", gzip.compress(b"{}", mtime=0)[:9], b"[]"])
def test_damaged_documents_are_refused(data: bytes) -> None:
    with pytest.raises(FormatError):
        load_instance(data)


def run(*words: object) -> int:
    try:
        app([str(word) for word in words], exit_on_error=False, result_action="return_value")
    except SystemExit as stop:
        return int(stop.code or 0)
    return 0


def test_commands_generate_solve_check_and_explain(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    instance, plan = tmp_path / "i.json", tmp_path / "p.json"

    assert run("generate", instance, "--premises", 12, "--demands", 30, "--officers", 8) == 0
    assert run("solve", instance, "--iterations", 5, "--out", plan) == 0
    assert run("check", instance, plan) == 0
    assert run("explain", instance, plan) == 0
    assert "joint visits instead of" in capsys.readouterr().out

    document = json.loads(plan.read_text())
    document["visits"][0]["officers"] = document["visits"][0]["officers"][:1]
    plan.write_text(json.dumps(document))

    assert run("check", instance, plan) == 1
    assert "at least 2 needed" in capsys.readouterr().out
    assert run("check", instance, tmp_path / "missing.json") == 2
