"""Which visits lie around a place: a grid over degrees, so that nobody measures every distance."""

import numpy as np

from service.joint.planning.columns import Ints
from service.joint.planning.travel import TravelTable

CELL_DEGREES = 0.01  # about a kilometre
ENOUGH = 900


class Vicinity:
    """Visits by cell; a cell's surroundings grow ring by ring until they hold `ENOUGH`."""

    def __init__(self, table: TravelTable, place: Ints) -> None:
        self._lat, self._lon = table.degrees()
        self._row: Ints = np.floor(self._lat[place] / CELL_DEGREES).astype(np.int64)
        self._column: Ints = np.floor(self._lon[place] / CELL_DEGREES).astype(np.int64)
        self._known: dict[tuple[int, int], Ints] = {}

    def of(self, place: int) -> Ints:
        """Visits around a place, or all where there are few, in order of their numbers."""
        cell = (
            int(np.floor(self._lat[place] / CELL_DEGREES)),
            int(np.floor(self._lon[place] / CELL_DEGREES)),
        )
        known = self._known.get(cell)
        if known is None:
            away = np.maximum(np.abs(self._row - cell[0]), np.abs(self._column - cell[1]))
            if len(away) <= ENOUGH:
                known = np.arange(len(away))
            else:
                ring = np.partition(away, ENOUGH)[ENOUGH]
                known = np.flatnonzero(away <= ring)
            self._known[cell] = known
        return known
