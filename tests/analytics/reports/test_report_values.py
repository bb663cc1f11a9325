"""The data of a report: whole, unrounded, by a published schema, and the same in each format."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import jsonschema
import msgspec
import openpyxl
import pytest
from msgspec.structs import replace

from analytics.reports.document import Document, Figure, figure, plain
from analytics.reports.rendering import values, web
from analytics.reports.rendering.printed import printed_figures
from analytics.reports.rendering.published import PublishedReport, schema_json
from analytics.reports.rendering.workbook import workbook
from analytics.reports.request import ReportKind
from analytics.reports.sections import document
from greendc.display import Shown
from greendc.units import kwh
from tests.analytics.reports import report_facts
from tests.analytics.reports import sheet_samples as samples
from tests.analytics.reports.page_outline import Outline

if TYPE_CHECKING:
    from collections.abc import Callable

    from analytics.reports.facts import Facts


@pytest.fixture(scope="module")
def made() -> bytes:
    """Return the JSON."""
    return values.figures_json(samples.facts(), samples.documents())


@pytest.fixture(scope="module")
def rows() -> list[dict[str, str]]:
    """Return the rows of the CSV."""
    text = values.figures_csv(samples.facts(), samples.documents()).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_the_published_schema_is_that_of_the_data() -> None:
    """The file in the package is what the structures say; a change of one without the other is found."""
    assert values.schema() == schema_json()
    jsonschema.Draft202012Validator.check_schema(json.loads(values.schema()))


def test_the_data_keeps_to_its_schema(made: bytes) -> None:
    """An independent validator accepts it."""
    validator = jsonschema.Draft202012Validator(json.loads(values.schema()))
    assert [error.message for error in validator.iter_errors(json.loads(made))] == []


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data.pop("version"),
        lambda data: data.update(schema=1),
        lambda data: data.update(status="sound"),
        lambda data: data["kpis"][0].pop("coverage"),
        lambda data: data["kpis"][0].update(value="1.25"),
        lambda data: data["figures"][0].update(extra=1),
        lambda data: data["configuration"].update(sha256="0"),
    ],
)
def test_the_schema_refuses_what_is_spoilt(made: bytes, spoil: Callable[[dict[str, Any]], object]) -> None:
    """A missing part, a wrong version, a number as text, something unknown: each is found."""
    data = json.loads(made)
    spoil(data)
    assert list(jsonschema.Draft202012Validator(json.loads(values.schema())).iter_errors(data))


def test_figures_are_whole_and_unrounded(made: bytes) -> None:
    """Each figure has its value to the last digit, its amounts, its judgements and its hashes."""
    facts, data = samples.facts(), msgspec.json.decode(made, type=PublishedReport)
    assert [one.value for one in data.kpis] == [one.value for one in facts.figures]
    assert [month.name for month in data.months] == ["2026-03", "2026-04"]
    pue, stated = data.kpis[0], facts.figures[0]
    assert [side.amount for side in pue.inputs] == [kwh(side.energy_j or 0.0) for side in stated.inputs]
    assert [one.limit for one in pue.judgements] == [one.limit.key for one in stated.judgements]
    assert stated.judgements
    assert pue.inputs[0].sources[0].sha256 == stated.inputs[0].sources[0].sha256
    assert (data.start, data.end) == ("2026-03-01T00:00:00.000Z", "2026-03-01T02:00:00.000Z")
    assert data.configuration.sha256 == facts.configuration.sha256
    assert [(one.id, one.code, one.unit, one.value) for one in data.eu.quantities] == [
        (one.id, one.code, one.unit, one.value) for one in facts.eu.quantities
    ]


def test_the_plan_stands_beside_what_it_became() -> None:
    """A changed target keeps what it first said and who said it; so does the baseline, with its source."""
    told = report_facts.facts()
    known = told.commitments
    assert known is not None
    assert known.baseline is not None
    moved = replace(known.baseline, start=dt.date(2025, 11, 1), changed="全期", before=(known.baseline,))
    told = replace(told, commitments=replace(known, baseline=moved))
    content = values.figures_json(told, {})
    validator = jsonschema.Draft202012Validator(json.loads(values.schema()))
    assert [error.message for error in validator.iter_errors(json.loads(content))] == []
    stated = msgspec.json.decode(content, type=PublishedReport).commitments
    assert stated is not None
    assert stated.mid_term == dt.date(2026, 2, 10)
    now, kept = stated.targets[:2]
    assert (now.most, now.changed, now.author) == (1.5, "第二模块推迟投运", "王主任")
    assert [(one.most, one.author, one.date, one.changed) for one in now.before] == [
        (1.3, "李工", dt.date(2025, 10, 8), "")
    ]
    assert kept.before == []
    base = stated.baseline
    assert base is not None
    assert (base.author, base.date, base.source) == ("李工", dt.date(2025, 10, 8), "2024 年能源审计")
    assert (base.values, base.first, base.before[0].first) == (
        {"cue": 0.86, "wue": 1.9},
        dt.date(2025, 11, 1),
        dt.date(2025, 12, 1),
    )


@pytest.mark.parametrize("kind", list(ReportKind))
def test_free_texts_stand_where_they_are_printed(kind: ReportKind) -> None:
    """Monthly and EU data hold promises and no words of theirs; remarks stand in acceptance reports only."""
    told = report_facts.facts()
    known = told.commitments
    assert known is not None
    assert known.baseline is not None
    moved = replace(known.baseline, changed="全期", before=(known.baseline,))
    commitments = replace(known, plan="our own plan", baseline=moved)
    told = replace(told, request=replace(told.request, kind=kind), commitments=commitments)
    content = values.figures_json(told, {}).decode()
    wide = kind in {ReportKind.MID_TERM, ReportKind.ACCEPTANCE}
    words = [
        "our own plan",
        "全期",
        "2024 年能源审计",
        "第二模块推迟投运",
        *(one.zh for one in told.declared if one.zh),
    ]
    assert [word in content for word in words] == [wide] * len(words)
    assert [one.remark in content for one in known.remarks] == [kind is ReportKind.ACCEPTANCE] * len(known.remarks)
    data = msgspec.json.decode(content, type=PublishedReport)
    assert data.commitments is not None
    assert [one.most for one in data.commitments.targets] == [one.most for one in known.targets]
    assert [bool(one.changed) for one in data.commitments.targets] == [bool(one.changed) for one in known.targets]


def test_what_is_not_known_is_null_with_its_reason(made: bytes) -> None:
    """No figure without a value is without a reason."""
    data = json.loads(made)
    unknown = [one for one in data["kpis"] if one["value"] is None]
    assert unknown
    assert all(one["reason"] for one in unknown)


def test_csv_follows_rfc_4180_and_begins_with_a_mark() -> None:
    """Lines end in CR LF, a spreadsheet sees at once that it is UTF-8."""
    raw = values.figures_csv(samples.facts(), samples.documents())
    assert raw.startswith(b"\xef\xbb\xbfrecord,id,")
    text = raw.decode("utf-8-sig")
    assert text.endswith("\r\n")
    assert text.count("\n") == text.count("\r\n")


def test_csv_has_the_same_values(rows: list[dict[str, str]], made: bytes) -> None:
    """Figures, months, the regulation's quantities and the printed numbers are those of the JSON, to the last digit."""
    data = json.loads(made)

    def numbers(record: str) -> list[float | None]:
        return [float(row["value"]) if row["value"] else None for row in rows if row["record"] == record]

    assert numbers("kpi") == [one["value"] for one in data["kpis"]]
    assert numbers("month") == [one["value"] for month in data["months"] for one in month["kpis"]]
    assert numbers("eu") == [one["value"] for one in (*data["eu"]["quantities"], *data["eu"]["indicators"])]
    assert numbers("figure") == [one["value"] for one in data["figures"]]
    assert numbers("kpi_input") == [side["amount"] for one in data["kpis"] for side in one["inputs"]]
    assert {row["start"] for row in rows if row["record"] == "kpi"} == {"2026-03-01T00:00:00.000Z"}


