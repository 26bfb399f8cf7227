"""People find an enterprise by whatever they remember of it."""

import re
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from service.register import search
from tests.conftest import Execute, World
from tests.register.conftest import Ask, code

HAN = st.text(
    alphabet="重庆市渝北区安商长乐银行大厦贸易有限公司餐饮酒店超单曾解区", min_size=2, max_size=16
)
ENROL = """mutation E($input: EnrolEnterpriseInput!) {
  enrolEnterprise(input: $input) { enterprise { id } errors { message } } }"""
ADD = """mutation A($input: AddPremisesInput!) {
  addPremises(input: $input) { premises { id } errors { message } } }"""
FIND = """query F($text: String!) { enterprises(where: { search: $text }, first: 50) {
  edges { node { name } } } }"""


def meets(name: str, typed: str) -> bool:
    terms = search.name_terms(name)
    return any(
        all(any(term.startswith(prefix) for term in terms) for prefix in way.prefixes)
        and (way.readings is None or re.search(way.readings, search.readings(name)) is not None)
        for way in search.ways(typed)
    )


@given(HAN, st.data())
@settings(max_examples=150, deadline=None)
def test_any_two_adjacent_characters_find_it(name: str, data: Any) -> None:
    start = data.draw(st.integers(0, len(name) - 2))
    end = data.draw(st.integers(start + 2, len(name)))

    assert meets(name, name[start : start + 2])
    assert meets(name, name[start:end])


@given(HAN, st.data())
@settings(max_examples=150, deadline=None)
def test_pinyin_in_any_reading_and_initials_find_it(name: str, data: Any) -> None:
    read = [data.draw(st.sampled_from(search.readings_of(one))) for one in name[:8]]

    assert meets(name, "".join(one[0] for one in read))
    assert meets(name, "".join(read))


CASES: list[tuple[str, list[str]]] = [
    ("安商", ["重庆安商百货有限公司"]),
    ("百货", ["长乐百货商行", "重庆安商百货有限公司"]),
    ("商百货有限公司", ["重庆安商百货有限公司"]),
    ("重庆安商百货有限公司", ["重庆安商百货有限公司"]),
    ("重庆安商百货有限公寓", []),
    ("chongqing", ["重庆安商百货有限公司"]),
    ("zhongqing", ["重庆安商百货有限公司"]),
    ("changle", ["长乐百货商行"]),
    ("zhangyue", ["长乐百货商行"]),
    ("ZLBH", ["长乐百货商行"]),
    ("asbh", ["重庆安商百货有限公司"]),
    ("anshangbaih", ["重庆安商百货有限公司"]),
    ("xzq", []),
    ("红锦大道", ["长乐百货商行"]),
    ("86号", ["长乐百货商行"]),
    ("kfc", ["ＫＦＣ餐厅"]),
    ("KFC餐", ["ＫＦＣ餐厅"]),
    (code(71)[:8], ["重庆安商百货有限公司", "长乐百货商行"]),
    (code(71), ["长乐百货商行"]),
    ("旧照0815", ["ＫＦＣ餐厅"]),
    ("'; drop table enterprises; --", []),
    ("%", []),
]


async def test_what_is_typed_finds_exactly(world: Any, ask: Ask) -> None:
    clerk = world.towns[0].principal()
    for number, name in ((70, "重庆安商百货有限公司"), (71, "长乐百货商行")):
        made = await ask(clerk, ENROL, input={"name": name, "creditCode": code(number)})
    place = {"name": "店", "address": "渝北区龙溪街道红锦大道86号", "latitude": 29.6}
    await ask(
        clerk,
        ADD,
        input={**place, "longitude": 106.5, "enterpriseId": made["enterprise"]["id"]},
    )
    await ask(clerk, ENROL, input={"name": "ＫＦＣ餐厅", "alternateId": "旧照0815"})
    await ask(
        world.towns[1].principal(), ENROL, input={"name": "重庆安商百货", "alternateId": "乙"}
    )

    for typed, found in CASES:
        listed = await ask(clerk, FIND, text=typed)
        assert sorted(edge["node"]["name"] for edge in listed["edges"]) == sorted(found), typed


async def test_a_new_name_is_found_and_the_old_one_no_more(world: Any, ask: Ask) -> None:
    clerk = world.towns[0].principal()
    made = await ask(clerk, ENROL, input={"name": "旧名酒店", "creditCode": code(72)})
    await ask(
        clerk,
        """mutation U($input: UpdateEnterpriseInput!) { updateEnterprise(input: $input) {
        enterprise { name } errors { message } } }""",
        input={"enterpriseId": made["enterprise"]["id"], "name": "新名宾馆"},
    )

    assert (await ask(clerk, FIND, text="旧名"))["edges"] == []
    assert (await ask(clerk, FIND, text="jiudian"))["edges"] == []
    assert len((await ask(clerk, FIND, text="新名"))["edges"]) == 1
    assert len((await ask(clerk, FIND, text="binguan"))["edges"]) == 1


LIST = "query F($text: String!) { enterprises(where: { search: $text }) { totalCount } }"
EXPORT = """mutation X($input: ExportEnterprisesInput!) { exportEnterprises(input: $input) {
  job { id } errors { code message } } }"""


async def test_any_length_is_searched_for_or_refused_in_words(
    world: World, execute: Execute
) -> None:
    clerk = world.towns[0].principal()
    for letter in ("a", "7", "z", "中", "%", "ﷺ"):
        each = len(search.plain(letter))
        for length in (1, 8, 9, 23, 24, 25, 32, 33, 59, 60, 61, 9_900):
            answer = await execute(clerk, LIST, {"text": letter * (length // each + 1)})
            if (length // each + 1) * each <= search.QUERY_LENGTH:
                assert answer["data"] == {"enterprises": {"totalCount": 0}}, (letter, length)
            else:
                (refusal,) = answer["errors"]
                assert refusal["message"] == "search for at most 60 characters"
                assert refusal["extensions"]["code"] == "INVALID"


async def test_a_code_as_long_as_terms_are_finds_its_enterprise(world: World, ask: Ask) -> None:
    clerk = world.towns[0].principal()
    longest = "ABCDEFGH" * 3
    await ask(clerk, ENROL, input={"name": "长号店", "alternateId": longest})

    listed = await ask(clerk, FIND, text=longest.lower())

    assert [edge["node"]["name"] for edge in listed["edges"]] == ["长号店"]


async def test_an_export_of_too_long_a_search_is_refused(world: World, execute: Execute) -> None:
    clerk = world.towns[0].principal()
    asked = {"where": {"search": "a" * 61}}

    answer = await execute(clerk, EXPORT, {"input": asked})

    assert answer["data"]["exportEnterprises"] == {
        "job": None,
        "errors": [{"code": "INVALID", "message": "search for at most 60 characters"}],
    }
