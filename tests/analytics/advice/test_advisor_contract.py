"""What another tariff, another contracted demand or less reactive power is worth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from analytics.advice import Recommendation, Refusal
from analytics.advice.advisors.contract import ADVISOR
from tests.analytics.advice.metered_site import HEAD, hour, key, site_of, site_text, situation

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from analytics.advice.advisor import Answer
    from analytics.counters import Floats

DAYS = 31
FLAT = """schema = 1
currency = "CNY"
[[days]]
flat = ["00:00-24:00"]
[[prices]]
per_kwh = { flat = %s }
"""
DEMAND = """[[demand]]
per_kw_month = 40.0
contract_kw = %s
least_share = 1.0
"""
FACTOR = """[power_factor]
steps = [{ at_least = 0.0, adjustment = 0.1 }, { at_least = 0.9, adjustment = 0.0 }]
"""


def asked(
    folder: Path, tariff: str, *, other: str = "", load: Floats | None = None, reactive: Floats | None = None
) -> Sequence[Answer]:
    """Ask the advisor about a load of 100 kW on average."""
    (folder / "tariff.toml").write_text(tariff, "utf-8")
    (folder / "other.toml").write_text(other or tariff, "utf-8")
    head = HEAD + 'file = "tariff.toml"\n' + ('options = ["other.toml"]\n' if other else "")
    power = 100_000.0 + 10_000.0 * np.sin(hour(DAYS) / 24.0 * 2 * np.pi) if load is None else load
    series = {key("main"): power}
    if reactive is not None:
        series[key("main", "reactive_power_var")] = reactive
    return ADVISOR.advise(situation(series, site_of(site_text("main", head=head), folder)))


def test_a_cheaper_tariff_is_found(tmp_path: Path) -> None:
    """The same kWh at another price; terms are to be looked up, yet nothing forbids it."""
    (advice,) = asked(tmp_path, FLAT % "0.6", other=FLAT % "0.5")
    assert isinstance(advice, Recommendation)
    assert advice.money is not None
    assert advice.money.p10 < 100.0 * 8760.0 * 0.1 < advice.money.p90
    assert advice.energy_kwh.p50 == 0.0
    assert advice.acceptable
    assert "other" in advice.proposal("en")
    (dearer,) = asked(tmp_path, FLAT % "0.6", other=FLAT % "0.7")
    assert isinstance(dearer, Refusal)
    assert dearer.reason == "no_gain"


def test_an_example_among_the_options_cannot_be_acted_on(tmp_path: Path) -> None:
    """Neither the site's own nor the other tariff may be made up."""
    example = "example = true\n" + FLAT
    for tariff, other in ((FLAT % "0.6", example % "0.5"), (example % "0.6", FLAT % "0.5")):
        (advice,) = asked(tmp_path, tariff, other=other)
        assert isinstance(advice, Recommendation)
        assert [check.key for check in advice.obstacles] == ["tariff_example"]


def test_a_contract_that_is_too_large_is_made_smaller(tmp_path: Path) -> None:
    """110 kW at most do not need 200: the least share of the contract is paid each month."""
    (advice,) = asked(tmp_path, FLAT % "0.6" + DEMAND % "200.0")
    assert isinstance(advice, Recommendation)
    assert advice.change_from == 200.0
    assert advice.change_to is not None
    assert 100.0 < advice.change_to < 125.0
    assert advice.money is not None
    assert advice.money.p50 == pytest.approx((200.0 - 112.0) * 40.0 * 12.0, rel=0.1)
    (fit,) = asked(tmp_path, FLAT % "0.6" + DEMAND % "110.0")
    assert isinstance(fit, Refusal)


def test_reactive_power_is_compensated_where_the_tariff_charges_it(tmp_path: Path) -> None:
    """At a power factor of 0.8 a tenth is added; some 27 kvar bring it to 0.9."""
    load = np.full(DAYS * 96, 100_000.0)
    (advice,) = asked(tmp_path, FLAT % "0.6" + FACTOR, load=load, reactive=load * 0.75)
    assert isinstance(advice, Recommendation)
    assert advice.facts["kvar"] == "27"
    assert advice.facts["now"] == "0.800"
    assert advice.money is not None
    assert advice.money.p10 < 100.0 * 8760.0 * 0.06 < advice.money.p90
    (good,) = asked(tmp_path, FLAT % "0.6" + FACTOR, load=load, reactive=load * 0.3)
    assert isinstance(good, Refusal)
    assert good.reason == "in_order"


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    """Nothing to compare, a past below a month, gaps, no tariff file."""
    (nothing,) = asked(tmp_path, FLAT % "0.6")
    (short,) = asked(tmp_path, FLAT % "0.6", other=FLAT % "0.5", load=np.full(96 * 10, 1e5))
    half = np.where(np.arange(DAYS * 96) % 192 < 96, 1e5, np.nan)
    half[-1] = 1e5
    (holes,) = asked(tmp_path, FLAT % "0.6", other=FLAT % "0.5", load=half)
    (flat,) = ADVISOR.advise(situation({key("main"): np.full(96, 1e5)}, site_of(site_text("main"))))
    reasons = [(one.reason, one.missing) for one in (nothing, short, holes, flat) if isinstance(one, Refusal)]
    assert reasons == [
        ("missing", ("tariff_options",)),
        ("time", ()),
        ("coverage", ("grid",)),
        ("missing", ("tariff_times",)),
    ]
