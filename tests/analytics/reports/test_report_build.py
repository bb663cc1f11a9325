"""A whole report: one way in, all formats with the same numbers, its proof, its versions, and what is refused."""

from __future__ import annotations

import datetime as dt
import io
import re
import resource
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import msgspec
import openpyxl
import pytest
from msgspec.structs import replace

from analytics.reports import BUILT, STEPS, LeftOpenError, Masking, ReportKind, Request, build, verify
from analytics.reports.commitments import Commitments, DeclaredText, Target
from analytics.reports.masking import leaks
from analytics.reports.package.manifest import MANIFEST, Manifest, sealed
from analytics.reports.package.readings import REGISTERS, decoded, encoded
from analytics.reports.package.signing import PUBLIC, signing_key
from analytics.reports.versions import BuiltNote
from greendc import display
from greendc.clock import from_iso
from greendc.errors import ConfigError
from greendc.ledger import SqliteLedger
from greendc.model import Principal
from greendc.units import J_PER_KWH
from tests.analytics.memory_history import MemoryHistory
from tests.analytics.plant import HOUR
from tests.analytics.reports.masked_site import LABEL, NAMES, OWN, history, site

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from greendc.site import Site

START, END = from_iso("2026-02-27T16:00:00Z"), from_iso("2026-03-01T16:00:00Z")
"""Two days of the site's zone, on both sides of the end of a month."""
LATE = END + 30 * 24 * HOUR
BY = Principal(name="wang.wei", role="operator")
WROTE = (
    DeclaredText(aspect="security", author="zhao.min", date=dt.date(2026, 3, 1), zh="见 zulu-main。", en="See it."),
)
PROMISED = Commitments(
    schema=1,
    industry="气象",
    targets=[
        Target(
            kpi="pue",
            by=dt.date(2026, 12, 31),
            author="zhao.min",
            date=dt.date(2025, 6, 1),
            most=1.4,
            changed="another room",
            before=(Target(kpi="pue", by=dt.date(2026, 12, 31), author="qian.li", date=dt.date(2025, 1, 1), most=1.3),),
        )
    ],
)
HOSTILE = '=HYPERLINK("http://127.0.0.1/","x")</script>' + "z" * 160
PEOPLE = ("wang.wei", "zhao.min", "qian.li")
EVERY = ("pdf", "html", "xlsx")


def asked(kind: ReportKind = ReportKind.ACCEPTANCE, **more: object) -> Request:
    """Return what is asked for."""
    whole = {"kind": kind, "start_ns": START, "end_ns": END, "langs": ("zh", "en"), **more}
    return msgspec.convert(whole, Request)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqliteLedger]:
    """Return an empty ledger."""
    opened = SqliteLedger(tmp_path / "ledger.sqlite")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a signed acceptance report; its data directory is above it."""
    data = tmp_path_factory.mktemp("whole")
    signing_key(data)
    opened = SqliteLedger(data / "ledger.sqlite")
    made = build(
        asked(),
        site(),
        history(START, END),
        opened,
        data / "package",
        data_dir=data,
        commitments=PROMISED,
        declared=WROTE,
        by=BY,
        asked_ns=LATE,
    )
    opened.close()
    return made


def note_of(ledger: SqliteLedger) -> BuiltNote:
    """Return the newest note about a report."""
    return msgspec.json.decode(ledger.events(kind=BUILT)[-1].body, type=BuiltNote)


def errors(folder: Path, key: Path | None = None, *, recompute: bool = True) -> set[str]:
    """Return the keys of the errors that verification finds."""
    return {one.key for one in verify(folder, key, recompute=recompute) if one.level == "error"}


def pdf_text(file: Path) -> str:
    """Return the text of a PDF."""
    found = shutil.which("pdftotext")
    if found is None:
        pytest.skip("apt-get install poppler-utils")
    return subprocess.run([found, str(file), "-"], check=True, capture_output=True).stdout.decode()


def test_a_package_is_whole_and_computes_again(package: Path) -> None:
    """All formats are there, the signature is the centre's, and every figure of registers comes out the same."""
    names = {path.name for path in package.iterdir()}
    assert names >= {f"report.{lang}.{form}" for lang in ("zh", "en") for form in ("pdf", "html")}
    assert names >= {"report.xlsx", "figures.json", "figures.csv", "report.schema.json", "registers.parquet"}
    assert names >= {"model.json", "manifest.json", "manifest.sig"}
    found = verify(package, package.parent / "keys" / PUBLIC, recompute=True)
    assert [one.sentence("en") for one in found if one.level == "error"] == []
    assert {"trusted_key", "recomputed"} <= {one.key for one in found}
    manifest = msgspec.json.decode((package / MANIFEST).read_bytes(), type=Manifest)
    assert (manifest.kind, manifest.status, manifest.version) == ("acceptance", "draft", 1)


