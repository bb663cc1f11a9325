"""The families of learned models and how they are judged, from the dated data file."""

from __future__ import annotations

from functools import cache
from typing import Annotated

import msgspec

from analytics import data

Positive = Annotated[float, msgspec.Meta(gt=0)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]


class Judgement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How residuals become alarms.

    ``memory_s`` is the time constant of the mean that is judged against the band. A limit is ``margin`` times the
    greatest value of its statistic on held-out days. ``slack_share`` is the part of the floor that a slow drift may
    take without being summed, ``patience_h`` the hours for which a residual of one floor must last at least to be one.
    ``level`` is the coverage of the conformal band, ``reach_share`` how far inputs may leave the range of the training,
    as a share of it. ``least_steps`` and ``least_days`` are needed to fit, ``firm_days`` for more than a provisional
    model; of a step ``least_known`` must be known. ``replay_s`` is judged again at a start.
    """

    memory_s: Positive
    margin: Positive
    slack_share: Positive
    patience_h: Positive
    level: Share
    reach_share: Share
    least_steps: int
    least_days: int
    firm_days: int
    least_known: Share
    replay_s: Positive
    source: str
    confidence: str


class Family(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One family of models: ``harm`` is the harmful direction, ``checks`` are catalogue keys.

    No residual below ``floor`` (in ``unit``), or ``floor_share`` of the target's usual high value, is an alarm.
    ``forms`` are the shapes that are tried, the simplest first. ``idle_share``: below this share of its usual high
    value the place counts as idle, and steps are neither learned nor judged.
    """

    unit: str
    harm: Annotated[str, msgspec.Meta(pattern="^(high|low|both)$")]
    floor: float
    floor_share: Share = 0.0
    idle_share: Share = 0.0
    forms: tuple[str, ...] = ("linear", "quadratic", "boosting")
    checks: tuple[str, ...] = ()
    source: str = ""


class PeerGroup(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Series of one quantity that are compared with each other: those of one profile and part in one room.

    ``floor`` [unit of the quantity] is the least distance from the median that is told, ``least_sigma`` the least
    spread that a group is believed to have, ``factor`` the robust z that counts, ``least`` the members needed and
    ``hold_s`` for how long. ``parts`` are the first words of the parts that are meant (empty for all). A device whose
    quantity ``running`` is not above ``running_above`` stands by and is left out.
    """

    quantity: str
    kinds: tuple[str, ...]
    unit: str
    harm: Annotated[str, msgspec.Meta(pattern="^(high|low|both)$")]
    floor: Positive
    least_sigma: Positive
    factor: Positive = 6.0
    least: int = 4
    hold_s: Positive = 7200.0
    parts: tuple[str, ...] = ()
    running: str = ""
    running_above: float = 0.05
    checks: tuple[str, ...] = ()


class ModelData(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole file."""

    schema: int
    judgement: Judgement
    families: dict[str, Family]
    peers: dict[str, PeerGroup]


@cache
def model_data() -> ModelData:
    """Return the families, the groups of peers and how both are judged."""
    return data.read("residual_models", ModelData)
