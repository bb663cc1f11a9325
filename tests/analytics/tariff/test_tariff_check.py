"""A tariff file with a mistake in it: one sentence, the line, and the cure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from analytics.tariff import load_tariff, price_table, read_tariff, tariff_problems
from greendc.errors import ConfigError
from greendc.site import load_site
from greendc.toml_source import TomlSource
from tests.analytics.tariff.tables import EXAMPLE, TWO_TIERS

if TYPE_CHECKING:
    from pathlib import Path

SITE = """schema = 1
[site]
name = "s"
timezone = "Asia/Shanghai"
[tariff]
price_per_kwh = 0.5
file = "tariff.toml"
"""


def complaints(text: str) -> list[str]:
    """Return each problem as ``code@line``."""
    _, problems = load_tariff(TomlSource("tariff.toml", text))
    assert all(problem.sentence(lang) for problem in problems for lang in ("zh", "en"))
    return [f"{problem.key.removeprefix('tariff.')}@{problem.line}" for problem in problems]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"22:00-08:00"', '"22:00-07:30"', "hole@3"),
        ('"22:00-08:00"', '"21:00-08:00"', "overlap@5"),
        ('"22:00-08:00"', '"22:00-24:30"', "hours@5"),
        ('"22:00-08:00"', '"night"', "hours@5"),
        ("valley = [", "vally = [", "tier@5"),
        ("valley = 0.4 }", "vally = 0.4 }", "tier@8"),
        (", valley = 0.4", "", "no_price@8"),
        ("valley = 0.4", "valley = -0.4", "impossible@8"),
        ("valley = 0.4", "valley = nan", "impossible@8"),
        ("base_per_kwh = 0.5", "base_per_kwh = 500.0", "impossible@7"),
        ("base_per_kwh = 0.5", "per_kwh = { flat = 1.0 }\nbase_per_kwh = 0.5", "two_ways@6"),
        ("base_per_kwh = 0.5\n", "", "two_ways@6"),
        ("[[days]]", "[[days]]\nmonths = [13]", "month@4"),
        ("[[days]]", "[[days]]\nmonths = [1, 2]", "no_plan@0"),
        ("[[days]]", "[[days]]\ntypes = []", "no_types@4"),
        ("[[days]]", '[[days]]\ntypes = ["workday", "weekend"]', "no_plan@0"),
        ("[[prices]]", '[[days]]\ntypes = ["holiday"]\npeak = ["00:00-24:00"]\n[[prices]]', "two_plans@6"),
        ("export_per_kwh = 0.3", "export_per_kwh = 0.3\n[[prices]]\nper_kwh = {peak=1,valley=1}", "prices_overlap@11"),
        ("[[prices]]", "[[prices]]\nvalid_from = 2026-01-01\nvalid_to = 2026-01-01", "errors.empty_period@8"),
        ("export_per_kwh = 0.3", "[[demand]]\nper_kw_month = -1", "negative@11"),
        ("export_per_kwh = 0.3", '[[demand]]\nkind = "capacity"\nper_kw_month = 1', "no_capacity@10"),
        ("export_per_kwh = 0.3", "[[demand]]\nper_kw_month = 1\nwindow_min = 7", "window@12"),
        ('currency = "CNY"', 'currency = "CNY"\ncalendar = "mars"', "calendar@3"),
    ],
)
def test_a_mistake_is_named_in_its_line(old: str, new: str, said: str) -> None:
    """Each mistake that people make gives one sentence at the right line."""
    text = TWO_TIERS.replace(old, new)
    assert text != TWO_TIERS
    assert said in complaints(text)


def test_a_good_file_is_not_complained_about() -> None:
    """The table of the tests has nothing wrong with it."""
    assert complaints(TWO_TIERS) == []


def test_the_example_is_right_and_says_that_it_is_one() -> None:
    """The example that is shipped can be used, and warns until it is the user's own."""
    line = EXAMPLE.splitlines().index(next(x for x in EXAMPLE.splitlines() if x.startswith("example"))) + 1
    assert complaints(EXAMPLE) == [f"example@{line}"]


def test_a_gap_between_prices_and_an_old_calendar_are_warnings() -> None:
    """What may be meant is said and does not stop anybody."""
    text = TWO_TIERS.replace("[[prices]]", "[[prices]]\nvalid_to = 2026-01-01", 1).replace(
        "\n", '\ncalendar = "cn"\n', 1
    )
    text += "[[prices]]\nvalid_from = 2026-02-01\nper_kwh = { peak = 1, valley = 0.5 }\n"
    assert complaints(text) == ["prices_gap@14", "calendar_ends@2"]


def test_a_site_names_its_tariff(tmp_path: Path) -> None:
    """The file is found beside the site file, checked with it, and used."""
    (tmp_path / "site.toml").write_text(SITE, "utf-8")
    source = TomlSource.read(tmp_path / "site.toml")
    site, problems = load_site(source)
    assert site is not None
    assert problems == []
    assert [problem.key for problem in tariff_problems(source, site)] == ["tariff.no_file"]

    (tmp_path / "tariff.toml").write_text(TWO_TIERS.replace("CNY", "EUR"), "utf-8")
    assert [(p.key, p.line) for p in tariff_problems(source, site)] == [("tariff.currency", 5)]

    (tmp_path / "tariff.toml").write_text("schema = ", "utf-8")
    assert [problem.key for problem in tariff_problems(source, site)] == ["errors.toml_syntax"]

    (tmp_path / "tariff.toml").write_text(TWO_TIERS, "utf-8")
    assert tariff_problems(source, site) == []
    found = price_table(site)
    assert found is not None
    assert len(found.tariff.days) == 1


def test_a_broken_file_is_not_used(tmp_path: Path) -> None:
    """Reading a tariff with an error raises with all of them."""
    (tmp_path / "t.toml").write_text(TWO_TIERS.replace("22:00-08:00", "22:00-07:00"), "utf-8")
    with pytest.raises(ConfigError, match="07:00"):
        read_tariff(tmp_path / "t.toml")
