"""Ratios that a reader of the workbook can follow: a formula over the cells of both amounts."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

import msgspec

from analytics.kpis.water import LITRES_PER_M3
from analytics.lineage_view.formula import VOLUMES
from greendc.units import kwh

if TYPE_CHECKING:
    from analytics.result import Input, KpiResult

WITHIN = 1e-9
"""How far, as a share, a formula may be from the value that the report states."""
RATIO_OF = "{a}/{b}"
PARTIAL_OF = "({a}+{b})/{b}"
PER_LITRE = f"{{a}}*{LITRES_PER_M3:g}/{{b}}"
FORMS = {
    "pue": RATIO_OF,
    "eeue": RATIO_OF,
    "gb40879_rm2": RATIO_OF,
    "ppue_cooling": PARTIAL_OF,
    "ppue_power": RATIO_OF,
    "erf": RATIO_OF,
    "ere": RATIO_OF,
    "cer": RATIO_OF,
    "wue": PER_LITRE,
}
"""What each ratio is of its first amount ``a`` and its second ``b``: kWh, m3 for water."""
_MODULE_FORMS = (RATIO_OF, PARTIAL_OF)


class LiveFormula(msgspec.Struct, frozen=True, kw_only=True):
    """A formula that gives the stated value of two amounts; ``value`` is what it gives."""

    form: str
    value: float

    def over(self, a: str, b: str) -> str:
        """Return the formula over two cells."""
        return f"={self.form.format(a=a, b=b)}"


def amount(side: Input) -> tuple[float | None, Literal["kWh", "m3"]]:
    """Return what one side counted and its unit: kWh, m3 for water."""
    counted = side.energy_j if side.energy_j is not None and math.isfinite(side.energy_j) else None
    if side.role in VOLUMES:
        return counted, "m3"
    return (None if counted is None else kwh(counted)), "kWh"


def live(result: KpiResult) -> LiveFormula | None:
    """Return the formula of a figure, None where its two amounts do not make it or are not known."""
    if result.value is None or len(result.inputs) != 2:  # noqa: PLR2004 (a and b)
        return None
    (a, _), (b, _) = (amount(side) for side in result.inputs)
    if a is None or b is None:
        return None
    # A module's PUE is either a true or a partial one.
    forms = _MODULE_FORMS if result.kpi == "pue_module" else tuple(filter(None, [FORMS.get(result.kpi)]))
    return fitting(forms, a, b, result.value)


def fitting(forms: tuple[str, ...], a: float, b: float, stated: float) -> LiveFormula | None:
    """Return the first of some forms that gives what the report states, within `WITHIN`."""
    for form in forms:
        given = evaluated(form, a, b)
        if given is not None and math.isclose(given, stated, rel_tol=WITHIN, abs_tol=WITHIN):
            return LiveFormula(form=form, value=stated)
    return None


def evaluated(form: str, a: float, b: float) -> float | None:
    """Return what a form gives, None without a divisor."""
    if b == 0:
        return None
    return {RATIO_OF: a / b, PARTIAL_OF: (a + b) / b, PER_LITRE: a * LITRES_PER_M3 / b}[form]
