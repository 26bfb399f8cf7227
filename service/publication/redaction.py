"""Redaction (脱敏): the public record is a pure function of the full record and a policy version.

What the policy does not name is hidden.  Each hidden value leaves a salted commitment, so that
a court can later be shown that the full record and the public one are the same.  Sources:
个人信息保护法 arts. 28 and 34, 政府信息公开条例 art. 15; the treatment of an unknown person as a
natural one is our choice on the side of caution.
"""

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from hashlib import sha256
from hmac import compare_digest
from hmac import digest as hmac_digest
from types import MappingProxyType
from typing import Any

import orjson
from stdnum.cn import ric, uscc

SALT = 32  # bytes
MASK = "■■■"
FIELD_DOMAIN = b"anshang.field/1\0"
RECORD_DOMAIN = b"anshang.record/1\0"
SOLE_TRADER_CODE = "92"  # second position pair of the credit code of 个体工商户, GB 32100

# Seven digits in a row, with up to three other signs between them, can be part of an identity
# number or a telephone number; dates in running text should be written 2026年3月5日.
_DIGITS = re.compile(r"\d(?:[\W_]{0,3}\d){6,}(?:[\W_]{0,3}[Xx](?![a-z]))?")
_CHINESE_DIGITS = re.compile("[0-9零〇一二三四五六七八九幺两壹贰叁肆伍陆柒捌玖]{7,}")

# From policy 2026-2 on: numbers with letters or spaces inside, mail addresses, number plates; and
# the number of a document, 〔2026〕123号, stays readable, since people search by it.
_DOCUMENT = re.compile(r"(?<!\d)(?<!\d\W)([〔\[(](?:19|20)\d{2}[〕\])]\d{1,5}号)(?!\W{0,3}\d)")
_MIXED_DIGITS = re.compile(r"\d(?:[\W_A-Za-z]{0,3}\d){6,}(?:[\W_]{0,3}[Xx](?![a-z]))?")
_SPACED_CHINESE = re.compile(
    r"[0-9零〇一二三四五六七八九幺两壹贰叁肆伍陆柒捌玖]"
    r"(?:[\s_·.\-]{0,3}[0-9零〇一二三四五六七八九幺两壹贰叁肆伍陆柒捌玖]){6,}"
)
_MAIL = re.compile(
    r"[A-Z0-9._%+\-]+\s*(?:@|\(at\)|\[at\])\s*[A-Z0-9\-]+(?:\s*\.\s*[A-Z0-9\-]+)+", re.IGNORECASE
)
_PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领][\W_]{0,3}[A-Z]"
    r"(?:[\W_]{0,3}[A-HJ-NP-Z0-9]){4,6}[挂学警港澳]?",
    re.IGNORECASE,
)
# From policy 2026-3 on a hidden name is masked by what people call it, too: without the place it
# begins with, the words of its legal form and those of its trade.
_PLACE = re.compile(
    r"^(?:[^省市区县]{2,6}(?:省|自治区))?(?:[^省市区县]{2,6}市)?(?:[^省市区县]{1,6}[区县])?"
)
_FORM = re.compile(
    r"(?:[(（][^()（）]*[)）]|有限责任公司|股份有限公司|有限公司|分公司|公司|集团|合伙企业|企业|"
    r"经营部|门市部|服务部|商行|商店|超市|中心|分店|[店厂部社行])+$"
)
_TRADE = re.compile(
    r"(?:商贸|贸易|经贸|工贸|实业|科技|餐饮|食品|烟花爆竹|烟火|烟花|百货|物流|燃气)$"
)
SHORTEST_NAME = 3  # signs; a shorter piece of a name is an ordinary word
_HELD = 0xE000  # private-use signs that stand for document numbers while the rest is scrubbed


PARTY_KINDS = ("ORGANISATION", "SOLE_TRADER", "NATURAL_PERSON", "UNKNOWN")


class Person(Enum):
    """How a party is treated."""

    LEGAL = "LEGAL"
    NATURAL = "NATURAL"


@dataclass(frozen=True, slots=True)
class Policy:
    """Which fields a publication class shows of a legal and of a natural person.

    `dates` and `codes` are shown only when they are what they claim to be; every other shown
    field is text and is scrubbed.
    """

    version: str
    shown: Mapping[tuple[str, Person], frozenset[str]]
    dates: frozenset[str]
    codes: frozenset[str]
    strict: bool = False
    """Whether plates, mail addresses and mixed numbers are scrubbed from texts as well."""
    short_names: bool = False
    """Whether a hidden name of a party is masked by its short forms as well."""


