"""How the power of a water-cooled chiller follows temperatures and part load: one family of curves."""

from __future__ import annotations

import msgspec

from greendc.physics import chiller
from simulators.plant.bounds import refuse_outside


class ChillerCurve(msgspec.Struct, frozen=True, kw_only=True):
    """Energy input ratio and capacity relative to a rated point; the defaults are medians of makers' curves.

    ``per_k_chilled`` and ``per_k_condenser`` are the shares of power saved by a kelvin of warmer chilled and of cooler
    condenser water. ``part_load`` are the coefficients of a cubic in the part load, highest power first. Condenser
    water is never cooler than ``least_condenser_c`` inside the machine, and below ``least_load`` it cycles.
    """

    per_k_chilled: float = chiller.EIR_PER_K_CHILLED
    per_k_condenser: float = chiller.EIR_PER_K_CONDENSER
    part_load: tuple[float, float, float, float] = chiller.PART_LOAD
    least_load: float = 0.1
    least_condenser_c: float = 13.0

    def __post_init__(self) -> None:
        """Refuse a curve that turns temperatures round."""
        refuse_outside(
            self,
            {
                "per_k_chilled": (0.0, 0.08),
                "per_k_condenser": (0.0, 0.08),
                "least_load": (0.01, 0.6),
                "least_condenser_c": (0.0, 30.0),
            },
        )

    def power(self, heat_w: float, rated_w: float, rated_cop: float, chilled_c: float, condenser_c: float) -> float:
        """Return the electrical power [W] of a machine that moves ``heat_w``; ``rated_w`` is its rated capacity."""
        warm = max(condenser_c, self.least_condenser_c)
        load = heat_w / self.capacity(rated_w, chilled_c, warm)
        load = min(max(load, self.least_load), 1.1)
        cubic, square, linear, constant = self.part_load
        ratio = ((cubic * load + square) * load + linear) * load + constant
        ratio *= (1.0 - self.per_k_chilled) ** (chilled_c - chiller.RATED_CHILLED_C)
        ratio *= (1.0 - self.per_k_condenser) ** (chiller.RATED_CONDENSER_C - warm)
        power: float = heat_w / rated_cop * ratio
        return power

    def capacity(self, rated_w: float, chilled_c: float, condenser_c: float) -> float:
        """Return the cooling [W] that the machine can give."""
        return chiller.capacity(rated_w, chilled_c, max(condenser_c, self.least_condenser_c))


REFERENCE = ChillerCurve()
CENTRIFUGAL = ChillerCurve(per_k_chilled=0.029, per_k_condenser=0.028, part_load=(0.0, 0.62, -0.62, 1.0))
"""Speed-controlled: best at half load and very sensitive to lift."""
SCREW = ChillerCurve(per_k_chilled=0.019, per_k_condenser=0.018, part_load=(0.0, 0.42, -0.72, 1.30), least_load=0.2)
"""Slide valve: poor below half load, less sensitive to lift."""