def test_every_number_in_print_is_in_data_and_workbook(package: Path) -> None:
    """Each number of the PDF's text is the one of JSON, in both languages; the workbook holds the same values."""
    figures = msgspec.json.decode((package / "figures.json").read_bytes())["figures"]
    assert len(figures) > 40
    for lang in ("zh", "en"):
        text = re.sub(r"\s", "", pdf_text(package / f"report.{lang}.pdf"))
        missing = [one["id"] for one in figures if re.sub(r"\s", "", one["shown"][lang]) not in text]
        assert missing == []
    sheet = openpyxl.load_workbook(io.BytesIO((package / "report.xlsx").read_bytes()))["Figures"]
    rows = {row[0]: row[1] for row in sheet.iter_rows(values_only=True)}
    for one in figures:
        wanted = display.UNKNOWN if one["value"] is None else pytest.approx(one["value"], rel=1e-12)
        assert rows[one["id"]] == wanted, one["id"]


def test_one_flipped_bit_is_found(package: Path, tmp_path: Path) -> None:
    """In whichever file it is."""
    for name in sorted(path.name for path in package.iterdir()):
        copied = shutil.copytree(package, tmp_path / name)
        whole = (copied / name).read_bytes()
        at = len(whole) // 2
        (copied / name).write_bytes(whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :])
        assert errors(copied, recompute=False), name


def test_a_register_that_was_changed_is_found_behind_new_hashes(package: Path, tmp_path: Path) -> None:
    """A kilowatt-hour less, every hash made anew and signed with another key: figures and key both give it away."""
    copied = shutil.copytree(package, tmp_path / "forged")
    files = {path.name: path.read_bytes() for path in copied.iterdir() if not path.name.startswith("manifest.")}
    runs = decoded(files[REGISTERS])
    files[REGISTERS] = encoded([replace(run, values=run.values * (1.0 - 1e-3)) for run in runs[:1]] + list(runs[1:]))
    manifest = msgspec.json.decode((package / MANIFEST).read_bytes(), type=Manifest)
    for name, content in sealed(manifest, files, signing_key(tmp_path)).items():
        (copied / name).write_bytes(content)
    assert errors(copied, recompute=False) == set()
    assert errors(copied) != set()
    assert "other_key" in errors(copied, package.parent / "keys" / PUBLIC, recompute=False)


@pytest.mark.parametrize("masking", [Masking.EVALUATOR, Masking.PUBLIC])
def test_a_masked_package_names_nothing(package: Path, ledger: SqliteLedger, tmp_path: Path, masking: Masking) -> None:
    """In no format, no metadata, no text of the PDF, and not in its folder's name; the figures are the same."""
    made = build(
        asked(masking=masking),
        site(),
        history(START, END),
        ledger,
        data_dir=tmp_path,
        commitments=PROMISED,
        declared=WROTE,
        by=BY,
        asked_ns=LATE,
    )
    files = {path.name: path.read_bytes() for path in made.iterdir()}
    files |= {f"{lang} text": pdf_text(made / f"report.{lang}.pdf").encode() for lang in ("zh", "en")}
    hidden = {*NAMES, LABEL, *PEOPLE, "quebec-edge", "romeo-sensor", "bravo-row", "oscar-server", "王的服务器"}
    if masking is Masking.EVALUATOR:
        hidden -= {OWN, "昆明西数据中心"}
    assert leaks({made.name: b"", **files}, hidden) == []
    assert OWN not in made.name
    data = msgspec.json.decode(files["figures.json"])
    plain = msgspec.json.decode((package / "figures.json").read_bytes())
    assert [(one["kpi"], one["value"]) for one in data["kpis"]] == [(one["kpi"], one["value"]) for one in plain["kpis"]]
    if masking is Masking.EVALUATOR:
        assert errors(made) == set()
        assert "昆明西数据中心" in files["zh text"].decode()
    else:
        # The gap in a register would say what happened on a day.
        assert "registers.parquet" not in files
        assert b"cannot be computed again" in files["report.en.html"]
        assert data["quality"] == []


