"""A linear program built from named blocks of columns, and solved by HiGHS."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from analytics.counters import Floats
from analytics.wall_clock import Ints

if TYPE_CHECKING:
    from collections.abc import Sequence

Values = Floats | float
OPTIMAL, INFEASIBLE = 0, 2
TIME_LIMIT_S = 60.0
GAP = 1e-6


class Term(msgspec.Struct, frozen=True):
    """One column for each row of a block of constraints, and what it is multiplied by."""

    columns: Ints
    factors: Floats | float


class Unsolved(Exception):
    """The solver found no answer: ``infeasible`` when there is none, else it ran out of time."""

    def __init__(self, *, infeasible: bool) -> None:
        """Keep why."""
        self.infeasible = infeasible
        super().__init__("infeasible" if infeasible else "out of time")


class Program:
    """Minimise cost over columns under rows of constraints."""

    def __init__(self) -> None:
        """Start without columns."""
        self._low: list[Floats] = []
        self._high: list[Floats] = []
        self._cost: list[Floats] = []
        self._whole: list[Floats] = []
        self._entries: list[tuple[Ints, Ints, Floats]] = []
        self._limits: list[tuple[Floats, Floats]] = []
        self._columns = self._rows = 0

    def add(self, count: int, high: Values, cost: Values = 0.0, *, low: Values = 0.0, whole: bool = False) -> Ints:
        """Add columns and return their places; ``whole`` ones take whole numbers only."""
        for kept, value in ((self._low, low), (self._high, high), (self._cost, cost), (self._whole, float(whole))):
            kept.append(np.broadcast_to(np.asarray(value, dtype=np.float64), (count,)))
        places = np.arange(self._columns, self._columns + count)
        self._columns += count
        return places

    def each(self, terms: Sequence[Term], low: Values, high: Values) -> None:
        """Add one row for each place of the terms: low <= sum of terms <= high."""
        count = len(terms[0].columns)
        places = np.arange(self._rows, self._rows + count)
        for term in terms:
            factors = np.broadcast_to(np.asarray(term.factors, dtype=np.float64), (count,))
            self._entries.append((places, term.columns, factors))
        self._finish(count, low, high)

    def grouped(self, term: Term, groups: Ints, beside: Term, high: Values) -> None:
        """Add one row for each group: sum of its terms plus its term of ``beside`` <= high."""
        factors = np.broadcast_to(np.asarray(term.factors, dtype=np.float64), (len(term.columns),))
        self._entries.append((self._rows + groups, term.columns, factors))
        self.each([beside], -np.inf, high)

    def total(self, term: Term, low: float, high: float) -> None:
        """Add one row: low <= sum of the term over all its columns <= high."""
        factors = np.broadcast_to(np.asarray(term.factors, dtype=np.float64), (len(term.columns),))
        self._entries.append((np.full(len(term.columns), self._rows), term.columns, factors))
        self._finish(1, low, high)

    def solve(self) -> Floats:
        """Return the value of every column at the least cost.

        Raises:
            Unsolved: there is no answer, or none in time.
        """
        rows, columns, factors = (np.concatenate(part) for part in zip(*self._entries, strict=True))
        matrix = coo_array((factors, (rows, columns)), shape=(self._rows, self._columns)).tocsr()
        low, high = (np.concatenate(part) for part in zip(*self._limits, strict=True))
        found = milp(
            c=np.concatenate(self._cost),
            integrality=np.concatenate(self._whole),
            bounds=Bounds(np.concatenate(self._low), np.concatenate(self._high)),
            constraints=LinearConstraint(matrix, low, high),
            options={"time_limit": TIME_LIMIT_S, "mip_rel_gap": GAP},
        )
        if found.status != OPTIMAL:
            raise Unsolved(infeasible=found.status == INFEASIBLE)
        return np.asarray(found.x, dtype=np.float64)

    def _finish(self, count: int, low: Values, high: Values) -> None:
        limits = (np.broadcast_to(np.asarray(value, dtype=np.float64), (count,)) for value in (low, high))
        self._limits.append((next(limits), next(limits)))
        self._rows += count
