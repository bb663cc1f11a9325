"""Packages beside each other as a document: grouped by the category of their IT metering, never put in an order."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from analytics.efficiency_view import wording
from analytics.kpis import KPIS
from analytics.reports.commitments import ASPECTS
from analytics.reports.document import (
    Bullets,
    Cell,
    Declared,
    Document,
    Figure,
    Paragraph,
    Section,
    Table,
    Tone,
    figure,
    plain,
    said,
)
from analytics.reports.evaluation.differences import differences
from analytics.reports.evaluation.rows import CATEGORIES, by_category, figure_names, result_in
from analytics.reports.sections import measured
from analytics.reports.sections.aspects import RESOURCES
from analytics.reports.sections.verdict import TONES, Verdict
from greendc import display
from greendc.display import one_line
from greendc.texts import catalogue, t

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from analytics.reports.document import Block, Span
    from analytics.reports.evaluation.centre import Centre
    from analytics.reports.sections.verdict import Promise
    from analytics.result import KpiResult

DECLARED_LENGTH = 2_000
REASON_LENGTH = 400
SHOWN_ERRORS = 20
WIDTHS = (1.3, 1.6, 1.0, 1.1, 3.0, 1.6)


def document(centres: Sequence[Centre], lang: str) -> Document:
    """Return the comparison in one language."""
    sound = [one for one in centres if one.stated is not None]
    words = _Words(lang)
    sections = [_packages(words, centres), _failed(words, centres), _reservations(words, centres)]
    if sound:
        sections += [_figures(words, sound), _aspects(words, sound), _promises(words, sound)]
    numbered = [
        Section(id=one.id, number=str(place), title=one.title, blocks=one.blocks)
        for place, one in enumerate(sections, 1)
    ]
    return Document(
        kind="evaluation",
        lang=lang,
        title=words.text("title"),
        subtitle=words.text("subtitle", sound=str(len(sound)), of=str(len(centres))),
        status=words.text("offline"),
        watermark="",
        running=words.text("title"),
        code="",
        cover=(),
        sections=tuple(numbered),
    )


class _Words:
    """The texts of one language."""

    def __init__(self, lang: str) -> None:
        self.lang = lang

    def text(self, key: str, **params: str) -> str:
        return t(f"evaluation.{key}", self.lang, **params)

    def line(self, key: str, tone: Tone = Tone.PLAIN, **params: str) -> Paragraph:
        return Paragraph(spans=(self.text(key, **params),), tone=tone)

    def section(self, key: str, blocks: Iterable[Block]) -> Section:
        return Section(id=key, number="", title=self.text(f"section.{key}"), blocks=tuple(blocks))

    def columns(self, *keys: str) -> tuple[str, ...]:
        return tuple(self.text(f"column.{key}") for key in keys)


def _packages(words: _Words, centres: Sequence[Centre]) -> Section:
    columns = words.columns("number", "centre", "folder", "kind", "period", "status", "signature", "result")
    rows = tuple(tuple(plain(text, tone=_tone(centre)) for text in _row(words, centre)) for centre in centres)
    table = Table(id="packages", title=words.text("section.packages"), columns=columns, rows=rows)
    return words.section("packages", [table, words.line("how")])


def _tone(centre: Centre) -> Tone:
    return Tone.PLAIN if centre.stated is not None else Tone.WARNING


def _row(words: _Words, centre: Centre) -> tuple[str, ...]:
    manifest = centre.manifest
    if centre.stated is None or manifest is None:
        # What a package says of itself is worth nothing when it is not as it was made.
        unknown = (display.UNKNOWN,) * 4
        return (str(centre.number), centre.title(words.lang), centre.folder, *unknown, words.text("result.failed"))
    signer = next((one.params.get("fingerprint", "") for one in centre.findings if one.key == "own_key"), "")
    return (
        str(centre.number),
        centre.title(words.lang),
        centre.folder,
        t(f"report_document.kind.{manifest.kind}", words.lang) if _has(manifest.kind) else manifest.kind,
        f"{manifest.start[:16]}Z \u2013 {manifest.end[:16]}Z",
        words.text(f"status.{'final' if manifest.status == 'final' else 'draft'}", version=str(manifest.version)),
        one_line(signer, 80) or words.text("unsigned"),
        words.text("result.sound" if centre.recomputed else "result.not_recomputed"),
    )


def _has(kind: str) -> bool:
    return f"report_document.kind.{kind}" in catalogue()


def _failed(words: _Words, centres: Sequence[Centre]) -> Section:
    blocks: list[Block] = []
    for centre in centres:
        if centre.stated is not None:
            continue
        points = [plain(one.sentence(words.lang), tone=Tone.WARNING) for one in centre.errors[:SHOWN_ERRORS]]
        left = len(centre.errors) - len(points)
        points += [plain(words.text("more", count=str(left)))] if left else []
        blocks += [Paragraph(spans=(centre.name(words.lang),), tone=Tone.STRONG), Bullets(points=tuple(points))]
    return words.section("failed", blocks or [words.line("none_failed")])


def _reservations(words: _Words, centres: Sequence[Centre]) -> Section:
    points = tuple(plain(one.sentence(words.lang)) for one in differences(centres))
    return words.section("differences", [Bullets(points=points)] if points else [words.line("none_differs")])


def _figures(words: _Words, sound: Sequence[Centre]) -> Section:
    names = figure_names(sound)
    blocks: list[Block] = [words.line("no_order")]
    for category, some in by_category(sound).items():
        rows = tuple(
            (plain(_title(some, name, words.lang)), *(_value(words, centre, name) for centre in some))
            for name in names
            if any(result_in(centre, *name) for centre in some)
        )
        columns = (words.text("column.figure"), *(centre.name(words.lang) for centre in some))
        blocks.append(Table(id=f"category-{category}", title=_category(words, category), columns=columns, rows=rows))
    return words.section("figures", blocks)


def _category(words: _Words, category: int) -> str:
    if category in CATEGORIES:
        return t(f"kpis.category.{category}", words.lang)
    return words.text("no_category")


def _title(some: Sequence[Centre], name: tuple[str, str], lang: str) -> str:
    found = next((result for centre in some if (result := result_in(centre, *name)) is not None), None)
    return name[0] if found is None else wording.title(found, lang)


def _value(words: _Words, centre: Centre, name: tuple[str, str]) -> Cell:
    """Return a figure with its uncertainty and coverage; one that covers too little is grey."""
    result = result_in(centre, *name)
    if result is None:
        return plain(display.UNKNOWN, " ", words.text("not_stated"), tone=Tone.FAINT)
    prefix = f"c{centre.number}"
    value = measured.value_of(result, prefix)
    if result.value is None:
        return plain(value, " ", _reason(words, result), tone=Tone.FAINT)
    spans: list[Span] = [value, *measured.error_of(result, prefix).spans] if result.uncertainty else [value]
    if len(spans) > 1:
        spans.insert(1, " ")
    if not measured.declared(result):
        spans += [*said("evaluation.covered", words.lang, coverage=measured.coverage_of(result, prefix))]
    else:
        spans += [words.text("declared")]
    if measured.short(result):
        spans += [words.text("required")]
    return Cell(spans=tuple(spans), tone=measured.tone_of(result))


def _reason(words: _Words, result: KpiResult) -> str:
    known = f"kpis.reason.{result.reason}" in catalogue()
    return wording.reason(result, words.lang) if known else one_line(result.reason, 80) or words.text("no_reason")


def _aspects(words: _Words, sound: Sequence[Centre]) -> Section:
    columns = (words.text("column.aspect"), *(centre.name(words.lang) for centre in sound))
    rows = tuple(
        (
            plain(t(f"report_document.section.{name}", words.lang)),
            *(_aspect(words, centre, name) for centre in sound),
        )
        for name in ASPECTS
    )
    table = Table(id="aspects", title=words.text("section.aspects"), columns=columns, rows=rows)
    return words.section("aspects", [words.line("aspects_lead"), table, *_declared(words, sound)])


def _aspect(words: _Words, centre: Centre, name: str) -> Cell:
    """Return how much of an aspect is measured by a centre, and how many texts it declares of it."""
    stated = centre.stated
    if stated is None:
        return plain(display.UNKNOWN)
    prefix = f"c{centre.number}.{name}"
    spans: list[Span] = []
    some = [one for one in stated.results if _belongs(one, name)]
    if some:
        proven = figure(f"{prefix}.proven", sum(measured.proven(one) for one in some), "", 0)
        spans += said("evaluation.proven", words.lang, proven=proven, of=figure(f"{prefix}.of", len(some), "", 0))
    texts = sum(one.aspect == name for one in stated.report.declared)
    if texts:
        spans += ["; "] if spans else []
        spans += said("evaluation.declared_texts", words.lang, count=figure(f"{prefix}.declared", texts, "", 0))
    return plain(*spans) if spans else plain(words.text("nothing"), tone=Tone.FAINT)


def _belongs(result: KpiResult, aspect: str) -> bool:
    match aspect:
        case "resource_use":
            return result.kpi in RESOURCES
        case "energy_saving":
            return result.kpi not in RESOURCES
        case "standards":
            return bool(result.standard)
        case _:
            return False


def _declared(words: _Words, sound: Sequence[Centre]) -> list[Block]:
    found: list[Block] = []
    for name in ASPECTS:
        texts = [
            (centre, one, (one.zh or one.en) if words.lang == "zh" else (one.en or one.zh))
            for centre in sound
            if centre.stated is not None
            for one in centre.stated.report.declared
            if one.aspect == name
        ]
        if not texts:
            continue
        blocks = tuple(
            Declared(
                text=one_line(text, DECLARED_LENGTH),
                author=f"{centre.name(words.lang)}, {one_line(one.author, 80)}",
                date=one.date.isoformat(),
            )
            for centre, one, text in texts
        )
        title = t(f"report_document.section.{name}", words.lang)
        found.append(Section(id=f"declared-{name}", number="", title=title, blocks=blocks))
    return found


def _promises(words: _Words, sound: Sequence[Centre]) -> Section:
    columns = (words.text("column.centre"), *(words.text(f"verdict.{one.value}") for one in Verdict))
    counted = tuple((plain(centre.name(words.lang)), *_counts(centre)) for centre in sound)
    numbers = tuple(range(1, 1 + len(Verdict)))
    blocks: list[Block] = [
        Table(
            id="promises",
            title=words.text("section.promises"),
            columns=columns,
            rows=counted,
            numbers=numbers,
        ),
        words.line("promises_lead"),
    ]
    rows = tuple(
        _promise(words, centre, place, one)
        for centre in sound
        if centre.stated is not None
        for place, one in enumerate(centre.stated.promises, 1)
        if one.verdict is not Verdict.MET
    )
    if rows:
        names = words.columns("centre", "figure", "promised", "by", "measured", "verdict")
        blocks.append(Table(id="missed", title=words.text("missed"), columns=names, rows=rows, widths=WIDTHS))
    changed = tuple(
        plain(f"{centre.name(words.lang)}: {_promised(words, one)}: {one_line(one.target.changed, REASON_LENGTH)}")
        for centre in sound
        if centre.stated is not None
        for one in centre.stated.promises
        if one.target.changed
    )
    if changed:
        blocks += [words.line("changed", tone=Tone.STRONG), Bullets(points=changed)]
    return words.section("promises", blocks)


def _counts(centre: Centre) -> list[Cell]:
    promised = () if centre.stated is None else centre.stated.promises
    counts = Counter(one.verdict for one in promised)
    return [
        plain(figure(f"c{centre.number}.promises.{one.value}", counts[one] if promised else None, "", 0))
        for one in Verdict
    ]


def _promise(words: _Words, centre: Centre, place: int, one: Promise) -> tuple[Cell, ...]:
    target, prefix = one.target, f"c{centre.number}.target.{place}"
    unit = measured.value_of(one.result).unit if one.result is not None else ""
    bounds: list[Span] = []
    for mark, name, bound in (("≤ ", "most", target.most), ("≥ ", "least", target.least)):
        if bound is not None:
            shown = Figure(id=f"{prefix}.{name}", value=bound, unit=unit, shown=display.significant(bound))
            bounds += [" " if bounds else "", mark, shown]
    found = _value(words, centre, (target.kpi, target.part))
    known = one.result is not None
    why = f"report_summary.why.{one.why}"
    verdict = words.text(f"verdict.{one.verdict.value}")
    reason = f" ({t(why, words.lang)})" if one.why and why in catalogue() else ""
    return (
        plain(centre.name(words.lang)),
        plain(_promised(words, one)),
        plain(*bounds),
        plain(target.by.isoformat()),
        found if known else plain(display.UNKNOWN, tone=Tone.FAINT),
        plain(f"{verdict}{reason}", tone=TONES[one.verdict]),
    )


def _promised(words: _Words, one: Promise) -> str:
    if one.result is not None:
        return wording.title(one.result, words.lang)
    return next((kpi.title(words.lang) for kpi in KPIS if kpi.key == one.target.kpi), one.target.kpi)
