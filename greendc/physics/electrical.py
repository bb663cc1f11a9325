"""Losses between the utility and a server's power supply."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from greendc.physics.kinds import Value


UPS_NO_LOAD = 0.012
UPS_LINEAR = 0.020
UPS_SQUARE = 0.012


def ups_loss(
    output_w: Value, rated_w: float, *, k0: float = UPS_NO_LOAD, k1: float = UPS_LINEAR, k2: float = UPS_SQUARE
) -> Value:
    """Return the loss [W] of a double-conversion UPS: ``Pr (k0 + k1 x + k2 x^2)`` with ``x = P_out / Pr``.

    Constant, voltage-drop and ohmic parts as in IEC 62040-3 efficiency tables. The defaults give 91 % at a load of 15
    %, 94 % at 30 % and about 96 % from half load up; fit them per unit from pairs of input and output power.
    """
    load = output_w / rated_w
    return rated_w * (k0 + k1 * load + k2 * load * load)


def transformer_loss(load_w: Value, rated_w: float, *, no_load_w: float, full_load_w: float) -> Value:
    """Return the loss [W] of a transformer: ``P0 + Pk x^2``, iron and copper loss (IEC 60076-1)."""
    load = load_w / rated_w
    return no_load_w + full_load_w * load * load


def conductor_loss(power_w: Value, rated_w: float, *, fixed_w: float, full_load_w: float) -> Value:
    """Return the loss [W] of a distribution unit and its cables.

    Own consumption plus an ohmic part, ``P_fixed + P_r x^2``.
    """
    load = power_w / rated_w
    return fixed_w + full_load_w * load * load


def supply_input(output_w: Value, *, overhead_w: float = 14.0, efficiency: float = 0.965) -> Value:
    """Return the input power [W] of a server's power supply: ``P_in = (P_out + c) / eta``.

    c 13 to 17 W and eta 0.96 to 0.98: published model of a large machine's rectifiers (RAPS, Frontier).
    """
    return (output_w + overhead_w) / efficiency
