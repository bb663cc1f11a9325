"""What a three-phase meter sees of a load."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from greendc.physics.kinds import FloatArray

IMBALANCE = (0.345, 0.33, 0.325)
FREQUENCY_HZ = 50.0


def publish_load(
    put: Callable[[str, FloatArray], None],
    name: str,
    power_w: FloatArray,
    volts: FloatArray,
    power_factor: float,
) -> None:
    """Publish power, current, voltage and apparent and reactive power of a load [W] over time, by phase and in all.

    ``volts`` are by phase.
    """
    steps = len(power_w)
    tangent = float(np.sqrt(1.0 / power_factor**2 - 1.0))
    phase_w = power_w[:, None] * np.array(IMBALANCE)
    put(f"{name}.power_w", power_w)
    put(f"{name}.phase.power_w", phase_w)
    put(f"{name}.phase.voltage_v", np.broadcast_to(volts, phase_w.shape))
    put(f"{name}.phase.current_a", np.abs(phase_w) / (volts * power_factor))
    put(f"{name}.phase.apparent_va", np.abs(phase_w) / power_factor)
    put(f"{name}.phase.reactive_var", phase_w * tangent)
    put(f"{name}.apparent_va", np.abs(power_w) / power_factor)
    put(f"{name}.reactive_var", power_w * tangent)
    put(f"{name}.power_factor", np.broadcast_to(power_factor, steps))
    put(f"{name}.frequency_hz", np.broadcast_to(FREQUENCY_HZ, steps))
