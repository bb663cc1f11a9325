"""Scenario files: reading them, and saying precisely what is wrong with one."""

from __future__ import annotations

import datetime as dt
import difflib
import math
import re
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from greendc.clock import iso
from greendc.errors import ConfigError, Problem, without_errors
from greendc.toml_source import TomlSource
from greendc.units import NS_PER_SECOND, to_stored
from simulators.scenarios.event import Event
from simulators.scenarios.kind import EventClass
from simulators.scenarios.kinds import KINDS
from simulators.scenarios.span import Span
from simulators.scenarios.targets import ALL, Scope
from simulators.scenarios.timeline import Timeline, met_by

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    from simulators.scenarios.kind import Kind
    from simulators.scenarios.targets import Place, Targets

SCHEMA = 1
LONGEST_SAID = 60
EXAMPLES = 8
"""So many known targets are named when one is not known."""

_FIRST_S = dt.datetime(1, 1, 2, tzinfo=dt.UTC).timestamp()
_LAST_S = dt.datetime(9999, 12, 30, tzinfo=dt.UTC).timestamp()
_UNITS = {"s": "s", "m": "min", "min": "min", "h": "h"}
_DAYS = {"d": 1, "w": 7}
_TIME = re.compile(r"\s*(?:\d+(?:\.\d+)?\s*(?:min|[smhdw])\s*)+")
_PIECE = re.compile(r"(\d+(?:\.\d+)?)\s*(min|[smhdw])")


