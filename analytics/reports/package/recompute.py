"""Every figure of a package that is made of registers, computed again from its readings and compared with its own.

No store, no network and no site file is asked. The code is that which computes figures everywhere.
"""

from __future__ import annotations

import math
from itertools import groupby
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.kpis import KPIS
from analytics.kpis.calendar import days
from analytics.lineage import configuration
from analytics.points import step_of
from analytics.reports.package.finding import Finding, clean, error, note
from analytics.reports.package.model import MODEL, SCHEMA, Model, categories, silences_of
from analytics.reports.package.printed import printed_findings
from analytics.reports.package.readings import (
    BOUNDARY,
    INTEGRATED,
    REGISTER,
    REGISTERS,
    RowsError,
    decoded,
)
from analytics.reports.package.replay import NotInPackageError, Replay, is_sound
from analytics.reports.package.said import Said, SaidFile
from analytics.reports.package.soundness import problem_of
from analytics.reports.package.windows import BESIDE_NS, counterpart
from greendc.clock import iso
from greendc.errors import GreendcError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from analytics.reports.package.manifest import Manifest
    from analytics.reports.package.model import WindowModel
    from analytics.reports.package.readings import Run
    from analytics.reports.package.replay import PackagePeriod
    from analytics.result import KpiResult

FIGURES = "figures.json"
TOLERANCE = 1e-9
"""Relative; what the order of additions may change."""
MOST_NAMED = 25
"""So many differences are named one by one."""


class Tally(msgspec.Struct):
    """What came out so far."""

    same: int = 0
    sensors: int = 0
    differences: list[Finding] = []


def recomputed(files: Mapping[str, bytes], manifest: Manifest | None = None) -> list[Finding]:
    """Return what differs between the figures of a package and its readings, and how many were found equal.

    ``files`` holds `MODEL`, `REGISTERS` and `FIGURES`; one that is missing or broken is named.
    """
    missing = [name for name in (MODEL, REGISTERS, FIGURES) if name not in files]
    if missing:
        return [error("not_recomputable", missing[0])]
    try:
        model = msgspec.json.decode(files[MODEL], type=Model)
        said = msgspec.json.decode(files[FIGURES], type=SaidFile)
        runs = decoded(files[REGISTERS])
    except RowsError as problem:
        return [error(f"rows_{problem}", REGISTERS)]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError, OverflowError):
        return [error("bad_model", MODEL)]
    wrong = problem_of(model)
    if model.schema != SCHEMA or wrong:
        return [error("bad_model", MODEL)]
    try:
        # Numbers without measure become infinite, which equals no figure.
        with np.errstate(all="ignore"):
            found = [*_readings_findings(model, said, runs), *_input_findings(model, manifest, runs)]
            found += _other_rules(model, manifest)
            return [*found, *printed_findings(said, FIGURES), *_figure_findings(model, said, runs)]
    except (ArithmeticError, LookupError, ValueError, TypeError, RecursionError, GreendcError) as problem:
        # A model that anyone may have written can be wrong in ways that no site file can.
        return [error("bad_model_why", MODEL, why=type(problem).__name__)]


def _readings_findings(model: Model, said: SaidFile, runs: Sequence[Run]) -> Iterable[Finding]:
    """Yield the meters whose rows contradict themselves, each other, or what figures say of them."""
    stated = _stated(said)
    shown: dict[str, list[Run]] = {}
    for run in runs:
        if not is_sound(run):
            yield error("implausible", REGISTERS, meter=run.label())
        if run.kind == REGISTER and silences_of(run) != model.silences.get(run.label(), []):
            yield error("other_silences", REGISTERS, meter=run.label())
        if run.kind != INTEGRATED:
            shown.setdefault(run.label(), []).append(run)
    for label, own in shown.items():
        exact: dict[int, float] = {}
        for run in own:
            at = dict(zip(run.time_ns[run.exact].tolist(), run.values[run.exact].tolist(), strict=True))
            if any(exact.get(time_ns, value) != value for time_ns, value in at.items()):
                yield error("two_values", REGISTERS, meter=label)
            exact |= at
        named = stated.get(label, {})
        if not _agree(own, model.windows) or not all(_names(run, named) for run in own):
            yield error("two_values", REGISTERS, meter=label)


def _input_findings(model: Model, manifest: Manifest | None, runs: Sequence[Run]) -> Iterable[Finding]:
    """Yield the meters that show another reading beside the ends of a month than the manifest has of that month."""
    inputs = [] if manifest is None else manifest.inputs
    windows = {window.name: window for window in model.windows}
    only = model.windows[0] if len({one.month for one in inputs}) == 1 and model.windows else None
    beside = {(run.device, run.part, run.quantity): run for run in runs if run.kind == BOUNDARY}
    for one in inputs:
        run, window = beside.get((one.device, one.part, one.quantity)), windows.get(one.month, only)
        if run is None or window is None:
            continue
        first, last = np.searchsorted(run.time_ns, (window.start_ns, window.end_ns)).tolist()
        ends = [(first, window.start_ns, one.first), (last - 1, window.end_ns, one.last)] if first < last else []
        near = [(at, value) for at, edge, value in ends if abs(int(run.time_ns[at]) - edge) <= BESIDE_NS]
        if any(run.values[at] != value for at, value in near):
            yield error("other_input", REGISTERS, meter=run.label(), month=one.month)


