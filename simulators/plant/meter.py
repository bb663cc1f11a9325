"""What a three-phase meter sees of a load."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from greendc.physics.kinds import FloatArray
    from simulators.plant.signals import SignalBlocks

IMBALANCE = (0.345, 0.33, 0.325)
FREQUENCY_HZ = 50.0


def publish_load(
    blocks: SignalBlocks,
    name: str,
    total_w: float,
    imbalance: FloatArray,
    volts: FloatArray,
    power_factor: float,
) -> None:
    """Publish power, current, voltage and apparent and reactive power of a load [W], by phase and in all."""
    apparent_va = total_w / power_factor
    tangent = float(np.sqrt(1.0 / power_factor**2 - 1.0))
    phase_w = total_w * imbalance
    blocks.set(f"{name}.phase.power_w", phase_w)
    blocks.set(f"{name}.phase.voltage_v", volts)
    blocks.set(f"{name}.phase.current_a", phase_w / volts / power_factor)
    blocks.set(f"{name}.phase.apparent_va", phase_w / power_factor)
    blocks.set(f"{name}.phase.reactive_var", phase_w * tangent)
    blocks.set(f"{name}.apparent_va", apparent_va)
    blocks.set(f"{name}.reactive_var", total_w * tangent)
    blocks.set(f"{name}.power_factor", power_factor)
    blocks.set(f"{name}.frequency_hz", FREQUENCY_HZ)
