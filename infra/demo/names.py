"""Invented names: rare characters joined at random; nobody real is meant.

Every enterprise is registered in 安商, a place that does not exist, and every person bears a
character (岚, 霁, 屿, …) that is hardly ever a family name.
"""

from collections.abc import Iterator
from random import Random

PLACE = "安商"
_FAMILY = "岚霁屿漪澈黛翊汀澜霓岫泠煦湉溆淙"
_GIVEN = "以若清远知行安宁子时书和景明初言北南舟川禾青一可望白木石云山"
_BRAND = "澄岫屿汀岚霁澈漪蔚曦泠翊黛煦霓澜皓璟琤珩琅瑭璞琮瑄瑗淙潆沅湜湉滢溆澹泓涟渟湑浥洄"
_ROAD = "霁岚澜汀漪屿岫黛"
_ROAD_SECOND = "光影声色石桥亭台竹松溪井"


def person(rng: Random) -> str:
    """A person's name of two or three characters."""
    given = rng.choice(_GIVEN) + (rng.choice(_GIVEN) if rng.random() < 0.8 else "")
    return rng.choice(_FAMILY) + given


def brands(rng: Random) -> Iterator[str]:
    """Trade names (字号) of three characters, none twice."""
    seen: set[str] = set()
    while True:
        brand = "".join(rng.sample(_BRAND, 3))
        if brand not in seen:
            seen.add(brand)
            yield brand


def road(rng: Random) -> str:
    """A road that no map has."""
    return rng.choice(_ROAD) + rng.choice(_ROAD_SECOND) + rng.choice(("路", "街", "巷"))
