"""Strange instances and plans of other origin: a clear line and an exit code, never a traceback."""

import gzip
import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infra.plan import app
from service.joint.planning.checker import check
from service.joint.planning.formats import dump_instance, dump_plan, load_instance, load_plan
from service.joint.planning.generator import Size, generate
from service.joint.planning.parse import FormatError
from service.joint.planning.solver import solve

Document = dict[str, Any]


def small() -> Document:
    """An instance that is lawful in every respect."""
    text = dump_instance(generate(3, Size(premises=6, demands=14, officers=6, days=8, bases=2)))
    return dict(json.loads(text))


def put(document: Document, *keys: Any, value: Any) -> Document:
    """A copy with one value changed."""
    changed = deepcopy(document)
    target: Any = changed
    for key in keys[:-1]:
        target = target[key]
    target[keys[-1]] = value
    return changed


def run(*words: object) -> int:
    """The exit code; whatever else is raised would be a traceback for the user."""
    try:
        app([str(word) for word in words], exit_on_error=False, result_action="return_value")
    except SystemExit as stop:
        return int(stop.code or 0)
    return 0


def every(document: Document, kind: str, **values: Any) -> Document:
    """A copy with the same values in all rows of one kind."""
    changed = deepcopy(document)
    for row in changed[kind]:
        row.update(values)
    return changed


def with_skills(document: Document, count: int) -> Document:
    changed = deepcopy(document)
    for number in range(count):
        row = dict(changed["demands"][0], id=f"extra-{number}", skill=f"skill-{number}")
        changed["demands"].append(row)
    return changed


def with_bodies(document: Document, count: int) -> Document:
    changed = deepcopy(document)
    for number in range(count):
        row = dict(changed["officers"][0], id=f"extra-{number}", body=f"body-{number}")
        changed["officers"].append(row)
    return changed


def renamed(document: Document, old: str, new: str) -> Document:
    return dict(
        json.loads(json.dumps(document, ensure_ascii=False).replace(f'"{old}"', f'"{new}"'))
    )


def at(document: Document, lat: float, lon: float) -> Document:
    return every(every(document, "premises", lat=lat, lon=lon), "bases", lat=lat, lon=lon)


def poles(document: Document) -> Document:
    changed = deepcopy(document)
    for number, row in enumerate([*changed["premises"], *changed["bases"]]):
        row.update(lat=90.0, lon=float(number * 40 - 180))
    return changed


def antimeridian(document: Document) -> Document:
    changed = deepcopy(document)
    for number, row in enumerate([*changed["premises"], *changed["bases"]]):
        row.update(lat=-16.8, lon=(180.0, -180.0, 179.99, -179.99)[number % 4])
    return changed


def hair_apart(document: Document) -> Document:
    changed = deepcopy(document)
    for number, row in enumerate([*changed["premises"], *changed["bases"]]):
        row.update(lat=number * 1e-300, lon=0.0)
    return changed


