"""The equation of a figure in signs, and with its numbers in them. Signs are alike in both languages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from greendc import display

if TYPE_CHECKING:
    from analytics.result import Input, KpiResult

TIMES, MINUS = "\u00d7", "\u2212"
PLAIN = "{a} ÷ {b}"
FORMS = {
    "pue": PLAIN,
    "eeue": PLAIN,
    "gb40879_rm2": PLAIN,
    "ppue_cooling": "({a} + {b}) ÷ {b}",
    "pue_module": "({a} + {b}) ÷ {b}",
    "ppue_power": PLAIN,
    "erf": PLAIN,
    "ere": PLAIN,
    "cer": PLAIN,
    "ref": "{a} ÷ {b} ≤ 1",
    "wue": PLAIN,
    "cue": f"{{a}} {TIMES} k ÷ {{b}}",
    "emissions": f"{{a}} {TIMES} k",
    "standard_coal": f"{{a}} {TIMES} 0.1229 kgce/kWh",
}
"""How the first input ``a`` and the second ``b`` make a figure; ``k`` is a factor that a remark names."""
SYMBOLS = {
    "facility": "E_DC",
    "supply": "E_grid",
    "ups_output": "E_IT,1",
    "pdu_output": "E_IT,2",
    "it_input": "E_IT,3",
    "cooling": "E_C",
    "heat_reuse": "E_reuse",
    "heat_removed": "Q_C",
    "facility_less_reuse": f"(E_DC {MINUS} E_reuse)",
    "power_chain": f"(E_DC {MINUS} E_C {MINUS} …)",
    "water": "W",
}
VOLUMES = frozenset({"water"})
"""Sides whose registers count m3."""


def formula(result: KpiResult) -> str:
    """Return the equation in signs, empty where there is none for it."""
    return _with(result, [SYMBOLS.get(side.role, side.role) for side in result.inputs])


def filled_in(result: KpiResult) -> str:
    """Return the equation with the amounts of the inputs, empty while one of them is unknown."""
    if any(side.energy_j is None for side in result.inputs):
        return ""
    return _with(result, [amount(side) for side in result.inputs])


def amount(side: Input) -> str:
    """Return what one side counted, with its unit."""
    if side.role in VOLUMES:
        return str(display.stored(side.energy_j, "m3"))
    return str(display.energy(side.energy_j))


def _with(result: KpiResult, words: list[str]) -> str:
    form = FORMS.get(result.kpi, "{a}" if len(words) == 1 else "")
    if not words or not form or ("{b}" in form and len(words) < 2):  # noqa: PLR2004 (a and b)
        return ""
    return form.format(a=words[0], b=words[-1])
