"""Where the sun stands and what a clear sky gives, for arrays of times.

The tests compare this with pvlib. It is not used here because loading it takes more than a second of a start.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from greendc.physics.kinds import FloatArray

SECONDS_PER_DAY = 86_400.0
SECONDS_PER_YEAR = 365.2425 * SECONDS_PER_DAY
SOLAR_CONSTANT_W_M2 = 1361.0
GROUND_REFLECTS = 0.2

_OVERCAST, _CLEAR = 0.22, 0.8


class SunPosition:
    """The sun over a place: cosine of its zenith angle, sine and cosine of its azimuth times the sine of zenith."""

    def __init__(self, times_s: FloatArray, latitude_deg: float, longitude_deg: float) -> None:
        """Work out declination and hour angle at times [s since 1970].

        Spencer, "Fourier series representation of the position of the sun", 1971; good to about a quarter of a degree.
        """
        day_angle = 2 * np.pi * (times_s / SECONDS_PER_YEAR - np.floor(times_s / SECONDS_PER_YEAR))
        sine, cosine = np.sin(day_angle), np.cos(day_angle)
        sine2, cosine2 = np.sin(2 * day_angle), np.cos(2 * day_angle)
        declination = 0.006918 - 0.399912 * cosine + 0.070257 * sine - 0.006758 * cosine2 + 0.000907 * sine2
        declination += -0.002697 * np.cos(3 * day_angle) + 0.00148 * np.sin(3 * day_angle)
        # Equation of time [rad].
        ahead = 0.0000075 + 0.001868 * cosine - 0.032077 * sine - 0.014615 * cosine2 - 0.040849 * sine2
        hour_angle = 2 * np.pi * (times_s / SECONDS_PER_DAY) - np.pi + np.deg2rad(longitude_deg) + ahead
        latitude = np.deg2rad(latitude_deg)
        self.up: FloatArray = np.sin(latitude) * np.sin(declination) + (
            np.cos(latitude) * np.cos(declination) * np.cos(hour_angle)
        )
        self.south: FloatArray = np.sin(latitude) * np.cos(declination) * np.cos(hour_angle) - (
            np.cos(latitude) * np.sin(declination)
        )
        self.west: FloatArray = np.cos(declination) * np.sin(hour_angle)

    def on_plane(self, tilt_deg: float, azimuth_deg: float) -> FloatArray:
        """Return the cosine of incidence on a plane; azimuth 180 deg faces south."""
        tilt, azimuth = np.deg2rad(tilt_deg), np.deg2rad(azimuth_deg)
        level = -np.cos(azimuth) * self.south - np.sin(azimuth) * self.west
        cosine: FloatArray = np.maximum(np.cos(tilt) * self.up + np.sin(tilt) * level, 0.0)
        return cosine


def clear_sky(up: FloatArray) -> FloatArray:
    """Return the global irradiance [W/m2] of a clear sky: ``1098 cos z exp(-0.059 / cos z)`` (Haurwitz 1945)."""
    safe = np.maximum(up, 1e-3)
    irradiance: FloatArray = np.where(up > 0.0, 1098.0 * safe * np.exp(-0.059 / safe), 0.0)
    return irradiance


def plane_irradiance(sun: SunPosition, irradiance_w_m2: FloatArray, tilt_deg: float, azimuth_deg: float) -> FloatArray:
    """Return the irradiance [W/m2] on a tilted plane from the one on the ground.

    The share of diffuse light follows Erbs, Klein and Duffie, 1982; the sky is even, the ground reflects 20 %.
    """
    high = np.maximum(sun.up, 0.05)
    clearness = np.clip(irradiance_w_m2 / (SOLAR_CONSTANT_W_M2 * high), 0.0, 1.0)
    middle = 0.9511 + clearness * (-0.1604 + clearness * (4.388 + clearness * (-16.638 + clearness * 12.336)))
    share = np.where(clearness <= _OVERCAST, 1.0 - 0.09 * clearness, np.where(clearness <= _CLEAR, middle, 0.165))
    beam = irradiance_w_m2 * (1.0 - share)
    lifted = np.cos(np.deg2rad(tilt_deg))
    tilted = beam * sun.on_plane(tilt_deg, azimuth_deg) / high + irradiance_w_m2 * share * 0.5 * (1.0 + lifted)
    tilted += irradiance_w_m2 * GROUND_REFLECTS * 0.5 * (1.0 - lifted)
    found: FloatArray = np.where(irradiance_w_m2 > 0.0, tilted, 0.0)
    return found
