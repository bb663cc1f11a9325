"""Scenario files are read, and what is wrong with one is said where it is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greendc.errors import ConfigError
from greendc.texts import LANGUAGES
from greendc.toml_source import TomlSource
from simulators.scenarios.kinds import KINDS
from simulators.scenarios.scenario_file import Run, library, load_scenario, read_scenario, seconds_of
from tests.simulators.scenarios.small_plant import START_S, targets

if TYPE_CHECKING:
    from pathlib import Path

    from greendc.errors import Problem
    from simulators.scenarios.timeline import Timeline

DAY_S = 86_400.0
RUN = Run(start_s=START_S, end_s=START_S + 2 * DAY_S)
HEAD = 'schema = 1\nname = "x"\n'


def load(events: str) -> tuple[Timeline | None, list[Problem]]:
    """Read events behind a head of two lines."""
    return load_scenario(TomlSource("x.toml", HEAD + events), targets(), RUN)


def test_an_event_is_read() -> None:
    """Offsets count from the start, a severity left out is the usual one."""
    text = '[[events]]\nkind = "recirculation"\ntarget = "r04"\nat = "2h 30m"\nduration = "1d"\nramp = "90 s"\n'
    timeline, problems = load(text)
    assert timeline is not None
    assert not problems
    (event,) = timeline.events
    assert event.span.onset_s == START_S + 9000.0
    assert event.span.end_s == START_S + 9000.0 + DAY_S
    assert event.span.ramp_s == 90.0
    assert event.severity == 0.22
    assert [one.place.racks for one in timeline.disturbances("room")] == [(3,)]
    assert not timeline.disturbances("edge-01")


@pytest.mark.parametrize("at", ['"2026-05-29T12:00:00+08:00"', "2026-05-29T04:00:00Z"])
def test_a_moment_is_absolute(at: str) -> None:
    """A time with its zone stands for itself, with quotes and without."""
    timeline, problems = load(f'[[events]]\nkind = "grid_outage"\nat = {at}\nduration = "5m"\n')
    assert not problems
    assert timeline is not None
    assert timeline.events[0].span.onset_s == 1_780_027_200.0


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90.0), ("2h 30m", 9000.0), ("1d", DAY_S), ("1.5 h", 5400.0), ("1w", 7 * DAY_S), ("10 min", 600.0)],
)
def test_lengths_of_time(text: str, seconds: float) -> None:
    """Numbers with s, m, min, h, d or w, one behind the other."""
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["", "h", "5", "2 hours", "-1h", "1h x"])
def test_what_is_no_length_of_time(text: str) -> None:
    """Anything else is none."""
    assert seconds_of(text) is None


FAN = '[[events]]\nkind = "fan_failure"\ntarget = "crah-2"\n'
PROBE = '[[events]]\nkind = "{kind}"\ntarget = "env-r02"\nat = "1h"\n'


@pytest.mark.parametrize(
    ("events", "place", "said"),
    [
        ('[[events]]\nkind = "fan_failur"\nat = "0s"\n', "x.toml:4:1", "Did you mean fan_failure"),
        ('[[events]]\nkind = "fan_failure"\ntarget = "crah-9"\nat = "0s"\n', "x.toml:5:1", "crah-1, crah-2, crah-3"),
        ('[[events]]\nkind = "recirculation"\nat = "0s"\n', "x.toml:3:1", "r01, r02, r03, r04"),
        ('[[events]]\nkind = "coil_fouling"\ntarget = "edge-01/crah-3"\nat = "0s"\n', "x.toml:5:1", "edge-01/crah-1"),
        (FAN + 'at = "0s"\nseverity = 1.5\n', "x.toml:7:1", "between 0.01 and 1"),
        (FAN + 'at = "0s"\nsevrity = 1.5\n', "x.toml:7:1", 'Unknown key "sevrity"'),
        (FAN, "x.toml:3:1", '"at" is missing'),
        (FAN + 'at = "soon"\n', "x.toml:6:1", "Write the time from the scenario's start"),
        (FAN + 'at = "2026-05-29T12:00:00"\n', "x.toml:6:1", "a moment with its zone"),
        (FAN + 'at = "3d"\n', "x.toml:6:1", "outside the run from 2026-05-28T20:26:40.000Z to 2026-05-30T20:26:40"),
        (FAN + 'at = "99999999999d"\n', "x.toml:6:1", "begins at 9999-12-30"),
        (FAN + f'at = "{"9" * 400}d"\n', "x.toml:6:1", "begins at 9999-12-30"),
        (FAN + "at = 0001-01-01T00:00:00+14:00\n", "x.toml:6:1", "begins at 1-01-02"),
        (FAN + f'at = "{"x" * 900}"\n', "x.toml:6:1", f'"{"x" * 60}" is no time'),
        (FAN + 'at = "1h"\nduration = "long"\n', "x.toml:7:1", 'Write "90s", "2h 30m" or "1d"'),
        (FAN + 'at = "1h"\nduration = "1h"\nramp = "2h"\n', "x.toml:8:1", "longer than what it leads to"),
        (FAN + 'at = "1h"\nevery = "1d"\n', "x.toml:7:1", "every and each stand together"),
        (FAN + 'at = "1h"\nevery = "1d"\neach = "1d"\n', "x.toml:8:1", "each is shorter than every"),
        ('[[events]]\nkind = "grid_outage"\nat = "1h"\nramp = "1h"\n', "x.toml:6:1", "happens at once"),
        ('[[events]]\nkind = "grid_outage"\nat = "1h"\nseverity = 1\n', "x.toml:6:1", "has no severity"),
        (FAN + 'at = "1h"\npart = "x"\n', "x.toml:7:1", 'takes no "part"'),
        (PROBE.format(kind="sensor_stuck") + 'part = "remote/9"\n', "x.toml:7:1", "remote/1"),
        (PROBE.format(kind="sensor_stuck") + 'quantity = "air_temperatur_c"\n', "x.toml:7:1", "air_temperature_c"),
        (PROBE.format(kind="meter_reset"), "x.toml:5:1", "can meet nothing there"),
        (PROBE.format(kind="sensors_swapped") + 'part = "remote/1"\n', "x.toml:3:1", "needs part, another other_part"),
        ('[[events]]\nkind = "device_offline"\ntarget = "env-r2"\nat = "1h"\n', "x.toml:5:1", "env-r02"),
        ('[[events]]\nkind = "mqtt_cut"\ntarget = "edge-1"\nat = "1h"\n', "x.toml:5:1", "edge-01"),
        ("surprise = 1\n", "x.toml:3:1", 'Unknown key "surprise"'),
        ("[[events]\n", "x.toml:3:", "This is not TOML"),
    ],
)
def test_what_is_wrong_is_said_in_its_place(events: str, place: str, said: str) -> None:
    """Each problem names file, line and column, what is wrong, and the bounds or known names, in both languages."""
    try:
        timeline, problems = load(events)
    except ConfigError as error:
        timeline, problems = None, list(error.problems)
    assert timeline is None or not timeline.events
    (problem,) = problems
    assert problem.level == "error"
    sentence = problem.sentence("en")
    assert sentence.startswith(place), sentence
    assert said in sentence, sentence
    assert all(problem.sentence(lang) for lang in LANGUAGES)


def test_all_problems_are_said_at_once() -> None:
    """Two wrong events give two problems, and the right one between them is read."""
    wrong = '[[events]]\nkind = "fan_failure"\ntarget = "crah-9"\nat = "0s"\n'
    timeline, problems = load(wrong + FAN + 'at = "1h"\n' + wrong)
    assert [problem.line for problem in problems] == [5, 13]
    assert timeline is not None
    assert [event.target for event in timeline.events] == ["crah-2"]


@pytest.mark.parametrize(
    ("second", "lines"),
    [
        ('kind = "economiser_stuck_open"\nat = "2h"\n', [7]),
        ('kind = "economiser_stuck_open"\nat = "6h"\n', []),
        ('kind = "economiser_stuck_open"\ntarget = "edge-01"\nat = "2h"\n', []),
        ('kind = "economiser_stuck_closed"\nat = "2h"\n', [7]),
        ('kind = "pump_wear"\nat = "2h"\n', []),
    ],
)
def test_a_contradiction_is_a_warning(second: str, lines: list[int]) -> None:
    """Two events that set the same lever at the same time in the same place; the scenario is read all the same."""
    first = '[[events]]\nkind = "economiser_stuck_closed"\nat = "1h"\nduration = "4h"\n'
    timeline, problems = load(f"{first}[[events]]\n{second}")
    assert timeline is not None
    assert len(timeline.events) == 2
    assert [p.line for p in problems if p.level == "warning"] == [p.line for p in problems] == lines


def test_an_event_that_outlasts_the_run_is_a_warning() -> None:
    """It is cut off by the end of the run; one without a duration lasts as long as the run and is no problem."""
    _, problems = load(FAN + 'at = "1d"\nduration = "3d"\n')
    assert [(p.level, p.line) for p in problems] == [("warning", 7)]


def test_many_devices_at_once() -> None:
    """Devices and nodes stand in lists or are all meant; a wrong one is named."""
    text = '[[events]]\nkind = "device_offline"\ntarget = "{}"\nat = "1h"\n'
    for target, names in (("all", ("env-r02", "meter-main")), ("meter-main, env-r02", ("meter-main", "env-r02"))):
        timeline, problems = load(text.format(target))
        assert problems == []
        assert timeline is not None
        assert timeline.events[0].names == names
    _, problems = load(text.format("meter-main, env-r99"))
    assert [problem.sentence("en") for problem in problems] == [
        'x.toml:5:1  error  events[0].target  There is no device "env-r99". Did you mean env-r02?'
    ]


WORDS = st.sampled_from(
    ["", "all", "r04", "env-r02", "crah-1", "room", "edge-01", "edge-01/r01/1/a", "remote/1", "1h", "2 d", "/"]
)


@given(
    st.dictionaries(
        st.sampled_from(
            ["kind", "target", "at", "duration", "ramp", "every", "each", "part", "quantity", "other_part", "x"]
        ),
        WORDS | st.sampled_from(list(KINDS)) | st.text(max_size=8) | st.integers() | st.floats(),
        max_size=9,
    ),
    st.sampled_from(list(KINDS)),
    st.floats() | st.none(),
)
def test_whatever_is_written_is_read_or_refused(event: dict[str, object], kind: str, severity: float | None) -> None:
    """No event crashes the reader: it is read, or there is an error that can be said in both languages."""
    source = TomlSource("x.toml", HEAD)
    extra = {} if severity is None else {"severity": severity}
    source.data["events"] = [{"kind": kind, "at": "0s", **extra, **event}]
    timeline, problems = load_scenario(source, targets(), RUN)
    assert timeline is not None
    errors = [problem for problem in problems if problem.level == "error"]
    assert bool(errors) != bool(timeline.events)
    assert all(problem.sentence(lang) for problem in problems for lang in LANGUAGES)


def test_scenarios_are_found_by_name_and_by_path(tmp_path: Path) -> None:
    """The library has a name for each of its files; a path is read; anything else is refused with the names."""
    timeline, problems = read_scenario("recirculation", targets(), Run(start_s=START_S))
    assert (timeline.name, len(timeline.events), problems) == ("recirculation", 1, [])
    own = tmp_path / "own.toml"
    own.write_text(HEAD, "utf-8")
    assert read_scenario(str(own), targets(), RUN)[0].events == ()
    with pytest.raises(ConfigError, match="bad-week"):
        read_scenario("nothing", targets(), RUN)
    with pytest.raises(ConfigError, match="no such file"):
        read_scenario(str(tmp_path / "gone.toml"), targets(), RUN)
    assert {"bad-week", "cooling-faults", "measures", "network-troubles", "sensor-faults"} <= set(library())
