"""Packages of several centres side by side: only what is sound is compared, and nothing is ranked."""

from __future__ import annotations

import io
import os
import zipfile
from typing import TYPE_CHECKING

import msgspec
import pytest

from analytics.reports.document import Section, Table, figures_of, texts_of
from analytics.reports.evaluation import Centre, differences, document, files_of, opened
from analytics.reports.package.manifest import MANIFEST
from analytics.reports.package.recompute import FIGURES
from tests.analytics.reports.centre_packages import package, renamed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from analytics.reports.document import Document
    from analytics.reports.rendering.published import PublishedKpi, PublishedReport

FORMULA = '=HYPERLINK("http://x","win")'


@pytest.fixture(scope="module")
def centres(tmp_path_factory: pytest.TempPathFactory) -> list[Centre]:
    """Return two sound centres of one category, one of another, and one whose file was altered."""
    base = tmp_path_factory.mktemp("centres")
    folders = [
        package(base / "a", renamed("North", 2, 1.35), site="a"),
        package(base / "b", renamed(FORMULA, 3, 1.21), site="b"),
        package(base / "c", renamed("South", 2, 1.31), site="c"),
        package(base / "d", renamed("Altered", 2, 1.01), site="d"),
    ]
    altered = folders[3] / FIGURES
    altered.write_bytes(altered.read_bytes().replace(b"1.01", b"1.02", 1))
    return [opened(folder, number) for number, folder in enumerate(folders, 1)]


def tables(of: Document) -> dict[str, Table]:
    """Return the tables of a document by name."""
    found: dict[str, Table] = {}
    parts = list(of.sections)
    while parts:
        for block in parts.pop().blocks:
            if isinstance(block, Section):
                parts.append(block)
            elif isinstance(block, Table):
                found[block.id] = block
    return found


def one_kpi(**changes: object) -> Callable[[PublishedReport], PublishedReport]:
    """Return a change to the PUE of a report."""

    def changed(one: PublishedKpi) -> PublishedKpi:
        return msgspec.structs.replace(one, **changes) if one.kpi == "pue" else one

    return lambda report: msgspec.structs.replace(report, kpis=[changed(one) for one in report.kpis])


def test_what_fails_is_named_and_not_compared(centres: list[Centre]) -> None:
    """The altered package is listed with why, and none of its figures or names stands beside others."""
    assert [centre.stated is not None for centre in centres] == [True, True, True, False]
    for lang in ("zh", "en"):
        made = document(centres, lang)
        assert not any(one.id.startswith("c4.") for one in figures_of(made))
        assert "Altered" not in " ".join(texts_of(made))
        assert FIGURES in " ".join(texts_of(made))


def test_categories_never_share_a_table(centres: list[Centre]) -> None:
    """Centres of one category stand together in the order in which they were named, whatever their PUE."""
    found = tables(document(centres, "en"))
    assert found["category-2"].columns == ("Figure", "1 · North", "3 · South")
    assert found["category-3"].columns == ("Figure", f"2 · {FORMULA}")
    assert [key for key in found if key.startswith("category-")] == ["category-2", "category-3"]


def test_both_languages_say_the_same_numbers(centres: list[Centre]) -> None:
    """Each number has its centre in its name, and is the same in Chinese and English."""
    zh, en = ({one.id: one for one in figures_of(document(centres, lang))} for lang in ("zh", "en"))
    assert zh == en
    values = {name: one.value for name, one in en.items()}
    assert (values["c1.pue"], values["c2.pue"], values["c3.pue"]) == (1.35, 1.21, 1.31)
    assert values["c1.pue.coverage"] == pytest.approx(99.0)
    assert values["c1.pue.uncertainty"] == pytest.approx(1.0)


def test_promises_are_judged_anew(centres: list[Centre]) -> None:
    """A promise is judged from the verified values by the report's own rule; a short period proves none."""
    stated = centres[0].stated
    assert stated is not None
    verdicts = {one.target.kpi: (one.verdict.value, one.why) for one in stated.promises}
    assert verdicts["pue"] == ("partly", "short_period")
    assert verdicts["erf"][0] == "not_measured"
    rows = tables(document(centres, "en"))["missed"].rows
    assert len(rows) == sum(one.verdict != "met" for some in centres if some.stated for one in some.stated.promises)


def test_a_promise_that_was_changed_is_told(tmp_path: Path) -> None:
    """Who lowered a promise until it was met has it told beside the others, met or not."""

    def lowered(report: PublishedReport) -> PublishedReport:
        assert report.commitments is not None
        targets = [
            msgspec.structs.replace(one, changed="the second\nmodule came late" if one.kpi == "erf" else "")
            for one in report.commitments.targets
        ]
        return msgspec.structs.replace(report, commitments=msgspec.structs.replace(report.commitments, targets=targets))

    changed = opened(package(tmp_path / "a", lowered), 1)
    found = [text for text in texts_of(document([changed], "en")) if "module came late" in text]
    assert len(found) == 1
    assert found[0].startswith(changed.name("en"))
    assert found[0].endswith("the second module came late")
    with zipfile.ZipFile(io.BytesIO(files_of([changed])["evaluation.xlsx"])) as book:
        assert b"the second module came late" in book.read("xl/sharedStrings.xml")


