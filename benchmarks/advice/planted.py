"""Whether each inefficiency that is planted into a well-run room brings the advice that cures it, and no other."""

from __future__ import annotations

import math
from contextlib import closing
from typing import TYPE_CHECKING

import msgspec

from analytics.advice import Recommendation, advise
from benchmarks.advice.lived_plant import SEASONS, Case, Lived, Move
from benchmarks.advice.moves import move_of

if TYPE_CHECKING:
    from simulators.plant.levers import Levers


class Inefficiency(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with a room, in which season it shows, and which advisors may tell.

    A ``fault`` begins half way: what has been so for ever is how a plant is, to its own past. ``cure`` is what
    mends it, where that is not what the advice says of set-points; ``compared`` tells whether the saving is the cure's.
    Models learn from the first half, which takes ``least_days``.
    """

    name: str
    expected: tuple[str, ...]
    move: Move
    season: str = "spring"
    fault: bool = False
    cure: Move | None = None
    compared: bool = True
    least_days: float = 0.0


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What advisors said of a planted inefficiency."""

    name: str
    expected: tuple[str, ...]
    said: tuple[str, ...]
    p10: float | None
    p50: float | None
    p90: float | None
    truth_kwh: float | None

    @property
    def right(self) -> bool:
        """Tell whether an advisor that may tell did, or none did where there is nothing to tell."""
        if not self.expected:
            return not self.said
        return any(one.partition("/")[0] in self.expected for one in self.said)


WELL_SET = {"winter": (22.0, 15.0), "spring": (23.0, 18.0), "summer": (22.0, 13.0)}
"""Supply air and chilled water [degC] at which following the advice ends in each season."""
SPREAD_TARIFF = """schema = 1
currency = "CNY"
name = "made up"
source = "made up"
[[days]]
peak = ["18:00-21:00"]
flat = ["06:00-18:00", "21:00-24:00"]
valley = ["00:00-06:00"]
[[prices]]
per_kwh = { peak = 1.1, flat = 0.6, valley = 0.3 }
"""
"""A tariff whose hours are those in which the room's storage charges and gives."""


def well_run(season: str) -> Move:
    """Return what sets a room as a good operator would."""

    def move(levers: Levers) -> None:
        wanted = levers.operator
        wanted.supply_set_c[:], wanted.chilled_set_c = WELL_SET[season]
        wanted.flow_margin = 1.06
        wanted.minimum_speed = 0.4
        wanted.condenser_set_c = 18.0
        wanted.water_cycles = 8.0
        wanted.dew_low_c, wanted.dew_high_c = -9.0, 15.0
        wanted.ups_eco[:] = 1.0
        wanted.lighting_ratio = 0.2

    return move


def _sets(name: str, value: float) -> Move:
    def move(levers: Levers) -> None:
        group, _, lever = name.partition(".")
        place = getattr(levers, group)
        if hasattr(getattr(place, lever), "__setitem__"):
            getattr(place, lever)[:] = value
        else:
            setattr(place, lever, value)

    return move


def _cold(levers: Levers) -> None:
    levers.operator.supply_set_c[:], levers.operator.chilled_set_c = 17.0, 13.0


def _recirculation(levers: Levers) -> None:
    levers.air.recirculation_add[3] = 0.25


def _zombies(levers: Levers) -> None:
    # A tenth of the servers does nothing, day and night.
    levers.work.busy_add[::2, 0] = -1.0


def _off(levers: Levers) -> None:
    levers.work.switched_on[::2, 0] = 0.0


def _phase(levers: Levers) -> None:
    levers.work.phase_extra_w[0, 4, 0] = 2500.0


def _switch(name: str, *, on: bool) -> Move:
    def move(levers: Levers) -> None:
        group, _, lever = name.partition(".")
        setattr(getattr(levers, group), lever, on)

    return move


INEFFICIENCIES = (
    Inefficiency(name="nothing", expected=(), move=lambda _levers: None),
    Inefficiency(name="nothing, in summer", expected=(), move=lambda _levers: None, season="summer"),
    Inefficiency(name="cold supply air and water for it", expected=("supply_air",), move=_cold),
    Inefficiency(name="too much air", expected=("fan_speed",), move=_sets("operator.flow_margin", 1.7)),
    Inefficiency(name="fans held high", expected=("fan_speed",), move=_sets("operator.minimum_speed", 0.9)),
    Inefficiency(name="cold chilled water", expected=("chilled_water",), move=_sets("operator.chilled_set_c", 7.0)),
    Inefficiency(
        name="warm condenser water",
        expected=("condenser_water",),
        move=_sets("operator.condenser_set_c", 28.0),
        season="summer",
    ),
    Inefficiency(name="two chillers", expected=("chiller_staging",), move=_sets("operator.chillers_on", 2)),
    Inefficiency(
        name="no free cooling",
        expected=("water_economiser",),
        move=_switch("operator.water_economiser", on=False),
        season="winter",
    ),
    Inefficiency(
        name="economiser stuck closed",
        expected=("water_economiser", "maintenance"),
        move=_sets("water.economiser_stuck", 0.0),
        season="winter",
        cure=_sets("water.economiser_stuck", math.nan),
    ),
    Inefficiency(name="narrow humidity band", expected=("humidity_band",), move=_sets("operator.dew_low_c", 11.0)),
    Inefficiency(
        name="humidifiers fight",
        expected=("humidity_band", "maintenance"),
        move=_sets("air.humidifier_fight", 1.0),
        fault=True,
    ),
    Inefficiency(name="recirculation at a rack", expected=("air_separation",), move=_recirculation, compared=False),
    Inefficiency(
        name="air passes the racks by",
        expected=("air_separation", "fan_speed"),
        move=_sets("air.bypass_add", 0.2),
        compared=False,
    ),
    Inefficiency(name="idle servers", expected=("idle_servers",), move=_zombies, cure=_off),
    Inefficiency(name="a phase overloaded", expected=("phase_balance",), move=_phase),
    Inefficiency(name="a PV string lost", expected=("pv_self_use",), move=_sets("power.pv_strings", 0.6), fault=True),
    Inefficiency(
        name="battery at rest",
        expected=("battery_schedule",),
        move=_switch("operator.battery_schedule", on=False),
        fault=True,
    ),
    Inefficiency(name="much blow-down", expected=("water_cycles",), move=_sets("operator.water_cycles", 2.0)),
    Inefficiency(name="no eco mode", expected=("ups_mode",), move=_sets("operator.ups_eco", 0.0)),
    Inefficiency(name="light day and night", expected=("auxiliaries",), move=_sets("operator.lighting_ratio", 1.0)),
    Inefficiency(
        name="filters clogged", expected=("maintenance",), move=_sets("air.filter_resistance", 2.5), fault=True
    ),
    Inefficiency(
        name="a chiller worn",
        expected=("maintenance",),
        move=_sets("water.chiller_eir", 1.3),
        season="summer",
        fault=True,
        compared=False,
        least_days=28.0,
    ),
)


def judge(inefficiency: Inefficiency, *, days: float = 14.0, seed: int = 3) -> Found:
    """Return what advisors say of a well-run room with an inefficiency."""
    case = Case(start_s=SEASONS[inefficiency.season], days=max(days, inefficiency.least_days), seed=seed)
    well = well_run(inefficiency.season)
    moves, fault = ((well,), inefficiency.move) if inefficiency.fault else ((well, inefficiency.move), None)
    with closing(Lived(case, moves, fault, tariff=SPREAD_TARIFF)) as lived:
        return _found(inefficiency, lived)


def _found(inefficiency: Inefficiency, lived: Lived) -> Found:
    made = [answer for answer in advise(lived.situation()) if isinstance(answer, Recommendation)]
    told = next((one for one in made if one.advisor in inefficiency.expected), None)
    move = inefficiency.cure or (None if told is None else move_of(told))
    worth = None if told is None else told.evidence_kwh
    compared = told is not None and move is not None and inefficiency.compared
    return Found(
        name=inefficiency.name,
        expected=inefficiency.expected,
        said=tuple(one.id for one in made),
        p10=worth.p10 if worth else None,
        p50=worth.p50 if worth else None,
        p90=worth.p90 if worth else None,
        truth_kwh=lived.saved_kwh(move) if compared and move is not None else None,
    )


def table(found: list[Found]) -> str:
    """Return the findings as text."""
    lines = []
    for one in found:
        figures = " ".join("     -" if v is None else f"{v:6.0f}" for v in (one.p10, one.p50, one.p90, one.truth_kwh))
        mark = "" if one.right else "  WRONG"
        lines.append(f"{one.name:26} {figures} kWh  {', '.join(one.said) or 'silent'}{mark}")
    lines.append(f"right in {sum(one.right for one in found)} of {len(found)}")
    return "\n".join(lines)