SOLVABLE: dict[str, Callable[[Document], Document]] = {
    "no demands": lambda d: {**d, "demands": []},
    "no demands and no premises": lambda d: {**d, "demands": [], "premises": []},
    "nothing at all": lambda d: {**d, "demands": [], "premises": [], "officers": [], "bases": []},
    "no officers": lambda d: {**d, "officers": []},
    "one officer": lambda d: {**d, "officers": d["officers"][:1]},
    "one day": lambda d: {
        **every(
            every(every(d, "officers", absent=[]), "premises", closed=[]),
            "demands",
            release=0,
            due=0,
        ),
        "days": d["days"][:1],
    },
    "always closed": lambda d: every(d, "premises", closed=list(range(8))),
    "always absent": lambda d: every(d, "officers", absent=list(range(8))),
    "nobody certified": lambda d: every(d, "officers", certified=False),
    "no skills": lambda d: every(d, "officers", skills=[]),
    "the same skill many times": lambda d: every(d, "officers", skills=["fire"] * 9 + ["gas"]),
    "open outside the shift": lambda d: every(d, "premises", open=[0, 60]),
    "open for one minute": lambda d: every(d, "premises", open=[600, 601]),
    "a whole day long": lambda d: every(
        every(d, "demands", minutes=1440), "premises", max_minutes=1440
    ),
    "one minute long": lambda d: every(d, "demands", minutes=1),
    "no visit allowed": lambda d: every(d, "premises", max_visits=0),
    "no visit of any body": lambda d: every(d, "premises", max_visits_per_body=0),
    "a gap of ten years": lambda d: every(d, "premises", min_gap_days=3660),
    "no gap": lambda d: every(d, "premises", min_gap_days=0),
    "all at one place": lambda d: at(d, 29.7, 106.6),
    "poles": poles,
    "antimeridian": antimeridian,
    "a hair apart": hair_apart,
    "slower than walking": lambda d: {
        **d,
        "travel": {"kmh": 0.1, "detour": 10, "fixed_minutes": 1440},
    },
    "shift of one minute": lambda d: {**d, "shift": [600, 601]},
    "shift of a day": lambda d: {**d, "shift": [0, 1440]},
    "ids of every script": lambda d: renamed(
        renamed(d, "premises-0", "场所·甲 №1 🏬"), "officer-0", "عمر\u200f"
    ),
    "62 skills": lambda d: with_skills(d, 56),
    "all exempt": lambda d: every(d, "demands", exempt=True, mandatory=True),
    "more than is asked": lambda d: {**every(d, "demands", note=[1, {"x": None}]), "extra": {}},
}


