"""Fans and pumps: power against speed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from greendc.physics.kinds import Value


FIXED_SHARE = 0.1
EXPONENT = 2.5


def fan_power(
    rated_w: Value,
    speed: Value,
    *,
    fixed_share: float = FIXED_SHARE,
    exponent: float = EXPONENT,
    density_ratio: float = 1.0,
) -> Value:
    """Return the electrical power [W] of a running fan or pump at a speed [0..1 of rated].

    ``P = P0 (a + (1 - a) r f^n)``: a part ``a`` of rated power does not depend on speed (drive, motor, belt), the
    rest follows the exponent ``n`` and the air density relative to the one at which ``P0`` was rated. The pure cube
    law (a = 0, n = 3) overstates savings; a = 0.1 and n = 2.5 are defaults to be fitted per unit, n between 1 and 3.
    A unit that stands still takes nothing, which is for the caller to say.
    """
    moving: Value = (1.0 - fixed_share) * density_ratio * speed**exponent
    return rated_w * (fixed_share + moving)


def hydraulic_power(flow_m3_s: Value, head_pa: Value, efficiency: float) -> Value:
    """Return the electrical power [W] of a pump.

    ``P = V dp / eta``, eta of pump, motor and drive together (0.6 to 0.75).
    """
    return flow_m3_s * head_pa / efficiency


def speed_for_flow(flow: Value, rated_flow: Value, *, minimum: float = 0.4) -> Value:
    """Return the speed [0..1] that moves a flow.

    Proportional to flow (affinity law), held between the minimum and full speed.
    """
    speed: Value = np.clip(flow / rated_flow, minimum, 1.0)
    return speed
