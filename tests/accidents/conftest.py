"""A shop where something happened."""

from tests.guidance.conftest import turn as turn
from tests.hazards.conftest import Desk as Desk
from tests.hazards.conftest import desk as desk