class _Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One ``[[events]]`` as a person writes it."""

    kind: str
    target: str = ""
    at: object
    duration: str = ""
    ramp: str = ""
    every: str = ""
    each: str = ""
    severity: float | None = None
    part: str | None = None
    quantity: str = ""
    other_part: str = ""


class _Head(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    schema: int
    name: str
    title_zh: str = ""
    title_en: str = ""
    events: list[object] = []


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """When a scenario is played [s since 1970], and where its chance comes from."""

    start_s: float
    end_s: float = math.inf
    seed: int = 1


def library() -> dict[str, Traversable]:
    """Return the scenarios that come with the package, by name."""
    entries = files("simulators.scenarios").joinpath("library").iterdir()
    found = {entry.name.removesuffix(".toml"): entry for entry in entries if entry.name.endswith(".toml")}
    return dict(sorted(found.items()))


def read_scenario(wanted: str, targets: Targets, run: Run) -> tuple[Timeline, list[Problem]]:
    """Read a scenario by its name in the library or by its path; also return what is worth a warning.

    Raises:
        ConfigError: with every problem found, each at its line and column.
    """
    source = _source(wanted)
    timeline, problems = load_scenario(source, targets, run)
    found = without_errors(timeline, problems)
    return found, [problem for problem in problems if problem.level != "error"]


def load_scenario(source: TomlSource, targets: Targets, run: Run) -> tuple[Timeline | None, list[Problem]]:
    """Return the scenario as it happens in a run, or None, and all problems, warnings among them."""
    problems: list[Problem] = []
    head = source.convert(source.data, _Head, "", problems)
    if head is None:
        return None, problems
    if head.schema != SCHEMA:
        problems.append(source.problem("schema", "errors.schema", found=str(head.schema), known=str(SCHEMA)))
    events: list[Event] = []
    for i, value in enumerate(head.events):
        reader = _EventReader(source, f"events[{i}]", targets, run, problems)
        event = reader.read(value, number=i + 1)
        if event is not None:
            _warn_of_overlap(source, event, events, problems)
            events.append(event)
    timeline = Timeline(
        name=head.name, title_zh=head.title_zh, title_en=head.title_en, events=tuple(events), seed=run.seed
    )
    return timeline, problems


def seconds_of(text: str) -> float | None:
    """Return the seconds of a time such as ``2h 30m``, ``1d`` or ``90 s``; None when it is none."""
    if not _TIME.fullmatch(text):
        return None
    pieces = [(float(number), unit) for number, unit in _PIECE.findall(text)]
    return sum(to_stored(n * 24 * _DAYS[u], "h") if u in _DAYS else to_stored(n, _UNITS[u]) for n, u in pieces)


def _source(wanted: str) -> TomlSource:
    known = library()
    if wanted in known:
        return TomlSource(wanted, known[wanted].read_text("utf-8"))
    path = Path(wanted)
    if path.suffix or path.exists():
        return TomlSource.read(path)
    raise ConfigError.single(
        "scenario.unknown_scenario", hint="scenario.known", name=wanted, known=", ".join(known), near=""
    )


class _EventReader:
    """Reads one event and notes what is wrong with it."""

    def __init__(self, source: TomlSource, path: str, targets: Targets, run: Run, problems: list[Problem]) -> None:
        self._source = source
        self._path = path
        self._targets = targets
        self._run = run
        self._problems = problems

    def read(self, value: object, number: int) -> Event | None:
        """Return the event, or None after noting what is wrong."""
        before = len(self._problems)
        entry = self._source.convert(value, _Entry, self._path, self._problems)
        if entry is None:
            return None
        kind = KINDS.get(entry.kind)
        if kind is None:
            self._unknown("kind", "scenario.unknown_kind", entry.kind, list(KINDS))
            return None
        target = self._target(entry, kind)
        severity = self._severity(entry, kind)
        span = self._span(entry, kind)
        if kind.event_class is EventClass.SENSOR and target is not None:
            for name in target[1]:
                self._check_series(entry, kind, name)
        self._check_unused(entry, kind)
        if span is None or severity is None or target is None or len(self._problems) > before + self._warnings(before):
            return None
        return Event(
            number=number,
            kind_name=kind.name,
            target=entry.target or (target[0].plant if target[0] is not None else ""),
            span=span,
            severity=severity,
            place=target[0],
            names=target[1],
            part=entry.part,
            quantity=entry.quantity,
            other_part=entry.other_part,
        )

    def _warnings(self, before: int) -> int:
        return sum(problem.level != "error" for problem in self._problems[before:])

    def _say(self, field: str, text: str, hint: str = "", level: str = "error", /, **params: str) -> None:
        self._problems.append(self._source.problem(f"{self._path}.{field}", text, hint, level, **params))

    def _unknown(self, key: str, text: str, name: str, known: list[str]) -> None:
        near = ", ".join(sorted(difflib.get_close_matches(name, known, n=3, cutoff=0.5), key=known.index))
        some = ", ".join(known[:EXAMPLES]) + (", …" if len(known) > EXAMPLES else "")
        hint = "scenario.near" if near else "scenario.known" if known else "scenario.none_known"
        self._say(key, text, hint, name=name, near=near, known=some)

    def _target(self, entry: _Entry, kind: Kind) -> tuple[Place | None, tuple[str, ...]] | None:
        """Return the place in a plant, or the names of devices or nodes; None when there is no such target."""
        known = self._targets.known(kind.scope)
        if kind.scope not in {Scope.SENSOR, Scope.DEVICE, Scope.NODE}:
            place = self._targets.place(kind.scope, entry.target)
            if place is not None:
                return place, ()
            self._unknown("target", f"scenario.unknown_{kind.scope}", entry.target, [*known, ALL])
            return None
        names = known if entry.target == ALL else [name.strip() for name in entry.target.split(",")]
        wrong = [name for name in names if name not in known]
        if not wrong and names:
            return None, tuple(names)
        self._unknown("target", f"scenario.unknown_{kind.scope}", ", ".join(wrong) or entry.target, known)
        return None

    def _severity(self, entry: _Entry, kind: Kind) -> float | None:
        if kind.severity is None:
            if entry.severity is None:
                return 0.0
            self._say("severity", "scenario.no_severity", kind=kind.name)
            return None
        if entry.severity is None:
            return kind.severity.usual
        if not kind.severity.low <= entry.severity <= kind.severity.high:
            low, high = f"{kind.severity.low:g}", f"{kind.severity.high:g}"
            self._say(
                "severity",
                "scenario.severity_bounds",
                "scenario.severity_hint",
                found=f"{entry.severity:g}",
                low=low,
                high=high,
                unit=kind.severity.unit,
                meaning=kind.name,
                usual=f"{kind.severity.usual:g}",
            )
            return None
        return entry.severity

    def _span(self, entry: _Entry, kind: Kind) -> Span | None:
        onset_s = self._onset_s(entry.at)
        names = ("duration", "ramp", "every", "each")
        lengths = {name: self._length_s(name, getattr(entry, name)) for name in names if getattr(entry, name)}
        if onset_s is None or None in lengths.values():
            return None
        found = {name: length for name, length in lengths.items() if length is not None}
        end_s = onset_s + found.get("duration", math.inf)
        if "ramp" in found and not kind.may_ramp:
            self._say("ramp", "scenario.no_ramp", kind=kind.name)
        if ("every" in found) != ("each" in found):
            self._say("every" if "every" in found else "each", "scenario.every_and_each")
        elif "every" in found and found["each"] >= found["every"]:
            self._say("each", "scenario.each_too_long")
        if found.get("ramp", 0.0) > min(found.get("duration", math.inf), found.get("each", math.inf)):
            self._say("ramp", "scenario.ramp_too_long")
        self._check_in_run(onset_s, end_s)
        return Span(
            onset_s=onset_s,
            end_s=end_s,
            ramp_s=found.get("ramp", 0.0),
            every_s=found.get("every", 0.0),
            each_s=found.get("each", math.inf),
        )

    def _check_in_run(self, onset_s: float, end_s: float) -> None:
        run = self._run
        period = {"start": _iso(run.start_s), "end": _iso(run.end_s) if run.end_s < math.inf else "…"}
        if not run.start_s <= onset_s < run.end_s:
            self._say("at", "scenario.beyond_run", "scenario.beyond_run_hint", at=_iso(onset_s), **period)
        elif run.end_s < end_s < math.inf:
            self._say("duration", "scenario.longer_than_run", "", "warning", at=_iso(end_s), **period)

    def _onset_s(self, at: object) -> float | None:
        if isinstance(at, str):
            offset_s = seconds_of(at)
            if offset_s is not None:
                return self._run.start_s + offset_s
        moment = at if isinstance(at, dt.datetime) else _moment(str(at))
        if moment is None or moment.tzinfo is None:
            self._say("at", "scenario.bad_at", "scenario.at_hint", text=str(at)[:LONGEST_SAID])
            return None
        return moment.timestamp()

    def _length_s(self, key: str, text: str) -> float | None:
        seconds = seconds_of(text)
        if not seconds:
            self._say(key, "scenario.bad_length", "scenario.length_hint", text=text)
            return None
        return seconds

    def _check_series(self, entry: _Entry, kind: Kind, device: str) -> None:
        """Note a part or quantity that the device lacks, and a device with nothing that the kind can meet."""
        if kind.pair and (entry.part is None or not entry.quantity or entry.part == entry.other_part):
            self._say("other_part", "scenario.pair", kind=kind.name)
            return
        series = (self._targets.narrow if kind.wraps else self._targets.devices)[device]
        parts = sorted({part for part, _ in series})
        for key, part in (("part", entry.part), ("other_part", entry.other_part)):
            if part is not None and part not in parts and (key == "part" or kind.pair):
                self._unknown(key, "scenario.unknown_part", part, parts)
                return
        if entry.quantity and entry.quantity not in {name for _, name in series}:
            self._unknown("quantity", "scenario.unknown_quantity", entry.quantity, sorted({n for _, n in series}))
            return
        probe = Event(
            number=0,
            kind_name=kind.name,
            target=device,
            span=Span(onset_s=0.0),
            part=entry.part,
            quantity=entry.quantity,
            other_part=entry.other_part,
        )
        if not any(met_by(probe, part, name) for part, name in series):
            known = sorted({name for _, name in series if kind.fits is not None and kind.fits(name)})
            self._unknown("quantity" if entry.quantity else "target", "scenario.nothing_to_meet", kind.name, known)

    def _check_unused(self, entry: _Entry, kind: Kind) -> None:
        for key in ("part", "quantity", "other_part"):
            value = getattr(entry, key)
            if value and (kind.event_class is not EventClass.SENSOR or (key == "other_part" and not kind.pair)):
                self._say(key, "scenario.not_for_kind", field=key, kind=kind.name)


def _moment(text: str) -> dt.datetime | None:
    try:
        return dt.datetime.fromisoformat(text)
    except ValueError:
        return None


def _iso(time_s: float) -> str:
    """Return a time for people; beyond the years of a calendar, the first or the last that it has."""
    return iso(round(min(max(time_s, _FIRST_S), _LAST_S) * NS_PER_SECOND))


def _warn_of_overlap(source: TomlSource, event: Event, earlier: list[Event], problems: list[Problem]) -> None:
    """Warn of an event that overrules, or is overruled by, one that holds at the same time in the same place."""
    other = next((one for one in earlier if _contradict(one, event)), None)
    if other is None:
        return
    path = f"events[{event.number - 1}]"
    line, _ = source.place(f"events[{other.number - 1}]")
    problems.append(
        source.problem(
            path,
            "scenario.overlap",
            "scenario.overlap_hint",
            "warning",
            kind=event.kind_name,
            other=other.kind_name,
            line=str(line),
        )
    )


def _contradict(one: Event, other: Event) -> bool:
    if not one.span.overlaps(other.span):
        return False
    if one.place is None or other.place is None:
        same = (one.kind_name, one.part, one.quantity) == (other.kind_name, other.part, other.quantity)
        return same and bool(set(one.names) & set(other.names))
    mine, theirs = one.kind.move, other.kind.move
    if mine is None or theirs is None or not set(mine.levers) & set(theirs.levers):
        return False
    return (mine.sets or theirs.sets or one.kind_name == other.kind_name) and one.place.shares(other.place)
