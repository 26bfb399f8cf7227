"""Natural persons as parties (自然人当事人): punished beside their enterprise, or instead of it.

安全生产法 (2021) arts. 93 to 99 fine the investor, the principal, the safety manager and whoever is
directly responsible; each of them is a party of a case of its own (行政处罚法 art. 4).  Of the
identity document the database shows its last characters; the number and the address are sealed
(个人信息保护法 arts. 6 and 51) and opened for a stated purpose only.
"""

import dataclasses
from dataclasses import dataclass
from datetime import date
from enum import Enum

import orjson
from stdnum.cn import ric
from stdnum.exceptions import ValidationError

from service.errors import Invalid
from service.sealing import box
from service.texts import bounded
from service.workdays.rules import Limit, add_months

TAIL = 4  # characters of a number that are shown
_PURPOSE = b"anshang offender identity 1"


class PersonRole(Enum):
    """In which capacity a natural person answers for an act."""

    OPERATOR = "OPERATOR"  # 个体工商户经营者
    INVESTOR = "INVESTOR"  # 个人经营的投资人, art. 93
    PRINCIPAL = "PRINCIPAL"  # 主要负责人, arts. 94 and 95
    SAFETY_MANAGER = "SAFETY_MANAGER"  # 安全生产管理人员, art. 96
    IN_CHARGE = "IN_CHARGE"  # 直接负责的主管人员, arts. 97 to 101
    DIRECTLY_RESPONSIBLE = "DIRECTLY_RESPONSIBLE"  # 其他直接责任人员, arts. 97 to 101


class IdentityKind(Enum):
    """Document that tells who a person is."""

    RESIDENT_ID = "RESIDENT_ID"  # 居民身份证
    OTHER = "OTHER"  # passport, permit of residents of Hong Kong, Macao and Taiwan


WORDS = {
    PersonRole.OPERATOR: "经营者",
    PersonRole.INVESTOR: "投资人",
    PersonRole.PRINCIPAL: "主要负责人",
    PersonRole.SAFETY_MANAGER: "安全生产管理人员",
    PersonRole.IN_CHARGE: "直接负责的主管人员",
    PersonRole.DIRECTLY_RESPONSIBLE: "直接责任人员",
}
DOCUMENTS = {IdentityKind.RESIDENT_ID: "居民身份证", IdentityKind.OTHER: "其他有效证件"}
ONE_WITH_ENTERPRISE = frozenset({"", PersonRole.OPERATOR.value})
"""Roles in which the person is the enterprise: an individual business answers with its operator
(民法典 art. 56), so that its account sees the case and speaks in it.  "" is a case of before."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who the party is; the number is not part of what is printed."""

    name: str
    role: PersonRole
    id_kind: IdentityKind
    id_number: str = dataclasses.field(repr=False)
    address: str = dataclasses.field(repr=False)


def checked(person: Person, act_from: date, least_age: Limit) -> Person:
    """The person with plain texts; nobody is punished who was a child at the act (art. 30).

    Raises:
        Invalid: a text is missing, the number is none, or the person was too young.
    """
    path = ("input", "person", "idNumber")
    number = "".join(person.id_number.upper().split())
    if person.id_kind is IdentityKind.RESIDENT_ID:
        born = _birthday(number)
        if born is None:
            raise Invalid(
                "a resident identity number has 18 characters and a check digit", path=path
            )
        if add_months(born, 12 * least_age.amount) > act_from:
            raise Invalid(
                f"nobody is punished for an act before the age of {least_age.amount} "
                f"(行政处罚法 art. 30)",
                path=path,
            )
    elif not (5 <= len(number) <= 30 and number.isascii() and number.isalnum()):
        raise Invalid("a document has 5 to 30 letters and digits", path=path)
    name = bounded(person.name, "name", 60, within=path[:-1])
    address = bounded(person.address, "address", 200, within=path[:-1])
    return Person(name, person.role, person.id_kind, number, address)


def _birthday(number: str) -> date | None:
    """The day of birth in a number of the right length and check digit (GB 11643-1999)."""
    if len(number) != 18 or not (number[:17].isascii() and number[:17].isdigit()):
        return None
    try:
        born: date = ric.get_birth_date(number)
    except ValidationError:
        return None
    return born if ric.calc_check_digit(number) == number[17] else None


def sealed(person: Person) -> str:
    """What the database keeps of number and address."""
    text = orjson.dumps({"number": person.id_number, "address": person.address})
    return box(_PURPOSE).encrypt(text).decode()


def opened(sealed_text: str) -> tuple[str, str]:
    """Number and address of what was sealed."""
    kept = orjson.loads(box(_PURPOSE).decrypt(sealed_text))
    return kept["number"], kept["address"]


def masked(tail: str) -> str:
    """A number of which only the end is shown."""
    return f"**************{tail}"