_COMMON = frozenset(
    {"cause", "basis", "decided_by", "decided_on", "published_until", "measures", "decision_number"}
)
_PENALTY = frozenset({"penalty_number", "penalty_decided_on", "penalty"})
_IDENTITY = frozenset({"party_name", "credit_code"})
_ABOUT_PARTY = _IDENTITY | {"id_number", "phone", "representative", "address"}

_SHOWN: Mapping[tuple[str, Person], frozenset[str]] = MappingProxyType(
    {
        ("PENALTY_PUBLICITY", Person.LEGAL): _COMMON | _PENALTY | _IDENTITY,
        ("PENALTY_PUBLICITY", Person.NATURAL): _COMMON | _PENALTY,
        ("SERIOUS_DISHONESTY", Person.LEGAL): _COMMON | _PENALTY | _IDENTITY,
        ("SERIOUS_DISHONESTY", Person.NATURAL): _COMMON | _PENALTY,
        ("MEDIA_EXPOSURE", Person.LEGAL): _COMMON | frozenset({"party_name"}),
        ("MEDIA_EXPOSURE", Person.NATURAL): _COMMON,
    }
)
_DATES = frozenset({"decided_on", "published_until", "penalty_decided_on"})
_CODES = frozenset({"credit_code"})

POLICIES: Mapping[str, Policy] = MappingProxyType(
    {
        "2026-1": Policy("2026-1", _SHOWN, _DATES, _CODES),
        "2026-2": Policy("2026-2", _SHOWN, _DATES, _CODES, strict=True),
        "2026-3": Policy("2026-3", _SHOWN, _DATES, _CODES, strict=True, short_names=True),
    }
)
"""A version never changes, so that an old record can be made again from the full one."""
CURRENT_POLICY = "2026-3"


@dataclass(frozen=True, slots=True)
class FullRecord:
    """All that is known of one publication; `persons` are natural persons named anywhere in it.

    `secret` is 32 random bytes of this record alone, from which each field's salt is derived.
    """

    publication: str
    party_kind: str | None
    fields: Mapping[str, str]
    persons: tuple[str, ...]
    secret: bytes

    def __post_init__(self) -> None:
        if len(self.secret) != SALT:
            raise ValueError("the secret of a record has 32 bytes")


@dataclass(frozen=True, slots=True)
class Opening:
    """What opens one commitment: shown to a court, never published."""

    field: str
    salt: bytes
    value: str


def person(record: FullRecord) -> Person:
    """A legal person only when said to be one and its valid credit code does not deny it."""
    code = record.fields.get("credit_code", "")
    legal = (
        record.party_kind == "ORGANISATION"
        and _is_public_code(code)
        and not code.startswith(SOLE_TRADER_CODE)
    )
    return Person.LEGAL if legal else Person.NATURAL


def public_record(record: FullRecord, version: str = CURRENT_POLICY) -> dict[str, Any]:
    """The record as everyone may see it: the same input gives the same bytes.

    Raises:
        KeyError: no such policy.
    """
    policy, treated = POLICIES[version], person(record)
    allowed = policy.shown.get((record.publication, treated), frozenset())
    shown = {
        name: value
        for name, value in record.fields.items()
        if name in allowed and value and _is_sound(policy, name, value)
    }
    hidden = {name: v for name, v in record.fields.items() if v and name not in shown}
    secrets = [*record.persons, *hidden.values()]
    if policy.short_names:
        secrets += short_names(hidden.get("party_name", ""))
    plain = policy.dates | policy.codes
    strict = policy.strict
    visible = {n: v if n in plain else scrub(v, secrets, strict=strict) for n, v in shown.items()}
    return {
        "policy": version,
        "class": record.publication,
        "person": treated.value,
        "shown": visible,
        "hidden": {
            name: commit(Opening(name, _salt(record, name), value)).hex()
            for name, value in hidden.items()
        },
    }


def ending_record(record: FullRecord, reason: str, version: str = CURRENT_POLICY) -> dict[str, Any]:
    """What remains in public of an entry that ended: why, without anything about the party."""
    secrets = [*record.persons, *(v for n, v in record.fields.items() if n in _ABOUT_PARTY)]
    if POLICIES[version].short_names:
        secrets += short_names(record.fields.get("party_name", ""))
    return {
        "policy": version,
        "class": record.publication,
        "person": person(record).value,
        "shown": {"reason": scrub(reason, secrets, strict=POLICIES[version].strict)},
        "hidden": {},
    }


