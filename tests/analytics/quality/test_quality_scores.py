"""The six dimensions of single series: what lowers each, and what leaves it unknown."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.quality import Dimension, quality_of_day
from analytics.quality.pace import MIXED, OWN, SITE_FILE, pace_of
from greendc.model import Quality, Reading, SeriesKey
from greendc.texts import LANGUAGES, t
from tests.analytics.memory_history import MemoryHistory
from tests.analytics.plant import HOUR, MINUTE, SITE, START
from tests.analytics.quality.quality_site import (
    DATE,
    DAY,
    END,
    TIMES,
    codes,
    judged,
    lively,
    probe,
    score,
    small_site,
)

ENV = "env-1"


def _well(history: MemoryHistory, devices: int = 4) -> list[str]:
    names = [f"env-{i + 1}" for i in range(devices)]
    for place, name in enumerate(names):
        history.add(probe(name), TIMES, [lively(i, 0.3 * place) for i in range(len(TIMES))])
    return names


def test_a_good_day() -> None:
    """Readings each minute as the site file asks are complete, plausible and in time; what nobody can tell is None."""
    history = MemoryHistory()
    day = judged(history, small_site(more=_well(history)))
    ratios = {rollup.dimension: rollup.mean for rollup in day.site_scores}
    assert ratios == {
        Dimension.CONFORMITY: 1.0,
        Dimension.COMPLETENESS: 1.0,
        Dimension.ACCURACY: 1.0,
        Dimension.CONSISTENCY: None,
        Dimension.TIMELINESS: 1.0,
        Dimension.ACCESSIBILITY: None,
    }
    assert score(day, probe(ENV), Dimension.CONSISTENCY).reason == "no_second_source"
    assert score(day, probe(ENV), Dimension.ACCESSIBILITY).reason == "no_catalogue"
    assert score(day, probe(ENV), Dimension.COMPLETENESS).basis["pace"] == SITE_FILE
    assert day.findings == ()
    assert day.over
    assert {"duplicates", "lateness"} <= set(day.not_evaluated)


def test_a_silent_afternoon() -> None:
    """A sensor that falls silent at noon is half complete and half in time, and is named with the time."""
    history = MemoryHistory()
    names = _well(history)
    history.add(probe("late"), TIMES[:720], [lively(i) for i in range(720)])
    day = judged(history, small_site(more=[*names, "late"]))
    assert score(day, probe("late"), Dimension.COMPLETENESS).ratio == pytest.approx(0.5, abs=0.01)
    timely = score(day, probe("late"), Dimension.TIMELINESS)
    assert timely.ratio == pytest.approx(0.5, abs=0.01)
    assert timely.basis["last_age_s"] == pytest.approx(12 * 3600, abs=61)
    assert codes(day) == {"silent_device": "late"}
    assert "11:59" in day.findings[0].text("en")
    (worst,) = [rollup for rollup in day.site_scores if rollup.dimension is Dimension.COMPLETENESS]
    assert worst.worst_at.startswith("late")
    assert worst.mean is not None
    assert worst.mean > 0.85


def test_a_gap_that_ended_and_a_device_never_heard_of() -> None:
    """A gap is told with both ends; a device of the site file without any series is told, too."""
    history = MemoryHistory()
    names = _well(history)
    kept = [i for i in range(len(TIMES)) if not 300 <= i < 420]
    history.add(probe("gappy"), [TIMES[i] for i in kept], [lively(i) for i in kept])
    day = judged(history, small_site(more=[*names, "gappy", "ghost"]))
    assert codes(day) == {"gap_device": "gappy", "never_heard": "ghost"}
    gap = next(finding for finding in day.findings if finding.code == "gap_device")
    assert (gap.start_ns, gap.end_ns) == (START + 299 * MINUTE, START + 420 * MINUTE)
    assert score(day, probe("gappy"), Dimension.COMPLETENESS).ratio == pytest.approx(22 / 24)


def test_readings_without_a_value() -> None:
    """A value out of range does not conform; one that was not there to be read does, and is missing."""
    history = MemoryHistory()
    names = _well(history)
    for device, reason in (("hot", "out_of_range"), ("mute", "no_answer")):
        history.write(
            [
                Reading(
                    time_ns=time_ns,
                    site=SITE,
                    device=device,
                    part="",
                    quantity="air_temperature_c",
                    value=None if i % 4 == 0 else lively(i),
                    quality=Quality.BAD if i % 4 == 0 else Quality.GOOD,
                    reason=reason if i % 4 == 0 else "",
                )
                for i, time_ns in enumerate(TIMES)
            ]
        )
    day = judged(history, small_site(more=[*names, "hot", "mute"]))
    assert score(day, probe("hot"), Dimension.CONFORMITY).ratio == pytest.approx(0.75)
    assert score(day, probe("mute"), Dimension.CONFORMITY).ratio == 1.0
    for device in ("hot", "mute"):
        assert score(day, probe(device), Dimension.COMPLETENESS).ratio == pytest.approx(0.75, abs=0.01)
    told = [finding.evidence("en") for finding in day.findings if finding.code == "without_value"]
    for code in ("out_of_range", "no_answer"):
        assert any(f"{t(f'collectors.reason.{code}', 'en')} (360)" in text for text in told)
    assert "out_of_range" in codes(day)


def test_a_stuck_sensor_among_peers() -> None:
    """A sensor that stands still for a whole day while its peers move is stuck, and so is one that stops halfway."""
    history = MemoryHistory()
    names = _well(history)
    history.add(probe("frozen"), TIMES, [21.3] * len(TIMES))
    history.add(probe("stops"), TIMES, [lively(min(i, 720)) for i in range(len(TIMES))])
    day = judged(history, small_site(more=[*names, "frozen", "stops"]))
    assert score(day, probe("frozen"), Dimension.ACCURACY).ratio == 0.0
    assert score(day, probe("stops"), Dimension.ACCURACY).ratio == pytest.approx(0.5, abs=0.02)
    assert score(day, probe(ENV), Dimension.ACCURACY).ratio == 1.0
    assert {finding.device for finding in day.findings if finding.code == "stuck"} == {"frozen", "stops"}


def test_a_lone_steady_sensor_is_not_blamed() -> None:
    """Without peers and without any movement nothing tells whether a sensor is stuck."""
    history = MemoryHistory()
    history.add(probe(ENV), TIMES, [21.3] * len(TIMES))
    assert judged(history, small_site(more=[ENV])).findings == ()


def test_a_register_that_falls() -> None:
    """A register that starts again is inconsistent once, and the finding says when and from what to what."""
    history = MemoryHistory()
    key = SeriesKey(SITE, "meter", "", "active_energy_j")
    history.add(key, TIMES, [5e9 + i * 6e4 if i < 720 else (i - 720) * 6e4 for i in range(len(TIMES))])
    day = judged(history, small_site(more=["meter"]))
    found = score(day, key, Dimension.CONSISTENCY)
    assert found.ratio == pytest.approx(95 / 96)
    assert found.reason == "falls"
    reset = next(finding for finding in day.findings if finding.code == "counter_reset")
    assert "12:00" in reset.evidence("en")


@pytest.mark.parametrize(
    ("factor", "code"), [(1000.0, "unit_register"), (1 / 3600.0, "unit_register"), (1.3, "register_and_rate")]
)
def test_a_register_in_another_unit_than_its_power(factor: float, code: str) -> None:
    """A register that moves a thousand times too fast is a mistake of units; 30 % too fast is another fault."""
    history = MemoryHistory()
    key = SeriesKey(SITE, "meter", "", "active_energy_j")
    history.add(key, TIMES, [1e9 + i * 60.0 * 5000.0 * factor for i in range(len(TIMES))])
    history.add(SeriesKey(SITE, "meter", "", "active_power_w"), TIMES, [5000.0] * len(TIMES))
    day = judged(history, small_site(more=["meter"]))
    assert codes(day) == {code: key.label()}
    found = score(day, key, Dimension.CONSISTENCY)
    assert found.ratio == 0.0
    assert found.basis["ratio"] == pytest.approx(factor, rel=1e-3)


def test_a_temperature_in_tenths() -> None:
    """A probe that shows ten times what its peers show has a mistake of units."""
    history = MemoryHistory()
    names = _well(history)
    history.add(probe("tenths"), TIMES, [10.0 * lively(i) for i in range(len(TIMES))])
    assert codes(judged(history, small_site(more=[*names, "tenths"])))["unit_peers"].startswith("tenths")


def test_a_device_that_nobody_listed() -> None:
    """What the site file does not list conforms to nothing, and is told as such; it has its own pace."""
    history = MemoryHistory()
    history.add(probe("stranger"), TIMES[::5], [lively(i) for i in range(0, len(TIMES), 5)])
    day = judged(history, small_site())
    found = score(day, probe("stranger"), Dimension.CONFORMITY)
    assert (found.ratio, found.reason) == (0.0, "unlisted_device")
    complete = score(day, probe("stranger"), Dimension.COMPLETENESS)
    assert (complete.ratio, complete.basis["pace"], complete.basis["interval_s"]) == (1.0, OWN, 300.0)
    assert codes(day) == {"unlisted_device": "stranger"}


def test_backfilled_history_has_its_own_pace() -> None:
    """Readings each 5 min of a device that is asked each minute are complete, and the score says by which pace."""
    history = MemoryHistory()
    history.add(probe(ENV), TIMES[::5], [lively(i) for i in range(0, len(TIMES), 5)])
    day = judged(history, small_site(more=[ENV]))
    complete = score(day, probe(ENV), Dimension.COMPLETENESS)
    assert (complete.ratio, complete.basis["pace"]) == (1.0, OWN)
    assert codes(day) == {"slow_pace": ENV}


def test_a_late_poll_is_not_a_lost_one() -> None:
    """A reading that slips into the next step is not missing; one of three that never came is."""
    history = MemoryHistory()
    site = small_site(more=("slips", "loses"))
    site = msgspec.structs.replace(
        site, devices=[msgspec.structs.replace(device, interval_s=300.0) for device in site.devices]
    )
    slow = list(range(0, len(TIMES), 5))
    history.add(probe("slips"), [TIMES[i] + (11 * MINUTE // 2 if i == 355 else 0) for i in slow], [20.0] * len(slow))
    slips = [TIMES[i] + (5 * MINUTE if i % 100 == 10 else 0) for i in slow if i % 100 != 15]
    history.add(probe("loses"), slips, [20.0] * len(slips))
    day = judged(history, site)
    assert score(day, probe("slips"), Dimension.COMPLETENESS).ratio == 1.0
    lost = score(day, probe("loses"), Dimension.COMPLETENESS)
    assert lost.ratio == pytest.approx(1.0 - 15 / 288)


def test_many_devices_at_one_pace_are_told_once() -> None:
    """A site whose history was filled at one pace has one note of it, not one for each device."""
    history = MemoryHistory()
    names = [f"env-{i}" for i in range(6)]
    for name in names:
        history.add(probe(name), TIMES[::5], [lively(i) for i in range(0, len(TIMES), 5)])
    assert codes(judged(history, small_site(more=names))) == {"slow_pace_many": SITE}


def test_a_catalogue_makes_accessibility_known() -> None:
    """With a catalogue a series is accessible or not; the day that has begun counts until now only."""
    history = MemoryHistory()
    site = small_site(more=_well(history))
    day = quality_of_day(history, site, DATE, START + 6 * HOUR + MINUTE, catalogued={probe(ENV)})
    assert score(day, probe(ENV), Dimension.ACCESSIBILITY).ratio == 1.0
    assert score(day, probe("env-2"), Dimension.ACCESSIBILITY).ratio == 0.0
    assert (day.over, day.until_ns) == (False, START + 6 * HOUR)
    assert score(day, probe(ENV), Dimension.COMPLETENESS).ratio == 1.0


def test_days_without_data() -> None:
    """A day before the first reading has no series; a whole silent day in between is incomplete, not unknown."""
    history = MemoryHistory()
    history.add(probe(ENV), [time_ns - DAY for time_ns in TIMES[:1440]], [lively(i) for i in range(1440)])
    site = small_site(more=[ENV])
    silent = judged(history, site)
    assert score(silent, probe(ENV), Dimension.COMPLETENESS).ratio == 0.0
    assert score(silent, probe(ENV), Dimension.ACCURACY).ratio is None
    assert codes(silent) == {"silent_device": ENV}
    later = MemoryHistory()
    later.add(probe(ENV), [END + MINUTE], [20.0])
    assert judged(later, site).series == ()


def test_every_finding_reads_well_in_both_languages() -> None:
    """Texts, evidence and cures of findings have all their parameters in both languages."""
    history = MemoryHistory()
    names = _well(history)
    history.add(probe("frozen"), TIMES, [21.3] * len(TIMES))
    history.add(probe("late"), TIMES[:720], [lively(i) for i in range(720)])
    history.add(probe("slow"), TIMES[::5], [lively(i) for i in range(0, len(TIMES), 5)])
    day = judged(history, small_site(more=[*names, "frozen", "late", "slow", "ghost"]))
    assert len(day.findings) == 4
    for finding in day.findings:
        for lang in LANGUAGES:
            assert all((finding.text(lang), finding.evidence(lang), finding.cure(lang)))


@settings(max_examples=60, deadline=None)
@given(lost=st.floats(0.05, 0.9), seed=st.integers(0, 999), asked=st.sampled_from([5.0, 10.0, 60.0]))
def test_loss_at_random_is_never_taken_for_a_pace(lost: float, seed: int, asked: float) -> None:
    """Whatever share of readings is lost at random, the site file's interval stays what is expected."""
    wanted = round(900 / asked)
    count = np.random.default_rng(seed).binomial(wanted, 1.0 - lost, 96).astype(np.int64)
    assert pace_of(asked, count).source == SITE_FILE


def test_a_day_that_was_filled_in_part() -> None:
    """Steps at the backfill's pace are judged by it, the live ones and the silent ones after them by the site file."""
    count = np.array([15] * 30 + [180] * 60 + [0] * 6, dtype=np.int64)
    pace = pace_of(5.0, count)
    assert pace.source == MIXED
    assert pace.expected.tolist() == [15.0] * 30 + [180.0] * 66
    assert msgspec.structs.asdict(pace)["asked_s"] == 5.0
