"""Finding enterprises by what people type: characters, pinyin, initials, codes, parts of addresses.

Row security lets only plain comparisons reach an index, so what can be typed is kept as terms, and
a search is a range of terms.  A term is the beginning of what follows any character of a name, so
that every two adjacent characters are found.  Latin letters are looked up by the initials of the
syllables and then compared with every reading (多音字) of every character.
"""

import os
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

from service.errors import Invalid

TERM_LENGTH = 8  # characters that a term of a name keeps
INITIALS_LENGTH = 3
CODE_LENGTH = 24
READINGS_EACH = 3  # readings kept of one character
QUERY_LENGTH = 60
LETTERS_LENGTH = 32  # of what is looked up as pinyin
INITIALS_MARK = "@"
ADDRESS_MARK = "^"
HIGHEST = "\U0010ffff"

_ONE_READING = frozenset(
    "市区司限大有餐服食百超部家个体广和万达合石化南红车朝活中东西北城江山店商品贸公分业经营"
    "美味小火锅面粉茶酒房地产电器子具材建装发展信息科技文教育健康药物流运工程设计管理咨询投资"
)
"""Characters of everyday trade names whose further readings nobody types."""

_INITIALS = frozenset("bpmfdtnlgkhjqxrzcsyw") | {"zh", "ch", "sh"}
_PLACE = re.compile(r"[省市区县镇乡街道路巷弄号村社栋幢座楼]")


@dataclass(frozen=True, slots=True)
class Found:
    """One way to meet a search: a term for each of `prefixes`, and what `readings` must match."""

    prefixes: tuple[str, ...]
    readings: str | None = None


def plain(text: str) -> str:
    """The text as it is compared: compatible forms, small letters, no blanks."""
    return "".join(unicodedata.normalize("NFKC", text).lower().split())


@lru_cache(maxsize=1)
def _dictionary() -> dict[int, str]:
    """Readings with tones, separated by commas, by code point.

    Read when the first name is; the dictionary of phrases, which nobody asks, would be 40 MiB.
    """
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "yes")
    os.environ.setdefault("PYPINYIN_NO_DICT_COPY", "yes")
    from pypinyin.pinyin_dict import pinyin_dict

    return pinyin_dict


def _toneless(syllable: str) -> str:
    from pypinyin.contrib.tone_convert import to_normal

    return str(to_normal(syllable)).replace("ü", "v")


@lru_cache(maxsize=30_000)
def readings_of(character: str) -> tuple[str, ...]:
    """Syllables that a character is read as, without tones; of others the character itself."""
    known = _dictionary().get(ord(character))
    if known is None:
        return (character,)
    plain_ones = dict.fromkeys(map(_toneless, known.split(",")))
    return tuple(plain_ones)[: 1 if character in _ONE_READING else READINGS_EACH]


def readings(name: str) -> str:
    """Every reading of every character, such as `|zhong|chong |qing`."""
    return " ".join(
        "".join(f"|{_escaped(reading)}" for reading in readings_of(one)) for one in plain(name)
    )


def sort_key(name: str) -> str:
    """The name in the order of its pinyin, at most 80 characters."""
    return " ".join(readings_of(one)[0] for one in plain(name))[:80]


def name_terms(name: str) -> set[str]:
    """What a name is found by: its rest from every character on, in characters and initials."""
    text = plain(name)
    initials = [tuple(dict.fromkeys(reading[0] for reading in readings_of(one))) for one in text]
    terms: set[str] = set()
    for place in range(len(text)):
        terms.add(text[place : place + TERM_LENGTH])
        for letters in product(*initials[place : place + INITIALS_LENGTH]):
            terms.add(INITIALS_MARK + "".join(letters))
    return terms


def code_terms(*codes: str | None) -> set[str]:
    """What an enterprise is found by of its codes: their beginnings."""
    return {plain(code)[:CODE_LENGTH] for code in codes if code}


def address_terms(address: str) -> set[str]:
    """What an enterprise is found by of an address: the rest from every part of it on."""
    text = plain(address)
    starts = {0, *(found.end() for found in _PLACE.finditer(text))}
    return {
        ADDRESS_MARK + text[place : place + TERM_LENGTH] for place in starts if place < len(text)
    }


def ways(typed: str) -> list[Found]:
    """Every way to meet what was typed; none for an empty text.

    Raises:
        Invalid: more than `QUERY_LENGTH` characters, blanks aside.
    """
    text = plain(typed)
    if len(text) > QUERY_LENGTH:
        raise Invalid(f"search for at most {QUERY_LENGTH} characters", path=("where", "search"))
    if not text:
        return []
    found = [Found(_windows(text)), Found(_windows(text, ADDRESS_MARK))]
    if text.isascii() and text.isalnum() and len(text) > TERM_LENGTH:
        found.append(Found((text[:CODE_LENGTH],)))
    if text.isascii() and text.isalpha():
        letters = _letters(text[:LETTERS_LENGTH])
        found += [Found((INITIALS_MARK + one,), letters) for one in _initials(text)]
    return found


def _windows(text: str, mark: str = "") -> tuple[str, ...]:
    """Terms that what is longer than a term must all have; of addresses only the first."""
    last = max(0, len(text) - TERM_LENGTH)
    starts = (0,) if mark else (*range(0, last, TERM_LENGTH), last)
    return tuple(mark + text[start : start + TERM_LENGTH] for start in starts)


@lru_cache(maxsize=1)
def syllables() -> frozenset[str]:
    """Every syllable that any character is read as."""
    return frozenset(_toneless(one) for known in _dictionary().values() for one in known.split(","))


def _initials(text: str) -> list[str]:
    """First letters of the first syllables that the text may be made of, the shortest ones.

    A syllable is typed whole or by its initial; the last one may be unfinished.
    """
    found: set[str] = set()
    stack = [("", 0)]
    while stack:
        letters, at = stack.pop()
        if len(letters) == INITIALS_LENGTH or at == len(text):
            found.add(letters)
            continue
        for end in range(at + 1, min(len(text), at + 6) + 1):
            piece = text[at:end]
            if piece in _INITIALS or piece in syllables() or _unfinished(piece, end == len(text)):
                stack.append((letters + piece[0], end))
    return sorted(one for one in found if not any(one[:n] in found for n in range(1, len(one))))


def _unfinished(piece: str, last: bool) -> bool:
    return last and any(one.startswith(piece) for one in syllables())


def _letters(text: str) -> str:
    """The text as beginnings of readings of adjacent characters, one after the other.

    After each letter comes the next one of the same reading, or the first one of a reading of
    the next character.
    """
    return r"\|" + r"(?:[^ ]* [^ ]*\|)?".join(text)


def _escaped(reading: str) -> str:
    """Blanks and bars part entries and readings; none is left in a name by `plain` but the bar."""
    return reading.replace("|", "/")
