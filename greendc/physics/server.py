"""Servers: power against utilisation, and fans that answer the inlet temperature."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from greendc.physics.kinds import Value


FAN_MINIMUM = 0.4
FAN_START_C = 23.0
FAN_GAIN_PER_K = 0.04


def compute_power(utilisation: Value, idle_w: Value, full_w: Value) -> Value:
    """Return the power [W] of a server without its fans at a utilisation [0..1].

    ``P = P_idle + (P_max - P_idle)(2 u - u^1.4)``: Fan, Weber and Barroso, "Power provisioning for a warehouse-sized
    computer", 2007.
    """
    busy: Value = np.clip(utilisation, 0.0, 1.0)
    power: Value = idle_w + (full_w - idle_w) * (2.0 * busy - busy**1.4)
    return power


def fan_speed(inlet_c: Value, *, minimum: float = FAN_MINIMUM, gain_per_k: float = FAN_GAIN_PER_K) -> Value:
    """Return the speed [0..1] of a server's fans at an inlet temperature [degC].

    Flat below 23 degC, then linear up to full speed. With fans of 8 % of full power the server takes 0.35 to 0.5 %
    more per kelvin between 23 and 30 degC and about 8 % more at 35 degC, as measured in the field (Coroama 2025,
    arXiv 2509.26163).
    """
    speed: Value = np.clip(minimum + gain_per_k * np.maximum(inlet_c - FAN_START_C, 0.0), minimum, 1.0)
    return speed


def fan_power(speed: Value, rated_w: Value) -> Value:
    """Return the power [W] of a server's fans: the cube law, since small fans carry no separate drive."""
    return rated_w * speed**3


def airflow(speed: Value, rated_m3_s: Value) -> Value:
    """Return the airflow [m3/s] through a server: proportional to fan speed (affinity law)."""
    return rated_m3_s * speed
