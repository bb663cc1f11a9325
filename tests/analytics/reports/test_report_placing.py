"""A report's folder replaces what was there as a whole, and only what is a report."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace

from analytics.reports.package.manifest import MANIFEST
from analytics.reports.placing import place, refuse_foreign
from analytics.reports.request import Masking, ReportKind, Request
from greendc.clock import NS_PER_HOUR
from greendc.errors import ConfigError
from tests.analytics.reports import report_facts
from tests.analytics.reports.packed import package_of

REQUEST = report_facts.facts().request
KEY = Ed25519PrivateKey.from_private_bytes(bytes([1] * 32))


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_only_a_report_is_replaced(tmp_path: Path) -> None:
    """Other programs have a manifest.json too, and a person may have put a file of theirs beside a report."""
    report = tmp_path / "report"
    place(report, package_of(report_facts.facts(), report_facts.history(), report_facts.site(), KEY))
    refuse_foreign(report, REQUEST)
    (report / "notes.txt").write_text("mine", "utf-8")
    with pytest.raises(ConfigError):
        refuse_foreign(report, REQUEST)
    other = tmp_path / "page"
    place(other, {MANIFEST: b'{"name": "a page", "icons": []}', "index.html": b"<p>mine</p>"})
    with pytest.raises(ConfigError):
        refuse_foreign(other, REQUEST)
    place(tmp_path / "empty", {})
    refuse_foreign(tmp_path / "empty", REQUEST)
    refuse_foreign(tmp_path / "nothing", REQUEST)


@pytest.mark.parametrize(
    "other",
    [
        replace(REQUEST, kind=ReportKind.MONTHLY),
        replace(REQUEST, start_ns=REQUEST.start_ns - NS_PER_HOUR),
        replace(REQUEST, end_ns=REQUEST.end_ns + NS_PER_HOUR),
        replace(REQUEST, masking=Masking.PUBLIC),
    ],
)
def test_a_report_of_something_else_is_kept(tmp_path: Path, other: Request) -> None:
    """Another kind, period or masking does not take the place of a report, and is told which one stands there."""
    report = tmp_path / "report"
    place(report, package_of(report_facts.facts(), report_facts.history(), report_facts.site(), KEY))
    refuse_foreign(report, replace(REQUEST, langs=("en",), final=True))
    with pytest.raises(ConfigError) as refused:
        refuse_foreign(report, other)
    (problem,) = refused.value.problems
    assert "(acceptance, internal, from 2025-12-31T16:00" in problem.sentence("en")


def test_what_was_there_comes_back_when_the_new_one_gets_no_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the last step fails, the folder from before has its name again, and nothing else is left."""
    folder = tmp_path / "report"
    place(folder, {"old": b"1"})
    renamed = Path.rename

    def refused(path: Path, target: Path) -> Path:
        if path.name.endswith(".new"):
            raise OSError("no name")
        return renamed(path, target)

    monkeypatch.setattr(Path, "rename", refused)
    with pytest.raises(OSError, match="no name"):
        place(folder, {"new": b"2"})
    monkeypatch.undo()
    assert (folder / "old").read_bytes() == b"1"
    assert _names(tmp_path) == ["report"]
    place(folder, {"new": b"2"})
    assert _names(folder) == ["new"]