def test_csv_carries_no_formula() -> None:
    """A name that a spreadsheet would take for a formula has an apostrophe before it, and can be read."""
    documents = {
        lang: msgspec.structs.replace(
            samples.document(lang), cover=tuple((text, plain(_named(i))) for i, text in enumerate(samples.HOSTILE))
        )
        for lang in ("zh", "en")
    }
    text = values.figures_csv(samples.facts(), documents).decode("utf-8-sig")
    read = {row["id"]: row["label_zh"] for row in csv.DictReader(io.StringIO(text, newline=""))}
    assert read["hostile.0"] == f"'{samples.HOSTILE[0]}"
    assert read["hostile.11"] == samples.HOSTILE[11]
    for i in range(len(samples.HOSTILE)):
        assert not read[f"hostile.{i}"].lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\uff1d"))


def _named(i: int) -> Figure:
    return figure(f"hostile.{i}", float(i), "", 0)


@pytest.mark.parametrize("made_by", ["hand", "words", "poor"])
def test_every_printed_number_is_the_same_in_each_format(made_by: str) -> None:
    """By its name: JSON, the sheet Figures and the text of the page in both languages agree in each number."""
    facts, documents = _report(made_by)
    book = openpyxl.load_workbook(io.BytesIO(workbook(facts, documents, [])), data_only=True)
    sheet = {row[0]: row[1:5] for row in book["Figures"].iter_rows(min_row=2, values_only=True)}
    pages = {lang: Outline(web.page(document)) for lang, document in documents.items()}
    data = json.loads(values.figures_json(facts, documents))
    assert list(jsonschema.Draft202012Validator(json.loads(values.schema())).iter_errors(data)) == []
    assert len(data["figures"]) > 30
    for one in data["figures"]:
        value, unit, zh, en = sheet[one["id"]]
        assert value == ("—" if one["value"] is None else one["value"])
        assert (unit or "", zh, en) == (one["unit"], one["shown"]["zh"], one["shown"]["en"])
        for lang, page in pages.items():
            assert page.figures[one["id"]] == str(Shown(one["shown"][lang], one["unit"]))
            assert page.exact[one["id"]] == ("" if one["value"] is None else repr(float(one["value"])))
    assert {one["id"] for one in data["figures"]} == set(pages["zh"].figures) == set(pages["en"].figures)


