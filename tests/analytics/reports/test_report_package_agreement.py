"""A file that people read and that says something else than the figures is found, whoever made the hashes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from analytics.reports.package.agreement import agreement_findings, read_files
from analytics.reports.package.manifest import manifest_of
from analytics.reports.rendering.pdf import pdf
from analytics.reports.rendering.values import figures_csv, figures_json
from analytics.reports.rendering.web import page
from analytics.reports.sections import document
from tests.analytics.reports import report_facts

if TYPE_CHECKING:
    from analytics.reports.package.manifest import Manifest

Files = dict[str, bytes]


@pytest.fixture(scope="module")
def manifest() -> Manifest:
    """Return the manifest of a report."""
    return manifest_of(report_facts.facts(), [])


@pytest.fixture(scope="module")
def files() -> Files:
    """Return the files of a report that people read."""
    facts = report_facts.facts()
    documents = {"en": document(facts, "en")}
    data = figures_json(facts, documents)
    return {
        "figures.json": data,
        "figures.csv": figures_csv(facts, documents),
        "report.en.html": page(documents["en"]),
        "report.en.pdf": pdf(documents["en"], {"figures.json": data}, facts.request.end_ns),
    }


def found(files: Files, manifest: Manifest) -> set[tuple[str, str]]:
    """Return the keys and files of what is found."""
    return {(one.key, one.file) for one in agreement_findings(files, manifest)}


def test_files_of_one_report_agree(files: Files, manifest: Manifest) -> None:
    """Every number of page and table, the PDF's attachment and the manifest are those of the figures."""
    assert found(files, manifest) == set()
    assert set(read_files(dict.fromkeys([*files, "report.xlsx", "registers.parquet"], ""))) == set(files)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("report.en.html", b"</data>", b"9</data>"),
        ("report.en.html", b'data-figure="kpi.pue"', b'data-figure="kpi.other"'),
        ("figures.csv", b"figure,kpi.facility_energy,", b"figure,kpi.facility,"),
    ],
)
def test_a_page_with_other_numbers_is_found(
    files: Files, manifest: Manifest, name: str, old: bytes, new: bytes
) -> None:
    """A number that was made better on a page, renamed, or taken out of the table is told with its file."""
    assert old in files[name]
    assert found(files | {name: files[name].replace(old, new)}, manifest) == {("page_otherwise", name)}


def test_a_value_in_the_table_is_compared(files: Files, manifest: Manifest) -> None:
    """One changed value of the table is found."""
    value = next(
        repr(one["value"]).encode()
        for one in msgspec.json.decode(files["figures.json"])["figures"]
        if one["id"] == "kpi.facility_energy"
    )
    lines = files["figures.csv"].split(b"\r\n")
    at = next(i for i, line in enumerate(lines) if line.startswith(b"figure,kpi.facility_energy,"))
    assert value in lines[at]
    lines[at] = lines[at].replace(value, b"9" + value)
    assert found(files | {"figures.csv": b"\r\n".join(lines)}, manifest) == {("page_otherwise", "figures.csv")}


def test_a_pdf_of_another_report_is_found(files: Files, manifest: Manifest) -> None:
    """A PDF that carries other data does not belong to the package."""
    other = pdf(document(report_facts.poor_facts(), "en"), {"figures.json": b"{}\n"}, report_facts.END)
    assert found(files | {"report.en.pdf": other}, manifest) == {("other_attachment", "report.en.pdf")}


@pytest.mark.parametrize(
    "changed", [{"simulated": True}, {"status": "final"}, {"site": "other"}, {"version": 9}, {"masking": "public"}]
)
def test_a_manifest_that_says_more_is_found(files: Files, manifest: Manifest, changed: dict[str, object]) -> None:
    """Draft is not final, simulated is not measured, and one site is not another."""
    told = found(files, msgspec.structs.replace(manifest, **changed))
    assert told == {("manifest_otherwise", "figures.json")}