@pytest.mark.parametrize("name", SOLVABLE)
def test_what_is_odd_but_lawful_is_planned_and_explained(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    instance, plan = tmp_path / "i.json", tmp_path / "p.json"
    document = SOLVABLE[name](small())
    instance.write_text(json.dumps(document, ensure_ascii=False))

    assert run("solve", instance, "--iterations", 5, "--out", plan) == 0, capsys.readouterr().err
    assert run("check", instance, plan) == 0
    assert run("explain", instance, plan) == 0

    made = json.loads(plan.read_text())
    listed = [d for v in made["visits"] for d in v["demands"]]
    listed += [u["demand"] for u in made["unserved"]]
    assert sorted(listed) == sorted(d["id"] for d in document["demands"])


BIG = "9" * 400
REFUSED: dict[str, tuple[Callable[[Document], Any], str]] = {
    "NaN": (lambda d: put(d, "bases", 0, "lat", value=float("nan")), "NaN is no number"),
    "Infinity": (lambda d: put(d, "travel", "kmh", value=float("inf")), "Infinity is no number"),
    "negative": (lambda d: put(d, "demands", 0, "minutes", value=-5), "demands[0].minutes"),
    "nought minutes": (lambda d: put(d, "demands", 0, "minutes", value=0), "demands[0].minutes"),
    "huge minutes": (lambda d: put(d, "demands", 0, "minutes", value=10**30), "demands[0].minutes"),
    "half a minute": (lambda d: put(d, "demands", 0, "minutes", value=30.5), "demands[0].minutes"),
    "shift reversed": (lambda d: {**d, "shift": [1050, 510]}, "$.shift"),
    "no days": (lambda d: {**d, "days": []}, "days"),
    "days out of order": (lambda d: {**d, "days": d["days"][::-1]}, "days[1]"),
    "a day twice": (lambda d: put(d, "days", 1, value=d["days"][0]), "days[1]"),
    "a day without hyphens": (lambda d: put(d, "days", 0, value="20260105"), "days[0]"),
    "a million days": (lambda d: {**d, "days": d["days"] * 200_000}, "days"),
    "window outside": (lambda d: put(d, "demands", 1, "due", value=99), "demands[1].due"),
    "window reversed": (
        lambda d: put(put(d, "demands", 1, "release", value=5), "demands", 1, "due", value=4),
        "demands[1].due",
    ),
    "closed on no day": (lambda d: put(d, "premises", 0, "closed", value=[-1]), "premises[0]"),
    "twin demands": (lambda d: put(d, "demands", 1, "id", value="demand-0"), "demands[1].id"),
    "twin premises": (lambda d: put(d, "premises", 1, "id", value="premises-0"), "premises[1].id"),
    "twin bases": (lambda d: put(d, "bases", 1, "id", value="base-0"), "bases[1].id"),
    "unknown premises": (lambda d: put(d, "demands", 0, "premises", value="x"), "demands[0]"),
    "unknown base": (lambda d: put(d, "officers", 0, "base", value="x"), "officers[0].base"),
    "empty id": (lambda d: put(d, "demands", 0, "id", value=""), "demands[0].id"),
    "id of two lines": (lambda d: put(d, "demands", 0, "id", value="a\nb"), "demands[0].id"),
    "half a character": (lambda d: put(d, "demands", 0, "id", value="\ud800"), "demands[0].id"),
    "endless id": (lambda d: put(d, "demands", 0, "id", value="x" * 10**6), "demands[0].id"),
    "demands no list": (lambda d: {**d, "demands": {"a": 1}}, "$.demands"),
    "demand no object": (lambda d: put(d, "demands", 0, value=[1] * 10**5), "demands[0]"),
    "fixed no list": (lambda d: {**d, "fixed": 7}, "$.fixed"),
    "fixed no visit": (lambda d: {**d, "fixed": {"day": 1}}, "$.fixed"),
    "travel no object": (lambda d: {**d, "travel": "fast"}, "travel"),
    "missing field": (
        lambda d: {**d, "officers": [{k: v for k, v in d["officers"][0].items() if k != "body"}]},
        "officers[0].body",
    ),
    "no object": (lambda d: [d], "$"),
    "63 skills": (lambda d: with_skills(d, 63), "at most 62"),
    "70 bodies": (lambda d: with_bodies(d, 70), "at most 62"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_planned_is_refused_in_one_line(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil, words = REFUSED[name]
    (tmp_path / "i.json").write_text(json.dumps(spoil(small())))

    assert run("solve", tmp_path / "i.json", "--iterations", 1, "--out", tmp_path / "p.json") == 2

    (line,) = capsys.readouterr().err.strip().splitlines()
    assert line.startswith("anshang plan: ")
    assert words in line
    assert len(line) < 400
    assert not (tmp_path / "p.json").exists()


def bomb(size: int) -> bytes:
    return gzip.compress(b" " * size, 9)


DAMAGED: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "truncated": lambda: json.dumps(small()).encode()[:-40],
    "truncated gzip": lambda: gzip.compress(json.dumps(small()).encode())[:-40],
    "gzip with a flipped bit": lambda: (
        (text := bytearray(gzip.compress(json.dumps(small()).encode()))).__setitem__(60, 0) or text
    ),
    "gzip bomb": lambda: bomb(64 << 20),
    "bomb in a bomb": lambda: gzip.compress(bomb(8 << 20)),
    "a hundred thousand brackets": lambda: b"[" * 100_000,
    "a number of 10,000 digits": lambda: b'{"format": ' + b"9" * 10_000 + b"}",
    "a large exponent": lambda: b'{"format": 1e999}',
    "half a character": lambda: b'{"format": "\xff"}',
    "nothing but zeros": lambda: bytes(5000),
    "null": lambda: b"null",
}


@pytest.mark.parametrize("name", DAMAGED)
def test_damaged_files_are_refused_in_one_line(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "x").write_bytes(bytes(DAMAGED[name]()))
    (tmp_path / "i").write_text(json.dumps(small()))

    assert run("solve", tmp_path / "x", "--out", tmp_path / "p") == 2
    assert run("check", tmp_path / "i", tmp_path / "x") == 2
    assert run("explain", tmp_path / "i", tmp_path / "x") == 2

    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 3
    assert all(line.startswith("anshang plan: ") and len(line) < 400 for line in lines)


@pytest.mark.parametrize(
    "words",
    [
        ("--seconds", "nan"),
        ("--seconds", "-1"),
        ("--seconds", "inf"),
        ("--iterations", "-1"),
        ("--seed", "-1"),
        ("--seed", str(2**70)),
        ("--seconds", "1", "--iterations", "1"),
    ],
)
def test_options_out_of_range_are_refused(words: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "i").write_text(json.dumps(small()))

    assert run("solve", tmp_path / "i", "--out", tmp_path / "p", *words) == 2
    assert not (tmp_path / "p").exists()


def test_a_place_that_cannot_be_written_is_refused_before_any_work(tmp_path: Path) -> None:
    (tmp_path / "i").write_text("never read")

    assert run("solve", tmp_path / "i", "--out", tmp_path / "no" / "p.json") == 2
    assert run("solve", tmp_path / "i", "--out", tmp_path) == 2
    assert run("generate", tmp_path / "no" / "i.json", "--premises", 3) == 2
    assert run("generate", tmp_path / "g.json", "--premises", 0) == 2
    assert sorted(p.name for p in tmp_path.iterdir()) == ["i"]


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Document, Document]:
    """An instance in a file, and the documents of the instance and of its plan."""
    path = tmp_path_factory.mktemp("pair") / "i.json"
    text = dump_instance(generate(5, Size(premises=12, demands=30, officers=10, days=10, bases=2)))
    path.write_bytes(text)
    plan = dict(json.loads(dump_plan(solve(load_instance(text), iterations=5))))
    assert plan["visits"]
    return path, dict(json.loads(text)), plan


ODD_PLANS: dict[str, tuple[Callable[[Document], Any], int]] = {
    "extra fields": (lambda p: {**p, "note": 1, "visits": [{**v, "x": 1} for v in p["visits"]]}, 0),
    "no sums of risk": (
        lambda p: {
            **p,
            "certificate": {k: v for k, v in p["certificate"].items() if "risk" not in k},
        },
        0,
    ),
    "visits in another order": (lambda p: {**p, "visits": p["visits"][::-1]}, 0),
    "no certificate": (lambda p: {k: v for k, v in p.items() if k != "certificate"}, 1),
    "no visits": (lambda p: {k: v for k, v in p.items() if k != "visits"}, 2),
    "no list of what is left out": (lambda p: {k: v for k, v in p.items() if k != "unserved"}, 2),
    "certificate a list": (lambda p: {**p, "certificate": [1]}, 2),
    "certificate a number": (lambda p: {**p, "certificate": 5}, 2),
    "empty certificate": (lambda p: {**p, "certificate": {}}, 2),
    "day a word": (lambda p: put(p, "visits", 0, "day", value="Monday"), 2),
    "day true": (lambda p: put(p, "visits", 0, "day", value=True), 2),
    "day beyond": (lambda p: put(p, "visits", 0, "day", value=1400), 1),
    "start of half a minute": (lambda p: put(p, "visits", 0, "start", value=600.5), 2),
    "officers a word": (lambda p: put(p, "visits", 0, "officers", value="officer-1"), 2),
    "a visit twice": (lambda p: {**p, "visits": [*p["visits"], p["visits"][0]]}, 1),
    "unknown premises": (lambda p: put(p, "visits", 0, "premises", value="nowhere"), 1),
    "unknown demand left out": (
        lambda p: {**p, "unserved": [*p["unserved"], {"demand": "x", "reason": "LAW"}]},
        1,
    ),
    "nothing": (lambda p: {"format": "anshang.plan/1", "visits": [], "unserved": []}, 1),
}


@pytest.mark.parametrize("name", ODD_PLANS)
def test_plans_of_other_origin_get_the_code_they_deserve(
    name: str,
    tmp_path: Path,
    pair: tuple[Path, Document, Document],
    capsys: pytest.CaptureFixture[str],
) -> None:
    instance, _, plan = pair
    spoil, code = ODD_PLANS[name]
    (tmp_path / "p").write_text(json.dumps(spoil(deepcopy(plan))))

    assert run("check", instance, tmp_path / "p") == code
    told = capsys.readouterr()
    assert bool(told.out) == (code == 1)
    explained = run("explain", instance, tmp_path / "p")
    assert explained == (0 if name == "no certificate" else code)


def test_a_false_certificate_is_not_quoted(
    tmp_path: Path, pair: tuple[Path, Document, Document], capsys: pytest.CaptureFixture[str]
) -> None:
    instance, _, plan = pair
    (tmp_path / "p").write_text(json.dumps(put(plan, "certificate", "visits", value=1)))

    assert run("explain", instance, tmp_path / "p") == 0
    assert "proven" not in capsys.readouterr().out


JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(allow_nan=False),
    st.text(max_size=5),
    st.lists(st.integers(-3, 3), max_size=3),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
    st.sampled_from(["", "officer-0", "premises-1", "demand-2", "fire", 0, 1, 7, 9, 600]),
)


def all_paths(value: Document) -> list[tuple[Any, ...]]:
    return [p for key in value for p in [(key,), *inside(value[key], (key,))]]


def inside(value: Any, path: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        return [p for k, v in value.items() for p in [(*path, k), *inside(v, (*path, k))]]
    if isinstance(value, list):
        return [p for i, v in enumerate(value[:4]) for p in [(*path, i), *inside(v, (*path, i))]]
    return []


def one_line(error: FormatError) -> None:
    assert "\n" not in str(error)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_whatever_stands_in_an_instance_is_planned_lawfully_or_refused(data: st.DataObject) -> None:
    document = small()
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(all_paths(document)))
        document = put(document, *path, value=data.draw(JUNK))
    try:
        instance = load_instance(json.dumps(document).encode())
    except FormatError as error:
        one_line(error)
        return
    plan = solve(instance, iterations=2)

    assert check(instance, plan) == []
    assert load_plan(dump_plan(plan)) == plan


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_whatever_stands_in_a_plan_is_judged(
    data: st.DataObject, pair: tuple[Path, Document, Document]
) -> None:
    path, _, plan = pair
    instance = load_instance(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 2))):
        where = data.draw(st.sampled_from(all_paths(plan)))
        plan = put(plan, *where, value=data.draw(JUNK))
    try:
        made = load_plan(json.dumps(plan).encode())
    except FormatError as error:
        one_line(error)
        return

    lines = check(instance, made)

    assert all("\n" not in line for line in lines)
    # The checker is the only judge here, so a second, blunter one stands beside it.
    if not lines:
        assert lawful(instance, made)


