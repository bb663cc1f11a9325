"""An SNMP device as a `Source`: what to ask this time, and what to make of a partial answer."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from collectors.decode import NO_ANSWER, decode, unread
from collectors.snmp.choice import make_engine
from collectors.snmp.engine import get_all, walk
from collectors.snmp.plan import Plan, plan
from collectors.snmp.rows import Answers, Cell, cells
from greendc.errors import DeviceAway
from greendc.profiles import SLOW_EVERY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from collectors.decode import Value
    from collectors.snmp.engine import SnmpEngine
    from greendc.clock import Clock
    from greendc.device import Credential, DeviceEntry
    from greendc.model import Reading
    from greendc.profiles import Point, Profile

log = logging.getLogger("greendc.collectors.snmp")

SILENT_COLUMNS = 2
"""After so many columns in a row without any answer the agent is taken to have gone, and the rest is not asked for."""


class SnmpSource:
    """Reads the points of a profile from one agent.

    Parts that were there and are not answered for now become readings without a value. A scalar that the agent does not
    have is asked for with the slow tier only.
    """

    def __init__(
        self,
        entry: DeviceEntry,
        credential: Credential,
        profile: Profile,
        *,
        site: str,
        clock: Clock,
        engine: SnmpEngine | None = None,
    ) -> None:
        """Make the source of a device; asks nothing yet.

        Raises:
            ConfigError: the entry's engine or the credential's algorithms are not known.
        """
        where = entry.where()
        self._engine = engine or make_engine(
            entry.engine, where.host, where.port, credential, timeout_s=entry.timeout_s
        )
        self._device = entry.name
        self._profile = profile
        self._site = site
        self._clock = clock
        self._reads = 0
        self._absent: set[str] = set()
        self._labels: dict[str, dict[str, Value]] = {}
        self._parts: dict[int, set[str]] = {}

    async def read(self) -> Sequence[Reading]:
        """Return a reading for each part of each point that was due.

        Raises:
            DeviceAway: nothing was answered.
            DeviceRefused: the agent rejects the credentials.
        """
        slow = self._reads % SLOW_EVERY == 0
        due = {i: point for i, point in enumerate(self._profile.points) if slow or self._is_due(point)}
        time_ns = self._clock.now_ns()
        answers = await self._ask(plan(due.values()), renew_labels=slow)
        self._reads += 1
        self._absent = {oid for oid in self._absent if oid not in answers.scalars}
        self._absent |= {oid for oid, value in answers.scalars.items() if value is None}
        return [reading for i in due for reading in self._readings(i, answers, time_ns)]

    async def close(self) -> None:
        """Give back the engine's socket."""
        await self._engine.close()

    def _is_due(self, point: Point) -> bool:
        return point.tier != "slow" and point.oid not in self._absent

    async def _ask(self, wanted: Plan, *, renew_labels: bool) -> Answers:
        answers = Answers()
        if wanted.scalars:
            answers.scalars = await get_all(self._engine, wanted.scalars)
        await self._walk_columns(wanted.columns, answers)
        await self._walk_labels(wanted, answers, renew=renew_labels)
        return answers

    async def _walk_columns(self, columns: Sequence[str], answers: Answers) -> None:
        silent = 0
        for column in columns:
            if silent >= SILENT_COLUMNS:
                answers.broken.add(column)
                continue
            result = await walk(self._engine, column)
            answers.columns[column] = {oid[len(column) + 1 :]: value for oid, value in result.rows.items()}
            if not result.complete:
                answers.broken.add(column)
            silent = silent + 1 if not result.complete and not result.rows else 0
        if silent and silent == min(SILENT_COLUMNS, len(columns)) and not answers.scalars:
            raise DeviceAway(f"{self._device} answers no request")

    async def _walk_labels(self, wanted: Plan, answers: Answers, *, renew: bool) -> None:
        for label in wanted.labels:
            tables = {str(point.table) for point in self._profile.points if point.label == label}
            rows = {index for table in tables for index in answers.columns.get(table, {})}
            if renew or not rows <= self._labels.get(label, {}).keys():
                result = await walk(self._engine, label)
                if result.complete:
                    self._labels[label] = {oid[len(label) + 1 :]: value for oid, value in result.rows.items()}
            answers.columns[label] = self._labels.get(label, {})

    def _readings(self, i: int, answers: Answers, time_ns: int) -> list[Reading]:
        point = self._profile.points[i]
        found = {cell.part: cell for cell in cells(point, answers)}
        if point.table is not None:
            complete = _is_complete(point, answers)
            lost = set() if complete else self._parts.get(i, set()) - found.keys()
            self._parts[i] = found.keys() | lost
            found |= {part: Cell(part, None, NO_ANSWER) for part in sorted(lost)}
        return [self._reading(point, cell, time_ns) for cell in found.values()]

    def _reading(self, point: Point, cell: Cell, time_ns: int) -> Reading:
        if cell.reason:
            return unread(point, cell.reason, part=cell.part, time_ns=time_ns, site=self._site, device=self._device)
        return decode(point, cell.raw, part=cell.part, time_ns=time_ns, site=self._site, device=self._device)


def _is_complete(point: Point, answers: Answers) -> bool:
    wanted = plan([point])
    return answers.broken.isdisjoint(wanted.columns) and answers.scalars.keys() >= set(wanted.scalars)
