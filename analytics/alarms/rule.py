"""What an alarm rule is given and what it returns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from analytics.alarms.alarm import Alarm
from analytics.alarms.need import Need

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from analytics.alarms.rules.board import Board
    from analytics.detection.finding import Finding
    from analytics.topology import Topology
    from greendc.contracts import History
    from greendc.model import SeriesKey
    from greendc.site import Site


@dataclass(frozen=True, kw_only=True)
class Scene:
    """What rules look at: the store, the site, the time, the alarms that are open, and what the tick shares.

    ``delay_scale`` multiplies every delay, silence counts from ``watching_since_ns`` on. ``findings`` are what the
    learned detectors hold for unusual now, None as long as they are learning.
    ``board`` has read the series of all rules of this tick at once.
    """

    history: History
    site: Site
    topology: Topology
    now_ns: int
    standing: Mapping[str, Alarm]
    inlets: Mapping[str, list[SeriesKey]]
    board: Board
    findings: Sequence[Finding] | None = None
    delay_scale: float = 1.0
    watching_since_ns: int = 0


class NotEvaluated(msgspec.Struct, frozen=True, order=True):
    """A rule that cannot judge a node of the site, and the quantities that are missing there."""

    rule: str
    node: str
    missing: tuple[str, ...]


class Verdicts(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule found: alarms whose condition holds now, and ids of those whose condition is surely over.

    An open alarm in neither list stands as it is: its sensor is silent, or its delay is not over. ``not_evaluated``
    says where the rule had nothing to judge.
    """

    raised: list[Alarm]
    over: list[str]
    not_evaluated: tuple[NotEvaluated, ...] = ()


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule. Its texts are `alarms.<key>.<kind>.title`, ``detail`` and ``action``, or those of `alarm_rules`.

    ``hard`` limits are always on: nothing but a person's maintenance window or shelving keeps them back. A ``latched``
    alarm stands until its condition is over and a person has acknowledged it. ``silence`` says that the rule is about
    missing data: it explains other silence, and nothing else. What ``spreads`` may be the cause of alarms further down,
    but what a ``model`` says is never the cause of a hard limit's.

    ``needs`` are the series that it looks at on the board.
    """

    key: str
    evaluate: Callable[[Scene], Verdicts]
    needs: tuple[Need, ...] = ()
    hard: bool = False
    latched: bool = False
    silence: bool = False
    spreads: bool = True
    model: bool = False