def openings(record: FullRecord, version: str = CURRENT_POLICY) -> list[Opening]:
    """What opens each commitment of the public record, by field name."""
    hidden = public_record(record, version)["hidden"]
    return [Opening(n, _salt(record, n), record.fields[n]) for n in sorted(hidden)]


def commit(opening: Opening) -> bytes:
    """SHA-256 over domain, salt, name and value."""
    text = json.dumps([opening.field, opening.value], ensure_ascii=False, separators=(",", ":"))
    return sha256(FIELD_DOMAIN + opening.salt + text.encode()).digest()


def opens(public: Mapping[str, Any], opening: Opening) -> bool:
    """Whether an opening fits the commitment in a public record."""
    stated = public["hidden"].get(opening.field, "")
    return len(opening.salt) == SALT and compare_digest(stated, commit(opening).hex())


def canonical(value: Any) -> bytes:
    """JSON with sorted keys and no blanks, in UTF-8: the bytes that are committed to."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def record_commitment(public: Mapping[str, Any], salt: bytes) -> bytes:
    """What the log holds of a public record; without the 32-byte salt it says nothing."""
    if len(salt) != SALT:
        raise ValueError("a salt has 32 bytes")
    return sha256(RECORD_DOMAIN + salt + canonical(public)).digest()


def short_names(name: str) -> list[str]:
    """What people call a party: its name without place, legal form and trade, in every step.

    A name that is nothing but such words has no short form.
    """
    plain = unicodedata.normalize("NFKC", name).strip()
    found, own = {plain}, 0
    for start in (plain, _PLACE.sub("", plain)):
        found.add(start)
        rest = _FORM.sub("", start)
        while rest:
            found.add(rest)
            shorter = _TRADE.sub("", rest)
            if shorter == rest:
                break
            rest = shorter
        own = len(rest)
    return sorted((one for one in found if len(one) >= SHORTEST_NAME), key=len) if own else [plain]


def scrub(text: str, secrets: Iterable[str] = (), *, strict: bool = True) -> str:
    """`text` in compatibility form without digits of numbers, and without any of `secrets`.

    Secrets of one character are left, since masking them would destroy the text.
    """
    dropped = ("Cf", "Co", "Cn", "Cs") if strict else ("Cf",)
    plain = "".join(
        sign for sign in unicodedata.normalize("NFKC", text)
        if unicodedata.category(sign) not in dropped
    )  # fmt: skip
    between, flags = (r"[\W_]{0,3}", re.IGNORECASE) if strict else (r"\s*", re.NOFLAG)
    for secret in sorted({s.strip() for s in secrets}, key=len, reverse=True):
        normal = unicodedata.normalize("NFKC", secret)
        letters = [re.escape(sign) for sign in normal if not (strict and sign.isspace())]
        if len(letters) > 1:
            plain = re.sub(between.join(letters), MASK, plain, flags=flags)
    if not strict:
        return _CHINESE_DIGITS.sub(MASK, _DIGITS.sub(MASK, plain))
    held = list[str]()

    def hold(found: re.Match[str]) -> str:
        held.append(found[1])
        return chr(_HELD + len(held) - 1)

    plain = _DOCUMENT.sub(hold, plain)
    for pattern in (_MAIL, _PLATE, _MIXED_DIGITS, _SPACED_CHINESE):
        plain = pattern.sub(MASK, plain)
    return "".join(
        held[ord(sign) - _HELD] if _HELD <= ord(sign) < _HELD + len(held) else sign
        for sign in plain
    )


def _salt(record: FullRecord, name: str) -> bytes:
    return hmac_digest(record.secret, FIELD_DOMAIN + name.encode(), "sha256")


def _is_sound(policy: Policy, name: str, value: str) -> bool:
    if name in policy.codes:
        return _is_public_code(value)
    if name in policy.dates:
        try:
            return date.fromisoformat(value).isoformat() == value
        except ValueError:
            return False
    return True


def _is_public_code(code: str) -> bool:
    """A valid credit code (GB 32100) that is not also a valid identity number (GB 11643)."""
    return len(code) == 18 and uscc.is_valid(code) and not ric.is_valid(code)