def test_a_public_package_without_gaps_computes_again(ledger: SqliteLedger, tmp_path: Path) -> None:
    """Readings at the ends of months alone are enough where nothing is missing."""
    store = history(START, END, gap=False)
    made = build(asked(masking=Masking.PUBLIC), site(), store, ledger, data_dir=tmp_path, formats=())
    assert (made / "registers.parquet").is_file()
    assert errors(made) == set()


def test_the_same_inputs_give_the_same_bytes(package: Path, ledger: SqliteLedger, tmp_path: Path) -> None:
    """Built again elsewhere and later with the same key, every file is the same."""
    shutil.copytree(package.parent / "keys", tmp_path / "keys")
    again = build(
        asked(),
        site(),
        history(START, END),
        ledger,
        tmp_path / "deep" / "again",
        data_dir=tmp_path,
        commitments=PROMISED,
        declared=WROTE,
        asked_ns=LATE + HOUR,
    )
    assert {path.name: path.read_bytes() for path in again.iterdir()} == {
        path.name: path.read_bytes() for path in package.iterdir()
    }


def test_late_data_make_a_version_that_says_what_changed(ledger: SqliteLedger, tmp_path: Path) -> None:
    """The same again stays the first version; what came late makes a second that names figures."""
    store = history(START, END - 6 * HOUR)
    folders = [build(asked(), site(), store, ledger, data_dir=tmp_path, formats=()) for _ in range(2)]
    assert [folder.name for folder in folders] == ["acceptance-20260228-20260302-v1-draft"] * 2
    store = history(START, END)
    second = build(asked(), site(), store, ledger, data_dir=tmp_path, formats=())
    content = {path.name: path.read_bytes() for path in second.iterdir()}
    assert second.name == "acceptance-20260228-20260302-v2-draft"
    ids = {one["id"] for one in msgspec.json.decode(content["figures.json"])["figures"]}
    assert {one for one in ids if one.startswith("version.before.")}
    again = build(asked(), site(), store, ledger, data_dir=tmp_path, formats=())
    assert {path.name: path.read_bytes() for path in again.iterdir()} == content
    assert note_of(ledger).version == 2


def test_who_asked_and_when_is_noted(ledger: SqliteLedger, tmp_path: Path) -> None:
    """The ledger has person, time, manifest and figures; the steps were told in their order."""
    steps: list[str] = []
    made = build(
        asked(),
        site(),
        history(START, END),
        ledger,
        data_dir=tmp_path,
        by=BY,
        asked_ns=LATE,
        formats=(),
        told=steps.append,
    )
    (event,) = ledger.events(kind=BUILT)
    assert (event.principal, event.time_ns, event.subject) == (BY, LATE, made.name)
    assert note_of(ledger).values["facility_energy"] == pytest.approx(13.0 * 48 * J_PER_KWH)
    assert steps == [step for step in STEPS if step not in {"workbook", "pages", "pdf"}]


def test_a_final_report_needs_all_that_makes_one(ledger: SqliteLedger, tmp_path: Path) -> None:
    """Each thing that is in the way is named; without any of them it is final, with no mark of a draft."""

    def refused(known: Site, store: MemoryHistory, at_ns: int) -> set[str]:
        with pytest.raises(ConfigError) as caught:
            build(asked(final=True), known, store, ledger, data_dir=tmp_path, asked_ns=at_ns, formats=())
        assert not (tmp_path / "reports").exists()
        return {problem.key.rpartition(".")[2] for problem in caught.value.problems}

    known, store = site(), history(START, END)
    simulated = replace(known, info=replace(known.info, simulated=True))
    assert refused(known, store, LATE) == {"unsigned"}
    signing_key(tmp_path)
    assert refused(simulated, store, LATE) == {"simulated"}
    assert refused(known, store, END - 1) == {"not_over"}
    assert refused(known, store, END + HOUR) == {"not_settled"}
    assert refused(known, MemoryHistory(), LATE) == {"left_open"}
    made = build(asked(final=True), known, store, ledger, data_dir=tmp_path, asked_ns=LATE, formats=("html",))
    assert made.name == "acceptance-20260228-20260302-v1"
    assert msgspec.json.decode((made / MANIFEST).read_bytes())["status"] == "final"
    assert "Draft" not in (made / "report.en.html").read_text("utf-8")


