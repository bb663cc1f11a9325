"""The reports page: what a report would lack, building one behind the page, its proof, and who did what."""

from __future__ import annotations

import io
import re
import time
import zipfile
from typing import TYPE_CHECKING

import msgspec
import pytest

from analytics.reports import BUILT
from analytics.reports_view import VERIFIED, Seal, history_of, packed
from dashboard.data import Watch
from greendc.ledger import SqliteLedger
from tests.dashboard import seeding
from tests.dashboard.opening import Opener, markup, opener

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from streamlit.testing.v1 import AppTest

LONGEST_S = 100.0
LOOK_S = 0.5
"""How long [s] the page is left alone before it is looked at again: looking takes time from the building."""


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Opener]:
    """Return what opens the page on this test's data directory."""
    seeding.write_site(tmp_path)
    seeding.fill(tmp_path, time.time_ns(), hours=2)
    with opener("reports", tmp_path, monkeypatch) as opens:
        yield opens


def built(app: AppTest) -> AppTest:
    """Press the button and look again until the report is there."""
    assert "is built." in ended(app)
    return app


def ended(app: AppTest) -> str:
    """Press the button, look again until nothing is built any more, and return what the page says then."""
    app.button(key="report_build").click().run()
    end = time.monotonic() + LONGEST_S
    while app.button(key="report_build").disabled and time.monotonic() < end:
        time.sleep(LOOK_S)
        app.run()
    # A run that began before the end may say it of its parts one by one.
    return markup(app.run())


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_a_report_would_lack_comes_first(run: Opener, lang: str) -> None:
    """Figures are ready, provisional, refused or without a meter; where metering begins and what is simulated."""
    page = markup(run(lang, range="24h"))
    checks = re.findall('data-check="([a-z_]+)"', page)
    assert checks[:2] == ["begins", "simulated"]
    assert "unmetered" in checks
    assert {"zh": "没有计量", "en": "without a meter"}[lang] in page
    assert {"zh": "还没有报告", "en": "There is no report yet"}[lang] in page
    assert "data-check" in markup(run(lang, range="1h"))


def test_a_report_is_built_verified_and_known_to_the_ledger(run: Opener, tmp_path: Path) -> None:
    """The page builds it behind the scenes in both languages; it is sound; acts carry person and time."""
    begin_ns = time.time_ns()
    app = built(run("en", range="1h"))
    page = markup(app)
    assert re.findall('data-seal="([a-z]+)"', page) == ["sound"]
    ledger = SqliteLedger(tmp_path / "ledger.sqlite")
    (event,) = ledger.events(kind=BUILT)
    assert (event.principal.name, event.principal.role) == ("operator", "operator")
    assert event.time_ns >= begin_ns
    (line,) = history_of(tmp_path, ledger)
    assert line.by == "operator"
    assert (line.kind, line.version, line.masking) == ("monthly", 1, "internal")
    assert {one.name for one in line.files} > {"figures.json", "report.en.html", "report.zh.html", "report.zh.pdf"}
    for one in line.files:
        assert one.sha256 in page
    app.button(key="report_verify").click().run()
    assert "Verified: nothing was altered" in markup(app)
    (checked,) = ledger.events(kind=VERIFIED)
    assert checked.principal.name == "operator"
    assert msgspec.json.decode(checked.body)["errors"] == []
    ledger.close()


def test_kind_readers_and_period_are_chosen(run: Opener, tmp_path: Path) -> None:
    """A mid-term report for evaluators shows no device, computes again, and cannot be final while it is simulated."""
    app = built(run("en", range="1h", kind="mid-term", readers="evaluator"))
    ledger = SqliteLedger(tmp_path / "ledger.sqlite")
    (line,) = history_of(tmp_path, ledger)
    ledger.close()
    assert (line.kind, line.masking) == ("mid-term", "evaluator")
    assert "Mid-term report" in markup(app)
    (figures,) = (tmp_path / "reports").glob("*/figures.json")
    assert b"device-01" in figures.read_bytes()
    app.button(key="report_recompute").click().run()
    assert "Verified: nothing was altered" in markup(app)
    app.toggle(key="report_final").set_value(True)
    assert "It cannot be final: the data are simulated" in ended(app)