def _report(made_by: str) -> tuple[Facts, dict[str, Document]]:
    if made_by == "hand":
        return samples.facts(), samples.documents()
    facts = report_facts.facts() if made_by == "words" else report_facts.poor_facts()
    return facts, {lang: document(facts, lang) for lang in ("zh", "en")}


def test_languages_that_print_other_numbers_are_refused() -> None:
    """A number that one language leaves out or gives otherwise stops the report."""
    zh, en = samples.document("zh"), samples.document("en")

    def with_cover(known: Document, one: Figure) -> Document:
        return msgspec.structs.replace(known, cover=(("x", plain(one)),))

    with pytest.raises(ValueError, match="extra"):
        printed_figures({"zh": zh, "en": with_cover(en, figure("extra", 1.0, "", 0))})
    with pytest.raises(ValueError, match="extra is 2"):
        printed_figures(
            {
                "zh": with_cover(zh, figure("extra", 1.0, "", 0)),
                "en": with_cover(en, figure("extra", 2.0, "", 0)),
            }
        )


def test_a_number_says_where_it_stands(made: bytes) -> None:
    """Its first place: what names it on the cover, else section, table, row and column."""
    labels = {one["id"]: one["label"]["en"] for one in json.loads(made)["figures"]}
    assert labels["kpi.pue"] == "Power usage effectiveness"
    assert labels["kpi.erf"] == "2 Figures \u203a Power usage effectiveness <b> \u203a kpi.erf \u203a v"


def test_another_process_makes_the_same_bytes(made: bytes) -> None:
    """Neither the order of sets nor the zone of the machine is in any file."""
    script = (
        "import hashlib\n"
        "from analytics.reports.rendering import values, web\n"
        "from analytics.reports.rendering.workbook import workbook\n"
        "from tests.analytics.reports import sheet_samples as s\n"
        "facts, documents = s.facts(), s.documents()\n"
        "files = (values.figures_json(facts, documents), values.figures_csv(facts, documents),\n"
        "         workbook(facts, documents, []), web.page(documents['zh']))\n"
        "print(*(hashlib.sha256(file).hexdigest() for file in files))\n"
    )
    environ = {**os.environ, "PYTHONHASHSEED": "7", "TZ": "America/Lima"}
    other = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True, env=environ)
    facts, documents = samples.facts(), samples.documents()
    own = (made, values.figures_csv(facts, documents), workbook(facts, documents, []), web.page(documents["zh"]))
    assert other.stdout.split() == [hashlib.sha256(file).hexdigest() for file in own]
