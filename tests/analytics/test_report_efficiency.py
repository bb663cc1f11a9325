"""The report's figures beside the site's standards, what is not given, and what its data are worth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from analytics.reports import build
from greendc.clock import from_iso
from greendc.ledger import SqliteLedger
from greendc.site import read_site
from greendc.storage import open_store
from greendc.units import NS_PER_SECOND
from tests.dashboard import seeding

if TYPE_CHECKING:
    from pathlib import Path

NOW_NS = from_iso("2026-11-23T04:00:00Z")


def _text(folder: Path, lang: str, *, judged: bool) -> str:
    path = seeding.write_site(folder, seeding.SITE_TOML.replace("simulated = true", 'region = "DE"\nsimulated = true'))
    seeding.fill(folder, NOW_NS, hours=2)
    if judged:
        seeding.compute(path, folder, NOW_NS)
    store, ledger = open_store("embedded", folder), SqliteLedger(folder / "ledger.sqlite")
    start_ns = NOW_NS - 3600 * NS_PER_SECOND
    site = read_site(path)
    made = build(site, store, ledger, start_ns, NOW_NS, folder / "report", langs=(lang,), data_dir=folder)
    store.close()
    ledger.close()
    return (made / f"report.{lang}.html").read_text("utf-8")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_figures_stand_beside_the_limits_of_the_profile(tmp_path: Path, lang: str) -> None:
    """The profile by name, the limit with its verdict, the figures that are refused, the six dimensions, the rest."""
    text = _text(tmp_path, lang, judged=True)
    words = {
        "zh": ("标准组合 eu", "不足 12 个月，仅供参考", "没有水表", "GB/T 36344-2018", "完整性", "未计量与损耗"),
        "en": ("profile eu", "outlook only", "no water meter", "GB/T 36344-2018", "Completeness", "Untracked energy"),
    }[lang]
    assert [word for word in words if word not in text] == []


def test_a_period_that_nobody_judged_says_so(tmp_path: Path) -> None:
    """Without a judgement there is no score, rather than a good one."""
    text = _text(tmp_path, "en", judged=False)
    assert "No day of the period was judged" in text
    assert "Completeness" not in text
