"""A Modbus device as a `Source`: which blocks to read, what an exception means, and what to remember of it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import msgspec

from collectors.decode import NO_ANSWER, NOT_AVAILABLE, NOT_SUPPORTED, decode, unread
from collectors.modbus.blocks import Block, halves, plan
from collectors.modbus.line import ExceptionReply
from greendc.errors import DeviceAway, DeviceRefused
from greendc.profiles import SLOW_EVERY, ModbusMap, Point

if TYPE_CHECKING:
    from collections.abc import Sequence

    from collectors.modbus.line import ModbusLine
    from greendc.clock import Clock
    from greendc.device import DeviceEntry
    from greendc.model import Reading
    from greendc.profiles import Profile

log = logging.getLogger("greendc.modbus")

# Exception codes: Modbus application protocol 1.1b3, section 7.
_NOT_THERE = frozenset({2, 3})
_BUSY = frozenset({5, 6})
_FAILED = frozenset({4, 8})
_BEHIND_GATEWAY = frozenset({10, 11})


class _Outcome(msgspec.Struct):
    """What reading some blocks gave: raw values, the reasons of points without one, and the last refusal."""

    raw: list[tuple[Point, int | float]] = []
    without: list[tuple[Point, str]] = []
    refusal: DeviceRefused | None = None


class ModbusSource:
    """Reads the points of one unit.

    A block that is refused for its addresses (exception 2 or 3) is halved until the points that do not exist are found;
    they are left out from then on, and asked for again only after the device was away, since another one may have come
    back.
    """

    def __init__(self, entry: DeviceEntry, profile: Profile, *, site: str, clock: Clock, line: ModbusLine) -> None:
        """Make the source of a device; asks nothing yet.

        Raises:
            ValueError: the profile has no ``[modbus]`` table, or the address is not one.
        """
        if profile.modbus is None:
            message = f"profile {profile.name} is not for Modbus"
            raise ValueError(message)
        self._entry = entry
        self._profile = profile
        self._map: ModbusMap = profile.modbus
        self._unit = entry.where().unit
        self._site = site
        self._clock = clock
        self._line = line
        self._reads = 0
        self._unsupported: list[Point] = []
        self._told: list[Point] = []
        self._blocks: dict[str, list[Block]] = {}
        self._forget()

    async def read(self) -> Sequence[Reading]:
        """Return one reading per point that was due.

        Raises:
            DeviceAway: no block was answered.
            DeviceRefused: every block was refused.
        """
        full = self._reads % SLOW_EVERY == 0
        known_missing = list(self._unsupported)
        outcome = _Outcome()
        try:
            for tier in ("normal", "slow") if full else ("normal",):
                self._blocks[tier] = await self._read_blocks(self._blocks[tier], outcome)
        except DeviceAway:
            self._forget()
            raise
        if not outcome.raw:
            self._forget()
            raise outcome.refusal or DeviceRefused(f"no register of profile {self._profile.name} exists")
        self._reads += 1
        if full:
            outcome.without.extend((point, NOT_SUPPORTED) for point in known_missing)
        return self._readings(outcome)

    async def close(self) -> None:
        """Do nothing: the line belongs to all units behind it and is closed by its owner."""

    def _forget(self) -> None:
        self._unsupported = []
        self._reads = 0
        self._blocks = {
            tier: plan(
                (point for point in self._profile.points if point.tier == tier),
                max_words=self._map.max_words,
                max_gap=self._map.max_gap,
            )
            for tier in ("normal", "slow")
        }

    async def _read_blocks(self, blocks: list[Block], outcome: _Outcome) -> list[Block]:
        """Read blocks into ``outcome`` and return those to read next time."""
        kept: list[Block] = []
        waiting = list(blocks)
        while waiting:
            block = waiting.pop(0)
            try:
                words = await self._words(block)
            except ExceptionReply as error:
                parts = self._refused(block, error, outcome)
                waiting[:0] = parts
                if not parts and error.code not in _NOT_THERE:
                    kept.append(block)
                continue
            except DeviceAway:
                if not outcome.raw:
                    raise
                # What was read stays; the silence of the rest is said point by point.
                for rest in (block, *waiting):
                    outcome.without.extend((point, NO_ANSWER) for point in rest.points)
                return [*kept, block, *waiting]
            kept.append(block)
            for point in block.points:
                raw = block.raw_of(point, words, self._map.order)
                if raw is None:
                    outcome.without.append((point, NOT_AVAILABLE))
                else:
                    outcome.raw.append((point, raw))
        return kept

    async def _words(self, block: Block) -> list[int]:
        return await self._line.read(
            self._unit, self._map.function, block.start, block.count, timeout_s=self._entry.timeout_s
        )

    def _refused(self, block: Block, error: ExceptionReply, outcome: _Outcome) -> list[Block]:
        """Sort an exception: return the smaller blocks to try, or put the block's points down as not readable.

        Raises:
            DeviceAway: the gateway says that the unit does not answer.
            DeviceRefused: the unit does not know the function at all, or answers with an unknown code.
        """
        outcome.refusal = error
        if error.code in _BEHIND_GATEWAY:
            message = f"the gateway has no answer from unit {self._unit}"
            raise DeviceAway(message) from error
        if error.code in _NOT_THERE:
            if len(block.points) > 1:
                return list(halves(block))
            point = block.points[0]
            if point not in self._told:
                self._told.append(point)
                log.info("%s has no register %s (%s)", self._entry.name, point.register, point.quantity)
            self._unsupported.append(point)
            outcome.without.append((point, NOT_SUPPORTED))
            return []
        if error.code in _BUSY or error.code in _FAILED:
            reason = "busy" if error.code in _BUSY else "device_failure"
            outcome.without.extend((point, reason) for point in block.points)
            return []
        raise error

    def _readings(self, outcome: _Outcome) -> list[Reading]:
        now = self._clock.now_ns()
        device = self._entry.name
        readings = [
            decode(point, raw, part=point.part, time_ns=now, site=self._site, device=device)
            for point, raw in outcome.raw
        ]
        readings.extend(
            unread(point, reason, part=point.part, time_ns=now, site=self._site, device=device)
            for point, reason in outcome.without
        )
        return readings