def _stated(said: SaidFile) -> dict[str, dict[int, float]]:
    """Return the readings that figures name, by the label of their series."""
    found: dict[str, dict[int, float]] = {}
    for figure in said.kpis:
        for source in (one for side in figure.inputs for one in side.sources):
            rows = found.setdefault(f"{source.meter} {source.quantity}", {})
            rows.update((one.time_ns, one.value) for one in source.boundaries)
    return found


def _names(run: Run, stated: Mapping[int, float]) -> bool:
    return all(
        stated.get(time_ns, value) == value
        for time_ns, value in zip(run.time_ns.tolist(), run.values.tolist(), strict=True)
    )


def _agree(runs: Iterable[Run], windows: Sequence[WindowModel]) -> bool:
    """Tell whether what was read beside the ends of windows is among the rows that figures are computed from."""
    by_kind = {run.kind: run for run in runs}
    rows, beside = by_kind.get(REGISTER), by_kind.get(BOUNDARY)
    if rows is None or beside is None:
        return beside is None
    shown = dict(zip(rows.time_ns.tolist(), rows.values.tolist(), strict=True))
    step_ns = step_of(windows[0].end_ns - windows[0].start_ns)
    for edge in {edge for window in windows for edge in (window.start_ns, window.end_ns)}:
        after = int(np.searchsorted(beside.time_ns, edge))
        for at in (after - 1, after):
            if not 0 <= at < len(beside.time_ns) or abs(int(beside.time_ns[at]) - edge) > BESIDE_NS:
                continue
            found = counterpart(shown, int(beside.time_ns[at]), edge, step_ns)
            # In zones of half hours a month may begin within a step.
            if found != beside.values[at] and edge % step_ns == 0:
                return False
    return True


def _other_rules(model: Model, manifest: Manifest | None) -> Iterable[Finding]:
    """Tell where this software goes by other rules than the one that made the package."""
    if model.categories != categories():
        yield note("other_rules", MODEL)
    if manifest is None or not model.windows:
        return
    own = configuration(model.site, *days(model.site, model.windows[0].start_ns, model.windows[0].end_ns))
    changed = [name for name, sha256 in own.parts.items() if manifest.configuration.get(name, sha256) != sha256]
    data = sorted(name for name in changed if name.startswith("data/"))
    if data:
        yield note("other_data", MODEL, names=", ".join(data))
    if own.software != manifest.software.rpartition(" ")[2]:
        yield note("other_software", own=own.software, made=manifest.software)


def _figure_findings(model: Model, said: SaidFile, runs: Sequence[Run]) -> Iterable[Finding]:
    replay = Replay(model.site, model.resolutions, runs)
    tally = Tally()
    by_span = {(iso(one.start_ns), iso(one.end_ns)): one for one in model.windows}
    used: set[tuple[str, str]] = set()
    for name, figures in (("", said.kpis), *((month.name, month.kpis) for month in said.months)):
        for span, own in groupby(figures, key=lambda one: (one.start, one.end)):
            if span in by_span:
                used.add(span)
                window = by_span[span]
                _compare(replay.period(window.start_ns, window.end_ns), window.name, list(own), tally)
            else:
                tally.differences.append(error("no_window", FIGURES, window=name or f"{span[0]}/{span[1]}"))
    tally.differences += [
        error("window_unused", FIGURES, window=window.name) for span, window in by_span.items() if span not in used
    ]
    yield from tally.differences[:MOST_NAMED]
    if len(tally.differences) > MOST_NAMED:
        yield error("more_differences", FIGURES, count=str(len(tally.differences) - MOST_NAMED))
    yield note("recomputed", FIGURES, same=str(tally.same), windows=str(len(used)))
    if tally.sensors:
        yield note("of_sensors", FIGURES, count=str(tally.sensors))


def _compare(period: PackagePeriod, window: str, figures: list[Said], tally: Tally) -> None:
    stated = {(one.kpi, one.part): one for one in figures}
    if len(stated) < len(figures):
        tally.differences.append(error("stated_twice", FIGURES, window=window))
    for kpi in KPIS:
        own = {name: stated.pop(name) for name in list(stated) if name[0] == kpi.key}
        try:
            results = kpi.results(period)
        except NotInPackageError:
            tally.sensors += len(own)
            continue
        for found in results:
            wrong = _difference(found, own.pop((found.kpi, found.part), None), window)
            if wrong is None:
                tally.same += 1
            else:
                tally.differences.append(wrong)
        stated |= own
    tally.differences += [error("unknown_figure", FIGURES, figure=_title(*name), window=window) for name in stated]


def _title(kpi: str, part: str) -> str:
    return f"{kpi} {part}".strip()


def _difference(found: KpiResult, said: Said | None, window: str) -> Finding | None:
    """Return how a figure differs from what is stated of it."""
    where = {"figure": _title(found.kpi, found.part), "window": window}
    if said is None:
        return error("not_stated", FIGURES, **where)
    for name, stated, own in (
        ("value", said.value, found.value),
        ("coverage", said.coverage, found.coverage),
        ("uncertainty", said.uncertainty, found.uncertainty),
        ("unit", said.unit, found.unit),
        ("reason", said.reason, found.reason),
        ("category", said.category, found.category),
    ):
        if not _alike(stated, own):
            params = {"what": name, "stated": _shown(stated), "found": _shown(own)}
            return error("differs", FIGURES, **where, **params)
    return None


def _alike(one: float | str | None, other: float | str | None) -> bool:
    if isinstance(one, float | int) and isinstance(other, float | int):
        return math.isclose(one, other, rel_tol=TOLERANCE, abs_tol=1e-12)
    return one == other


def _shown(value: float | str | None) -> str:
    return "\u2013" if value is None or value == "" else clean(str(value))