def test_files_are_the_same_each_time_and_carry_no_formula(centres: list[Centre]) -> None:
    """Same packages give the same bytes; a hostile name stays a text in page and workbook."""
    found = files_of(centres)
    assert found == files_of(centres)
    assert sorted(found) == ["evaluation.en.html", "evaluation.xlsx", "evaluation.zh.html"]
    assert b"<script" not in found["evaluation.en.html"]
    assert FORMULA.encode() not in found["evaluation.en.html"]


def test_the_workbook_has_numbers(centres: list[Centre], tmp_path: Path) -> None:
    """Values are numbers without a formula, unrounded, and not those of the package that failed."""
    (tmp_path / "one.xlsx").write_bytes(files_of(centres)["evaluation.xlsx"])
    with zipfile.ZipFile(tmp_path / "one.xlsx") as book:
        sheet = book.read("xl/worksheets/sheet2.xml")
        everything = b"".join(book.read(name) for name in book.namelist())
    assert b"<v>1.35</v>" in sheet
    assert b"<f>" not in everything
    assert b"1.01" not in sheet


def test_reservations_are_told(tmp_path: Path) -> None:
    """Other periods and versions, drafts, simulated and unsigned data, and one package twice are said."""
    start = "2025-01-01T00:00:00.000Z"

    def earlier(report: PublishedReport) -> PublishedReport:
        return msgspec.structs.replace(report, start=start)

    folders = [
        package(tmp_path / "a"),
        package(tmp_path / "b"),
        package(tmp_path / "c", earlier, software="9.9", version=2, start=start),
    ]
    found = {one.key: one.centres for one in differences([opened(one, n) for n, one in enumerate(folders, 1)])}
    assert {"period", "software", "draft", "unsigned", "not_recomputed", "later_version", "twice"} <= set(found)
    assert found["later_version"] == (3,)
    for one in differences([opened(one, n) for n, one in enumerate(folders, 1)]):
        assert one.sentence("zh") != one.sentence("en")


@pytest.mark.parametrize(
    "change",
    [
        one_kpi(unit="J"),
        one_kpi(category=7),
        one_kpi(coverage=1.5),
        one_kpi(uncertainty=-1.0),
        one_kpi(start="yesterday"),
        lambda report: msgspec.structs.replace(report, end="2030-01-01T00:00:00Z"),
        lambda report: msgspec.structs.replace(report, kpis=report.kpis * 100),
        lambda report: msgspec.structs.replace(report, site=msgspec.structs.replace(report.site, name="other")),
        lambda report: msgspec.structs.replace(report, site=msgspec.structs.replace(report.site, simulated=True)),
    ],
)
def test_data_that_cannot_be_is_refused(tmp_path: Path, change: Callable[[PublishedReport], PublishedReport]) -> None:
    """A package with right hashes and data that no report has is failed, not compared."""
    centre = opened(package(tmp_path / "a", change), 1)
    assert centre.stated is None
    assert [one.key for one in centre.errors] == ["unreadable_figures"]


@pytest.mark.parametrize(
    "unit", [one_kpi(reason="no_such_reason", value=None), one_kpi(value=1e308), one_kpi(part="x" * 999)]
)
def test_strange_data_is_shown(tmp_path: Path, unit: Callable[[PublishedReport], PublishedReport]) -> None:
    """Reasons that this software does not know, huge values and endless names are printed and break nothing."""
    centre = opened(package(tmp_path / "a", unit), 1)
    assert centre.stated is not None
    assert len(files_of([centre])) == 3


def test_readings_may_only_lack_in_a_public_package(tmp_path: Path) -> None:
    """Who leaves the readings out escapes recomputing by no other way than saying that the package is public."""
    assert opened(package(tmp_path / "a"), 1).stated is not None
    assert opened(package(tmp_path / "b", masking="internal"), 1).stated is None


def test_figures_are_computed_again(tmp_path: Path) -> None:
    """A package with readings is sound when they give its figures, and failed when a figure was made better."""
    sound = opened(package(tmp_path / "a", masking="internal", readings=True), 1)
    assert (sound.errors, sound.recomputed) == ([], True)
    better = opened(package(tmp_path / "b", one_kpi(value=1.05), masking="internal", readings=True), 2)
    assert better.stated is None
    assert {one.key for one in better.errors} == {"differs", "printed_otherwise"}


def test_whatever_is_named_can_be_opened(tmp_path: Path) -> None:
    """A folder that is none, a file, a pipe, an empty folder and a manifest of nonsense are failed packages."""
    (tmp_path / "file").write_text("x", "utf-8")
    (tmp_path / "empty").mkdir()
    (tmp_path / "nested").mkdir()
    (tmp_path / "nested" / MANIFEST).write_bytes(b"[" * 200_000)
    (tmp_path / "pipe").mkdir()
    os.mkfifo(tmp_path / "pipe" / MANIFEST)
    names = ("missing", "file", "empty", "nested", "pipe")
    found = [opened(tmp_path / name, number) for number, name in enumerate(names, 1)]
    assert all(one.stated is None and one.errors for one in found)
    assert len(files_of(found)) == 3


def test_unsafe_names_are_cleaned(tmp_path: Path) -> None:
    """Control characters and marks that turn the reading direction do not reach the page."""
    centre = opened(package(tmp_path / "a", renamed("Evil\u202e\x1b[31m\nName")), 1)
    assert centre.title("en") == "Evil[31m Name"
