"""The report's section on alarms: what stood, the worst episodes, and the figures beside their targets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from analytics.reports import build
from greendc.clock import from_iso
from greendc.ledger import SqliteLedger
from greendc.site import read_site
from greendc.storage import open_store
from greendc.units import NS_PER_SECOND
from tests.dashboard import alarm_seeding, seeding

if TYPE_CHECKING:
    from pathlib import Path

NOW_NS = from_iso("2026-11-23T04:00:00Z")


def _text(folder: Path, lang: str, *, alarms: bool, hostile: str = "") -> str:
    path = seeding.write_site(folder)
    seeding.fill(folder, NOW_NS, hours=1)
    if alarms:
        alarm_seeding.stand(folder, NOW_NS, hostile=hostile)
    store, ledger = open_store("embedded", folder), SqliteLedger(folder / "ledger.sqlite")
    start_ns = NOW_NS - 6 * 3600 * NS_PER_SECOND
    made = build(read_site(path), store, ledger, start_ns, NOW_NS, folder / "report", langs=(lang,), data_dir=folder)
    store.close()
    ledger.close()
    return (made / f"report.{lang}.html").read_text("utf-8")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_alarms_of_the_period(tmp_path: Path, lang: str) -> None:
    """Standing alarms, the worst with who saw them when, figures with target and source, and what was kept back."""
    text = _text(tmp_path, lang, alarms=True)
    words = {
        "zh": ("期内最严重的告警", "期末未恢复", "每 10 分钟告警数", "之下：2 条", "无法评估"),
        "en": (
            "The worst alarms",
            "seen after",
            "real",
            "standing at the end",
            "per 10 min",
            "cause: 2",
            "that cannot judge",
        ),
    }[lang]
    assert [word for word in words if word not in text] == []
    assert "EEMUA 191" in text
    assert "Advisory alarms" in text or "提示性告警 1 次" in text


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_period_without_alarms(tmp_path: Path, lang: str) -> None:
    """Nothing stood, and no figure claims more than that nothing is known."""
    text = _text(tmp_path, lang, alarms=False)
    assert {"zh": "期末无未恢复告警", "en": "No alarm was open"}[lang] in text
    assert {"zh": "期内最严重的告警", "en": "The worst alarms"}[lang] not in text
    assert {"zh": "尚无法判断", "en": "not known yet"}[lang] in text


def test_what_people_wrote_stays_text(tmp_path: Path) -> None:
    """Markup in a source or a reason is escaped."""
    assert "<img src=x" not in _text(tmp_path, "en", alarms=True, hostile="<img src=x onerror=alert(1)>")
