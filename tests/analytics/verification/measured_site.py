"""A made-up site whose cooling use is known exactly: what it would have been, and what a measure took off."""

from __future__ import annotations

import numpy as np

from analytics.verification import Observations, observations
from greendc.clock import NS_PER_HOUR, from_iso

START_H = from_iso("2026-03-02T00:00:00Z") // NS_PER_HOUR
NAMES = ("it_kw", "outdoor_c")


def weather_and_load(first_day: int, days: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return hours since 1970 and the drivers [n, 2]: IT power [kW] and outdoor temperature [degC]."""
    draw = np.random.default_rng(seed)
    hours = START_H + 24 * first_day + np.arange(24 * days, dtype=np.float64)
    slow = np.convolve(draw.normal(0, 1, len(hours) + 71), np.ones(72) / 72**0.5, "valid")
    outdoor = 16 + 2.5 * slow + 5 * np.sin(2 * np.pi * (hours % 24 - 9) / 24)
    load = 100 + 6 * np.sin(2 * np.pi * (hours % 24 - 8) / 24) + draw.normal(0, 1.5, len(hours))
    return hours, np.column_stack([load, outdoor])


def use_without(drivers: np.ndarray, seed: int) -> np.ndarray:
    """Return what the cooling would use [kW], with noise that stays for hours."""
    draw = np.random.default_rng(seed)
    noise = np.zeros(len(drivers))
    for i, kick in enumerate(draw.normal(0, 0.35, len(drivers))):
        noise[i] = kick + (0.7 * noise[i - 1] if i else 0.0)
    return np.asarray(8 + 0.15 * drivers[:, 0] + 0.8 * np.maximum(drivers[:, 1] - 14, 0) + noise)


def rows(hours: np.ndarray, use: np.ndarray, drivers: np.ndarray, switched: np.ndarray | None = None) -> Observations:
    """Return observations of a power."""
    return observations((hours * NS_PER_HOUR).astype(np.int64), use, drivers, NAMES, switched=switched, energy=False)


def period(first_day: int, days: int, seed: int, saved: float = 0.0) -> tuple[Observations, float]:
    """Return the rows of a period in which a measure takes off a share, and the energy [kWh] it saved."""
    hours, drivers = weather_and_load(first_day, days, seed)
    would = use_without(drivers, seed + 1)
    return rows(hours, would * (1 - saved), drivers), float((saved * would).sum())