def test_what_was_altered_is_told(run: Opener, tmp_path: Path) -> None:
    """One byte in a page: the seal is broken in list and detail, verification names the file, and it is noted."""
    app = built(run("en", range="1h"))
    (page_file,) = (tmp_path / "reports").glob("*/report.en.html")
    page_file.write_bytes(page_file.read_bytes().replace(b"PUE", b"PUF", 1))
    (page_file.parent / "<b>more.txt").write_text("x", "utf-8")
    app.button(key="report_verify").click().run()
    page = markup(app)
    assert "Not verified; things wrong: 2" in page
    assert "&lt;b&gt;more.txt" in page
    assert re.findall('data-seal="([a-z]+)"', page) == ["broken"]
    ledger = SqliteLedger(tmp_path / "ledger.sqlite")
    (checked,) = ledger.events(kind=VERIFIED)
    assert msgspec.json.decode(checked.body)["errors"] == ["altered", "extra"]
    # A whole report from elsewhere is sound in itself and not this centre's.
    (tmp_path / "keys" / "report-key.pub.pem").unlink()
    page_file.write_bytes(page_file.read_bytes().replace(b"PUF", b"PUE", 1))
    (page_file.parent / "<b>more.txt").unlink()
    assert [line.seal for line in history_of(tmp_path, ledger)] == [Seal.FOREIGN]
    ledger.close()


def test_a_download_is_packed_when_asked_for(run: Opener, tmp_path: Path) -> None:
    """The archive holds what the manifest names and its signature, the same bytes each time, and nothing else."""
    built(run("en", range="1h"))
    (folder,) = (tmp_path / "reports").iterdir()
    (folder / "secret.txt").write_text("not of the report", "utf-8")
    first, again = packed(folder), packed(folder)
    assert first == again
    names = {name.partition("/")[2] for name in zipfile.ZipFile(io.BytesIO(first)).namelist()}
    listed = msgspec.json.decode((folder / "manifest.json").read_bytes())["files"]
    assert names == {"manifest.json", "manifest.sig", *listed}


def test_who_may_not_act_verifies_and_leaves_no_trace(run: Opener, tmp_path: Path) -> None:
    """Others see and verify reports and cannot build one; what they do is not written as somebody's act."""
    built(run("en", range="1h"))
    app = run("en", range="1h", bound="0.0.0.0")  # noqa: S104 (what the test is about)
    assert "Here you read only" in markup(app)
    assert not any(button.key == "report_build" for button in app.button)
    app.button(key="report_verify").click().run()
    assert "Verified" in markup(app)
    ledger = SqliteLedger(tmp_path / "ledger.sqlite")
    assert list(ledger.events(kind=VERIFIED)) == []
    ledger.close()


def test_what_cannot_be_built_says_why(run: Opener, tmp_path: Path) -> None:
    """A foreign file in the way of the folder is left alone, and the page says at once what is wrong."""
    (tmp_path / "reports").write_text("in the way", "utf-8")
    page = ended(run("en", range="1h"))
    assert "The report was not built: File exists" in page
    assert (tmp_path / "reports").read_text("utf-8") == "in the way"


def test_a_fault_of_the_program_is_told_and_logged(
    run: Opener, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What nobody foresaw ends the order: the page says so, the log has the trace, the button works again."""

    def fails(*_given: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Watch, "work", fails)
    app = run("en", range="1h")
    assert "a fault of the program. The log has the details" in ended(app)
    assert not app.button(key="report_build").disabled
    assert not app.get("progress")
    (record,) = [one for one in caplog.records if one.levelname == "ERROR"]
    assert record.exc_info is not None
    assert record.exc_info[0] is ZeroDivisionError
