"""Counties of the catalogue that only these tests provision."""

import itertools
from collections.abc import Callable

import pytest

from tenants.catalogue import catalogue, towns_of

_counties = itertools.count()


@pytest.fixture(scope="session")
def county() -> Callable[[], str]:
    """Code of a county of Jiangxi that no other test uses, with at least five towns."""
    codes = [
        county.code
        for city in catalogue().children("36")
        for county in catalogue().children(city.code)
        if city.code != "3601" and len(towns_of(county.code)) >= 5
    ]
    return lambda: codes[next(_counties)]