def test_a_strict_report_is_not_written_with_figures_left_open(ledger: SqliteLedger, tmp_path: Path) -> None:
    """What is promised and not metered is named, and nothing is there or noted."""
    targets = [*PROMISED.targets, replace(PROMISED.targets[0], kpi="wue")]
    promised = replace(PROMISED, targets=targets)
    with pytest.raises(LeftOpenError) as caught:
        build(
            asked(strict=True), site(), history(START, END), ledger, data_dir=tmp_path, commitments=promised, formats=()
        )
    assert [(one.kpi, one.state) for one in caught.value.figures] == [("wue", "missing")]
    assert not (tmp_path / "reports").exists()
    assert list(ledger.events(kind=BUILT)) == []


def test_a_period_that_is_not_over_says_so_first(ledger: SqliteLedger, tmp_path: Path) -> None:
    """The summary begins with it and names until when was read; once the period is over nothing of it is said."""
    store, pages = history(START, END - 24 * HOUR), []
    for at_ns in (END - 24 * HOUR, LATE):
        made = build(asked(langs=("en",)), site(), store, ledger, data_dir=tmp_path, asked_ns=at_ns, formats=("html",))
        pages.append((made / "report.en.html").read_text("utf-8"))
    until = display.moment(END - 24 * HOUR, site().zone())
    said = f"The period is not over: figures are up to the last readings ({until})."
    assert said in pages[0]
    assert pages[0].index(said) < pages[0].index("No PUE is given" if "No PUE is given" in pages[0] else "PUE rests on")
    assert "The period is not over" not in pages[1]


def test_a_period_without_data_claims_nothing(ledger: SqliteLedger, tmp_path: Path) -> None:
    """Every kind of report of nothing is whole and has no value of a meter."""
    for kind in ReportKind:
        made = build(asked(kind), site(), MemoryHistory(), ledger, data_dir=tmp_path, formats=("html",))
        data = msgspec.json.decode((made / "figures.json").read_bytes())
        assert {one["value"] for one in data["kpis"] if one["inputs"]} == {None}
        assert errors(made) == set()


def test_hostile_names_harm_no_format(ledger: SqliteLedger, tmp_path: Path) -> None:
    """A name of two hundred signs that is a formula and markup is text everywhere, and the package is sound."""
    known, store = site(), history(START, END)
    titled = replace(known, info=replace(known.info, title_zh=HOSTILE, title_en=HOSTILE))
    declared = (replace(WROTE[0], zh=HOSTILE, en=HOSTILE, author=HOSTILE[:200]),)
    made = build(asked(), titled, store, ledger, data_dir=tmp_path, declared=declared)
    assert errors(made) == set()
    page = (made / "report.en.html").read_text("utf-8")
    assert "</script>" not in page
    book = openpyxl.load_workbook(io.BytesIO((made / "report.xlsx").read_bytes()))
    formulas = [cell.value for sheet in book for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    assert not any("HYPERLINK" in str(formula) for formula in formulas)
    for line in (made / "figures.csv").read_text("utf-8-sig").splitlines():
        assert not re.search(r'(^|,)"?=HYPERLINK', line)


def test_a_full_disk_leaves_what_was_there(ledger: SqliteLedger, tmp_path: Path) -> None:
    """No half folder, and the report from before is as it was."""
    known, store = site(), history(START, END)
    made = build(asked(), known, store, ledger, tmp_path / "report", data_dir=tmp_path, formats=())
    before = {path.name: path.read_bytes() for path in made.iterdir()}
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, limits[1]))
    try:
        with pytest.raises(OSError, match="large"):
            build(asked(langs=("en",)), known, store, ledger, tmp_path / "report", data_dir=tmp_path, formats=("html",))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert {path.name: path.read_bytes() for path in made.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
    assert len(ledger.events(kind=BUILT)) == 1


def test_what_is_no_report_is_left_alone(ledger: SqliteLedger, tmp_path: Path) -> None:
    """Somebody's own folder is refused and keeps its files."""
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "mine.txt").write_text("mine", "utf-8")
    with pytest.raises(ConfigError):
        build(asked(), site(), history(START, END), ledger, tmp_path / "report", data_dir=tmp_path, formats=())
    assert [path.name for path in (tmp_path / "report").iterdir()] == ["mine.txt"]


def test_what_is_not_installed_is_named(ledger: SqliteLedger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without typst there is one sentence and no PDF; the other formats are made when they are asked for alone."""
    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(ConfigError) as caught:
        build(asked(), site(), history(START, END), ledger, data_dir=tmp_path, formats=EVERY)
    assert "typst" in caught.value.problems[0].sentence("en")
    made = build(asked(langs=("en",)), site(), history(START, END), ledger, data_dir=tmp_path, formats=("html",))
    assert (made / "report.en.html").is_file()
