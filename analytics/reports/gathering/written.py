"""The files that people write for reports: ``commitments.toml`` and ``declared.toml``, read and checked."""

from __future__ import annotations

import datetime as dt
import difflib
import math
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import msgspec

from analytics.kpis import KPIS
from analytics.reports.commitments import (
    ASPECTS,
    Baseline,
    Commitments,
    DeclaredText,
    Name,
    RemarkAnswer,
    Target,
    Text,
)
from greendc.errors import Problem, without_errors
from greendc.toml_source import TomlSource

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

T = TypeVar("T")
Said = TypeVar("Said", Target, Baseline)

SCHEMA = 1
MOST_LETTERS = 20_000
_LINE_ENDS = frozenset("\n\t\r")
_KEYS = tuple(sorted(kpi.key for kpi in KPIS))


class FileNames(NamedTuple):
    """What the files that people wrote for a report are called, without their folders."""

    commitments: str = "commitments.toml"
    declared: str = "declared.toml"


USUAL = FileNames()


class _Change(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a target became; what is left out stays."""

    author: Name
    date: dt.date
    reason: Text
    by: dt.date | None = None
    most: float | None = None
    least: float | None = None


class _TargetEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    kpi: str
    by: dt.date
    author: Name
    date: dt.date
    part: str = ""
    most: float | None = None
    least: float | None = None
    changes: list[_Change] = []


class _BaselineChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    author: Name
    date: dt.date
    reason: Text
    start: dt.date | None = None
    end: dt.date | None = None
    values: dict[str, float] | None = None
    source: str | None = None


class _BaselineEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    start: dt.date
    end: dt.date
    author: Name
    date: dt.date
    values: dict[str, float] = {}
    source: str = ""
    changes: list[_BaselineChange] = []


class _CommitmentsFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    schema: int
    industry: str = ""
    plan: str = ""
    mid_term: dt.date | None = None
    baseline: object = None
    targets: list[object] = []
    remarks: list[object] = []


class _DeclaredFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    schema: int
    texts: list[object] = []


def written_beside(
    site_file: Path, commitments: Path | None = None, declared: Path | None = None
) -> tuple[Commitments | None, tuple[DeclaredText, ...]]:
    """Return what people wrote for reports: in the files that are named, else in those beside the site file.

    A file that is not named need not be there.

    Raises:
        ConfigError: a file that is named cannot be read, or with every problem found, each at its line.
    """
    promised = commitments or _usual(site_file, USUAL.commitments)
    said = declared or _usual(site_file, USUAL.declared)
    return read_commitments(promised) if promised else None, read_declared(said) if said else ()


def _usual(site_file: Path, name: str) -> Path | None:
    path = site_file.parent / name
    return path if path.is_file() else None


def read_commitments(path: Path) -> Commitments:
    """Read and check ``commitments.toml``.

    Raises:
        ConfigError: with every problem found, each at its line.
    """
    found, problems = load_commitments(TomlSource.read(path))
    return without_errors(found, problems)


def read_declared(path: Path) -> tuple[DeclaredText, ...]:
    """Read and check ``declared.toml``.

    Raises:
        ConfigError: with every problem found, each at its line.
    """
    found, problems = load_declared(TomlSource.read(path))
    return without_errors(found, problems)


def load_commitments(source: TomlSource) -> tuple[Commitments | None, list[Problem]]:
    """Return the commitments, or None when the file's form is wrong, and all problems."""
    problems: list[Problem] = []
    head = source.convert(source.data, _CommitmentsFile, "", problems)
    if head is None:
        return None, _hinted(problems)
    problems += _schema_problems(source, head.schema)
    entries = _converted(source, head.targets, _TargetEntry, "targets", problems)
    remarks = _converted(source, head.remarks, RemarkAnswer, "remarks", problems)
    baseline = None
    if head.baseline is not None:
        baseline = source.convert(head.baseline, _BaselineEntry, "baseline", problems)
    check = _Check(source)
    check.texts("", {"industry": head.industry, "plan": head.plan})
    targets = [(place, check.target(place, entry)) for place, entry in entries]
    check.twins(targets)
    for place, remark in remarks:
        check.remark(place, remark)
    found = Commitments(
        schema=head.schema,
        industry=head.industry,
        plan=head.plan,
        mid_term=head.mid_term,
        baseline=None if baseline is None else check.baseline(baseline),
        targets=[target for _, target in targets],
        remarks=[remark for _, remark in remarks],
    )
    return found, _hinted([*problems, *check.problems])


def load_declared(source: TomlSource) -> tuple[tuple[DeclaredText, ...] | None, list[Problem]]:
    """Return the texts, or None when the file's form is wrong, and all problems."""
    problems: list[Problem] = []
    head = source.convert(source.data, _DeclaredFile, "", problems)
    if head is None:
        return None, _hinted(problems)
    problems += _schema_problems(source, head.schema)
    check = _Check(source)
    entries = _converted(source, head.texts, DeclaredText, "texts", problems)
    for place, entry in entries:
        check.declared(place, entry)
    return tuple(entry for _, entry in entries), _hinted([*problems, *check.problems])


def _converted(
    source: TomlSource, values: Iterable[object], into: type[T], path: str, problems: list[Problem]
) -> list[tuple[str, T]]:
    """Return the entries whose form is right, each with its place."""
    places = ((f"{path}[{i}]", value) for i, value in enumerate(values))
    found = ((place, source.convert(value, into, place, problems)) for place, value in places)
    return [(place, entry) for place, entry in found if entry is not None]


def _schema_problems(source: TomlSource, schema: int) -> list[Problem]:
    if schema == SCHEMA:
        return []
    return [source.problem("schema", "errors.schema", found=str(schema), known=str(SCHEMA))]


def _hinted(problems: Iterable[Problem]) -> list[Problem]:
    """Point people at the page that lists the keys of these files."""
    return [
        msgspec.structs.replace(one, hint="report_files.keys_hint") if one.key == "errors.unknown_key" else one
        for one in problems
    ]


class _Check:
    """Looks into entries whose form is right, and remembers what is wrong with them."""

    def __init__(self, source: TomlSource) -> None:
        self.problems: list[Problem] = []
        self._source = source

    def target(self, place: str, entry: _TargetEntry) -> Target:
        """Return a target as it stands after all its changes."""
        self._kpi(f"{place}.kpi", entry.kpi)
        self.texts(place, {"author": entry.author, "part": entry.part})
        now = Target(
            kpi=entry.kpi,
            part=entry.part,
            by=entry.by,
            author=entry.author,
            date=entry.date,
            most=entry.most,
            least=entry.least,
        )
        self._promise(place, now)
        for i, change in enumerate(entry.changes):
            now = self._changed_target(f"{place}.changes[{i}]", now, change)
        return now

    def _changed_target(self, place: str, before: Target, change: _Change) -> Target:
        now = self._amended(
            place,
            before,
            change,
            by=change.by or before.by,
            most=before.most if change.most is None else change.most,
            least=before.least if change.least is None else change.least,
        )
        self._promise(place, now)
        return now

    def _amended(self, place: str, before: Said, change: _Change | _BaselineChange, **says: object) -> Said:
        """Return what stands after a change, which keeps all that was said before."""
        self._change(place, before.date, change.date, change.author, change.reason)
        bare = msgspec.structs.replace(before, before=())
        now = msgspec.structs.replace(bare, **says)
        if now == bare:
            self._say(place, "no_change", hint="no_change_hint")
        return msgspec.structs.replace(
            now, author=change.author, date=change.date, changed=change.reason, before=(*before.before, bare)
        )

    def _promise(self, place: str, target: Target) -> None:
        self._numbers(place, {"most": target.most, "least": target.least})
        if target.most is None and target.least is None:
            self._say(place, "no_bound", hint="no_bound_hint")
        elif target.most is not None and target.least is not None and target.most < target.least:
            self._say(f"{place}.least", "bounds_crossed", most=f"{target.most:g}", least=f"{target.least:g}")
        if target.by < target.date:
            self._say(f"{place}.by", "by_before_date", by=str(target.by), date=str(target.date))

    def twins(self, targets: list[tuple[str, Target]]) -> None:
        """Refuse two targets for one figure and day."""
        seen: dict[tuple[str, str, dt.date], str] = {}
        for place, target in targets:
            name = target.kpi, target.part, target.by
            if name in seen:
                line, _ = self._source.place(seen[name])
                self._say(place, "twin", hint="twin_hint", kpi=target.kpi, by=str(target.by), line=str(line))
            seen.setdefault(name, place)

    def baseline(self, entry: _BaselineEntry) -> Baseline:
        """Return the baseline as it stands after all its changes."""
        self.texts("baseline", {"author": entry.author})
        now = Baseline(
            start=entry.start,
            end=entry.end,
            author=entry.author,
            date=entry.date,
            values=entry.values,
            source=entry.source,
        )
        self._period("baseline", now)
        for i, change in enumerate(entry.changes):
            now = self._changed_baseline(f"baseline.changes[{i}]", now, change)
        return now

    def _changed_baseline(self, place: str, before: Baseline, change: _BaselineChange) -> Baseline:
        now = self._amended(
            place,
            before,
            change,
            start=change.start or before.start,
            end=change.end or before.end,
            values=before.values if change.values is None else change.values,
            source=before.source if change.source is None else change.source,
        )
        self._period(place, now)
        return now

    def _period(self, place: str, baseline: Baseline) -> None:
        self.texts(place, {"source": baseline.source})
        if baseline.end < baseline.start:
            self._say(f"{place}.end", "baseline_order", start=str(baseline.start), end=str(baseline.end))
        for key in baseline.values:
            self._kpi(f"{place}.values.{key}", key)
        self._numbers(f"{place}.values", baseline.values)
        if baseline.values and not baseline.source.strip():
            self._say(f"{place}.values", "no_source", hint="no_source_hint")

    def remark(self, place: str, remark: RemarkAnswer) -> None:
        """Refuse an answer that nobody gave, or that came before its remark."""
        texts = {"remark": remark.remark, "answer": remark.answer, "answered_by": remark.answered_by}
        self.texts(place, texts)
        signed = bool(remark.answered_by.strip()) and remark.answered_on is not None
        if remark.answer.strip() and not signed:
            self._say(f"{place}.answer", "unsigned_answer", hint="unsigned_answer_hint")
        if remark.answered_on is not None and remark.answered_on < remark.date:
            self._say(f"{place}.answered_on", "answer_before_remark", date=str(remark.date))

    def declared(self, place: str, entry: DeclaredText) -> None:
        """Refuse a text for nothing that the guide knows, and one that says nothing."""
        if entry.aspect not in ASPECTS:
            self._say(f"{place}.aspect", "aspect", hint="aspect_hint", name=entry.aspect, known=", ".join(ASPECTS))
        if not entry.zh.strip() and not entry.en.strip():
            self._say(place, "no_text", hint="no_text_hint")
        self.texts(place, {"author": entry.author, "zh": entry.zh, "en": entry.en})

    def texts(self, place: str, texts: Mapping[str, str]) -> None:
        """Refuse what cannot be printed and what is too long."""
        for field, text in texts.items():
            where = f"{place}.{field}" if place else field
            if any(not letter.isprintable() and letter not in _LINE_ENDS and letter != "\u3000" for letter in text):
                self._say(where, "unprintable")
            if len(text) > MOST_LETTERS:
                self._say(where, "too_long", most=str(MOST_LETTERS), found=str(len(text)))

    def _change(self, place: str, before: dt.date, date: dt.date, author: str, reason: str) -> None:
        self.texts(place, {"author": author, "reason": reason})
        if date <= before:
            self._say(f"{place}.date", "change_order", hint="change_order_hint", before=str(before))

    def _kpi(self, place: str, key: str) -> None:
        if key in _KEYS:
            return
        near = difflib.get_close_matches(key, _KEYS, 3) or _KEYS
        self._say(place, "kpi", hint="kpi_hint", name=key, known=", ".join(near))

    def _numbers(self, place: str, numbers: Mapping[str, float | None]) -> None:
        for field, value in numbers.items():
            if value is not None and not math.isfinite(value):
                self._say(f"{place}.{field}", "not_finite")

    def _say(self, place: str, key: str, hint: str = "", **params: str) -> None:
        said = f"report_files.{hint}" if hint else ""
        self.problems.append(self._source.problem(place, f"report_files.{key}", said, **params))