def lawful(instance: Any, plan: Any) -> bool:
    """Rules 1 to 4 once more, as plainly as they can be written."""
    demands = {d.id: d for d in instance.demands}
    premises = {p.id: p for p in instance.premises}
    officers = {o.id: o for o in instance.officers}
    listed = [d for v in plan.visits for d in v.demands] + [u.demand for u in plan.unserved]
    good = sorted(listed) == sorted(demands)
    for v in plan.visits:
        own, place = [demands[d] for d in v.demands], premises[v.premises]
        team = [officers[o] for o in v.officers]
        by_body = {d.body: sum(e.minutes for e in own if e.body == d.body) for d in own}
        good &= all(d.premises == v.premises and d.release <= v.day <= d.due for d in own)
        good &= v.day not in place.closed and v.minutes == max(by_body.values())
        good &= v.minutes <= place.max_minutes and len(set(v.officers)) == len(team) >= 2
        good &= all(o.certified and v.day not in o.absent for o in team)
        good &= all(any(d.skill in o.skills for o in team) for d in own)
        good &= any(o.body == v.lead_body for o in team)
        for w in plan.visits:
            if w is v:
                continue
            same_team = set(v.officers) & set(w.officers) and v.day == w.day
            good &= not (same_team and v.start <= w.start < v.start + v.minutes)
            counted = not all(d.exempt for d in own)
            counted &= not all(demands[d].exempt for d in w.demands)
            if v.premises == w.premises:
                apart = abs((instance.days[v.day] - instance.days[w.day]).days)
                good &= apart > 0 and (not counted or apart >= place.min_gap_days)
    return good
