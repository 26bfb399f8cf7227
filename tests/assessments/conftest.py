"""A district office, its bodies, and a calendar that can be turned."""

from tests.guidance.conftest import hall as hall
from tests.guidance.conftest import statements as statements
from tests.guidance.conftest import turn as turn
