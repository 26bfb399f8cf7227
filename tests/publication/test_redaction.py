"""What the public sees: a pure function, with nothing of a natural person in it."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as budget
from hypothesis import strategies as st

from service.publication.redaction import (
    MASK,
    POLICIES,
    FullRecord,
    Opening,
    Person,
    canonical,
    commit,
    ending_record,
    openings,
    opens,
    person,
    public_record,
    record_commitment,
    scrub,
    short_names,
)

SECRET = bytes(range(32))
CODE = "91990112MA0000016D"
SOLE_TRADER = "92990112MA0000016A"
IDENTITY = "990112199003070014"
CLASSES = ("PENALTY_PUBLICITY", "SERIOUS_DISHONESTY", "MEDIA_EXPOSURE")
FIELDS = {
    "party_name": "示例商贸有限公司",
    "credit_code": CODE,
    "id_number": IDENTITY,
    "phone": "13800138000",
    "representative": "钱示例",
    "address": "示例路1号",
    "cause": "未建立事故隐患排查治理制度，钱示例拒不整改，电话 138-0013-8000",
    "basis": "安全生产法第一百零一条",
    "decided_by": "示例区应急管理局",
    "decided_on": "2026-03-05",
}


def record(
    kind: str | None = "ORGANISATION",
    publication: str = "SERIOUS_DISHONESTY",
    secret: bytes = SECRET,
    **changes: str,
) -> FullRecord:
    return FullRecord(publication, kind, {**FIELDS, **changes}, ("赵旁人",), secret)


def digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def visible(public: dict[str, Any]) -> str:
    return canonical({"shown": public["shown"], "person": public["person"]}).decode()


def test_an_organisation_is_named_and_its_people_are_not() -> None:
    public = public_record(record(cause=FIELDS["cause"] + "，赵 旁人在场"))

    assert public["shown"] == {
        "party_name": "示例商贸有限公司",
        "credit_code": CODE,
        "cause": f"未建立事故隐患排查治理制度,{MASK}拒不整改,电话 {MASK},{MASK}在场",
        "basis": "安全生产法第一百零一条",
        "decided_by": "示例区应急管理局",
        "decided_on": "2026-03-05",
    }
    assert sorted(public["hidden"]) == ["address", "id_number", "phone", "representative"]
    assert public["policy"] == "2026-3"


@pytest.mark.parametrize("publication", CLASSES)
@pytest.mark.parametrize(
    "kind", [None, "", "NATURAL_PERSON", "SOLE_TRADER", "UNKNOWN", "organisation"]
)
def test_any_other_kind_of_party_is_treated_as_a_natural_person(
    kind: str | None, publication: str
) -> None:
    public = public_record(record(kind, publication))

    assert public["person"] == "NATURAL"
    assert {"party_name", "credit_code"} <= set(public["hidden"])
    assert FIELDS["party_name"] not in visible(public)


@pytest.mark.parametrize("code", ["", "91990112MA0000016X", IDENTITY, SOLE_TRADER])
def test_an_organisation_without_a_code_of_its_own_is_treated_as_a_natural_person(
    code: str,
) -> None:
    assert person(record(credit_code=code)) is Person.NATURAL
    assert "party_name" not in public_record(record(credit_code=code))["shown"]


def test_an_unknown_field_or_class_is_hidden() -> None:
    assert "novelty" in public_record(record(novelty="anything"))["hidden"]
    assert public_record(record(publication="SOMETHING_NEW"))["shown"] == {}


def test_a_date_that_is_none_is_hidden() -> None:
    public = public_record(record(decided_on=IDENTITY))

    assert "decided_on" in public["hidden"]


def test_exposure_shows_less_than_the_list() -> None:
    shown = public_record(record(publication="MEDIA_EXPOSURE"))["shown"]

    assert "party_name" in shown
    assert "credit_code" not in shown


@given(
    st.dictionaries(st.sampled_from(sorted(FIELDS)), st.text(max_size=40)),
    st.sampled_from(CLASSES),
    st.sampled_from(["ORGANISATION", None]),
    st.binary(min_size=32, max_size=32),
)
def test_the_same_input_gives_the_same_bytes_and_every_commitment_opens(
    changes: dict[str, str], publication: str, kind: str | None, secret: bytes
) -> None:
    full = record(kind, publication, secret, **changes)
    public = public_record(full)

    assert canonical(public_record(full)) == canonical(public)
    assert {one.field for one in openings(full)} == set(public["hidden"])
    assert all(opens(public, one) for one in openings(full))
    assert not any(opens(public, Opening(o.field, o.salt, o.value + "x")) for o in openings(full))
    assert set(public["shown"]).isdisjoint(public["hidden"])


def test_commitments_differ_by_field_by_secret_and_hide_short_values() -> None:
    one, other = public_record(record()), public_record(record(secret=bytes(32)))

    assert set(one["hidden"].values()).isdisjoint(other["hidden"].values())
    assert commit(Opening("phone", SECRET, "1")) != commit(Opening("address", SECRET, "1"))


SEPARATORS = st.text(alphabet=" -_.·—/()（），\u200b\u3000\u00a0,:", max_size=3)
NOISE = st.text(alphabet=st.characters(categories=["Lo", "Po"]), max_size=12)


PREFIXES = ["990112", "13", "19", "023", "0"]


@st.composite
def numbers(draw: st.DrawFn) -> tuple[str, str]:
    """An identity or telephone number, and one of the ways people write it."""
    plain = draw(st.sampled_from(PREFIXES)) + draw(st.text("0123456789", min_size=8, max_size=15))
    plain += draw(st.sampled_from(["", "X"]))
    wide = draw(st.booleans())
    signs = [chr(ord(sign) + 0xFEE0) if wide and sign.isdigit() else sign for sign in plain]
    return plain, "".join(sign + draw(SEPARATORS) for sign in signs)


@budget(max_examples=60, deadline=None)
@given(st.lists(st.tuples(NOISE, numbers()), min_size=1, max_size=4), st.sampled_from(CLASSES))
def test_no_number_of_a_person_survives_in_any_shown_text(
    parts: list[tuple[str, tuple[str, str]]], publication: str
) -> None:
    text = "".join(noise + "，编号" + written + "。" for noise, (_, written) in parts)
    fields = dict.fromkeys(("cause", "basis", "party_name", "measures", "penalty", "reason"), text)

    for kind in ("ORGANISATION", None):
        public = public_record(record(kind, publication, **fields))
        shown = {n: v for n, v in public["shown"].items() if n not in ("credit_code", "decided_on")}
        left = digits(canonical(shown).decode())
        for _, (plain, _) in parts:
            bare = digits(plain)
            assert not any(bare[i : i + 7] in left for i in range(len(bare) - 6))


@pytest.mark.parametrize(
    ("text", "public"),
    [
        ("一三八零零一三八零零零", MASK),
        ("罚款5万元，第41条，2026年3月5日", "罚款5万元,第41条,2026年3月5日"),
        ("１３８００１３８０００", MASK),
        ("023-6700 0000", MASK),
        ("99011219900307001x。", f"{MASK}。"),
    ],
)
def test_numbers_are_masked_and_ordinary_figures_stay(text: str, public: str) -> None:
    assert scrub(text) == public


@given(st.text(alphabet="赵钱孙李周吴郑王示例", min_size=2, max_size=4), NOISE, NOISE)
def test_a_hidden_name_is_masked_wherever_it_stands(name: str, before: str, after: str) -> None:
    public = public_record(record(representative=name, cause=before + name + after))

    assert name not in public["shown"].get("cause", "")


def test_a_record_commits_to_its_public_form_only_with_its_salt() -> None:
    public = public_record(record())

    assert record_commitment(public, SECRET) == record_commitment(dict(public), SECRET)
    assert record_commitment(public, SECRET) != record_commitment(public, bytes(32))
    with pytest.raises(ValueError):
        record_commitment(public, b"short")
    with pytest.raises(ValueError):
        record(secret=b"short")


def test_no_policy_ever_shows_what_identifies_a_natural_person() -> None:
    private = {"party_name", "credit_code", "id_number", "phone", "representative", "address"}

    for policy in POLICIES.values():
        for (_, treated), shown in policy.shown.items():
            banned = (
                private if treated is Person.NATURAL else private - {"party_name", "credit_code"}
            )
            assert shown.isdisjoint(banned)


@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("重庆市渝北区示例烟火商贸有限公司", ["示例烟火", "渝北区示例烟火", "示例烟火商贸"]),
        ("钱示例烟火店", ["钱示例", "钱示例烟火"]),
        ("示例（重庆）商贸有限责任公司", ["示例(重庆)商贸"]),
        ("四川省成都市武侯区阿甲乙粮油经营部", ["阿甲乙粮油"]),
    ],
)
def test_a_party_that_left_is_not_named_by_its_short_name(name: str, called: list[str]) -> None:
    fields = {"party_name": name, "credit_code": CODE}
    full = FullRecord("SERIOUS_DISHONESTY", "ORGANISATION", fields, (), bytes(32))

    for short in called:
        told = ending_record(full, f"{short}的处罚决定被撤销")["shown"]["reason"]
        assert short not in told, told
        assert told.endswith("的处罚决定被撤销")
    cause = f"{called[0]}拒不整改"
    hidden = FullRecord("SERIOUS_DISHONESTY", "UNKNOWN", {**fields, "cause": cause},
                        (), bytes(32))  # fmt: skip
    assert called[0] not in public_record(hidden)["shown"]["cause"]


def test_a_place_or_a_trade_alone_is_no_name() -> None:
    assert short_names("渝北区商贸有限公司") == ["渝北区商贸有限公司"]
    assert short_names("") == [""]
    told = scrub("渝北区应急管理局撤销", short_names("重庆市渝北区示例商贸有限公司"))
    assert told == "渝北区应急管理局撤销"
