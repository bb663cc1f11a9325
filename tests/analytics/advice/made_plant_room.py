"""A plant room made by hand, with a tower that follows its law, and the series beside it that a store would tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.advice import Recommendation, Refusal, Situation
from analytics.site_model import Draws
from greendc.model import SeriesKey
from greendc.site import Meter, Role
from tests.analytics.memory_history import MemoryHistory
from tests.analytics.plant import SITE
from tests.analytics.room import room
from tests.analytics.site_model.made_frame import Coefficients, made_frame

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from analytics.advice.advisor import Answer
    from analytics.counters import Floats
    from analytics.site_model import PlantFrame

DAYS = 4
ROWS = DAYS * 96
DRAWS = 100
NAN = float("nan")
FULL_LOAD = 0.68
LEAST_APPROACH_K, SPEED_LAW, TOWER_W = 3.0, 1.25, 3000.0
"""The made tower: its approach at full speed, the exponent of its speed, and its fan at full speed."""
_MADE = made_frame(Coefficients(), days=DAYS)


def plant(**columns: Floats | float) -> PlantFrame:
    """Return the plant with columns replaced; a number stands for the whole column."""
    wide = {name: np.broadcast_to(value, getattr(_MADE, name).shape) for name, value in columns.items()}
    return msgspec.structs.replace(_MADE, **{name: np.array(value, dtype=np.float64) for name, value in wide.items()})


def chillers_only(set_c: float, wet_c: float = 12.0) -> PlantFrame:
    """Return a plant without free cooling whose tower holds the condenser water, as far as it can."""
    wet = wet_c + _MADE.wet_bulb_c - _MADE.wet_bulb_c.mean()
    speed = np.clip((LEAST_APPROACH_K / np.maximum(set_c - wet, 0.1)) ** SPEED_LAW, 0.2, 1.0)
    condenser = np.maximum(set_c, wet + LEAST_APPROACH_K)
    ratio = 0.17 * np.exp(-0.03 * (_MADE.chilled_supply_c - 10.0) + 0.02 * (condenser - 24.0))
    return plant(
        wet_bulb_c=wet,
        outdoor_c=wet + 5.0,
        condenser_c=condenser,
        tower_speed=speed,
        tower_w=TOWER_W * (0.03 + 0.97 * speed**3),
        free_w=0.0,
        chiller_heat_w=_MADE.heat_w[:, None],
        chiller_load=(_MADE.heat_w / 100_000.0)[:, None],
        chiller_w=(_MADE.heat_w * ratio)[:, None],
    )


def two_chillers(frame: PlantFrame, share: float) -> PlantFrame:
    """Return a plant of two machines, the second of which carries a share of the heat."""
    parts = np.array([1.0 - share, share])
    load = frame.chiller_load * parts
    ratio = frame.chiller_w / frame.chiller_heat_w * np.exp(-0.6 * (load - FULL_LOAD))
    return msgspec.structs.replace(
        frame,
        chillers=("chiller-1", "chiller-2"),
        chiller_heat_w=frame.chiller_heat_w * parts,
        chiller_load=load,
        chiller_w=frame.chiller_heat_w * parts * ratio,
        condenser_pump_w=np.full(len(frame), 1300.0 * (2 if share else 1)),
    )


def situation(
    frame: PlantFrame, series: Mapping[tuple[str, str, str], Floats | float] | None = None, roles: Sequence[Role] = ()
) -> Situation:
    """Return the situation at the end of a frame, with further series by device, part and quantity.

    ``roles`` are those of meters of the same series, in their order.
    """
    store, keys = MemoryHistory(), []
    for (device, part, quantity), values in (series or {}).items():
        keys.append(SeriesKey(SITE, device, part, quantity))
        column = np.broadcast_to(np.asarray(values, dtype=np.float64), frame.time_ns.shape)
        store.add(keys[-1], frame.time_ns.tolist(), column.tolist())
    site = room(4)
    meters = [Meter(role=role, device=key.device, part=key.part) for role, key in zip(roles, keys, strict=False)]
    end_ns = int(frame.time_ns[-1]) + frame.step_ns if len(frame) else 0
    made = Situation(store, msgspec.structs.replace(site, meters=[*site.meters, *meters]), end_ns, least_ns=0)
    made.draws = Draws(DRAWS)
    # What a store would be asked for.
    first_ns = int(frame.time_ns[0]) if len(frame) else 0
    made.__dict__ |= {"past": frame, "first_ns": first_ns, "start_ns": first_ns}
    return made


def recommendation(answers: Sequence[Answer]) -> Recommendation:
    """Return the one answer, which is a recommendation that reads in both languages."""
    (answer,) = answers
    assert isinstance(answer, Recommendation), answer
    for lang in ("zh", "en"):
        assert answer.title(lang)
        assert "{" not in answer.proposal(lang)
        assert all(answer.checks(lang))
    return answer


def refusal(answers: Sequence[Answer]) -> tuple[str, tuple[str, ...]]:
    """Return reason and needs of the one answer, which is a refusal that reads in both languages."""
    (answer,) = answers
    assert isinstance(answer, Refusal), answer
    assert answer.text("zh")
    assert answer.text("en")
    return answer.reason, answer.missing


def failed(answer: Recommendation) -> list[str]:
    """Return the guard rails that do not hold."""
    return [check.key for check in answer.guards if check.stops]
