"""Why an alarm stands, as it is kept and as it is read."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.alarms.explanation import (
    DETECTOR,
    SENSOR,
    TERM,
    Change,
    Explanation,
    Peers,
    Share,
    Similar,
    shares_of,
)
from analytics.detection.finding import BOTH, HIGH, LOW, NONE, Finding
from greendc.model import SeriesKey

FULL = Explanation(
    series="crah-1 supply_air_temperature_c",
    value=24.3,
    unit="Cel",
    expected=20.1,
    low=19.4,
    high=20.8,
    level=0.99,
    one_in=24_310.0,
    held_s=1500.0,
    shares=(
        *shares_of(DETECTOR, {"level": 3.0, "residual": 1.0}),
        *shares_of(SENSOR, {"crah-1": 2.0, "crah-2": 2.0}),
        *shares_of(TERM, {"load": 3100.0, "unexplained": -5200.0}, "W"),
    ),
    peers=Peers(median=20.2, count=3),
    similar=Similar(alarm_id="learned/crah-1", time_ns=1, verdict="real"),
    change=Change(time_ns=1, before=20.1, after=24.2, cost_kwh_day=12.4),
    data_quality="good",
    provisional=True,
    model="detector 1",
)


@pytest.mark.parametrize(("lang", "words"), [("zh", "crah-1 · 送风温度"), ("en", "crah-1 · Supply air temperature")])
def test_a_series_is_named_in_the_reader_s_language(lang: str, words: str) -> None:
    """In the sentence and among the sensors; a name that is no series stays as it is."""
    told = msgspec.structs.replace(FULL, shares=shares_of(SENSOR, {"crah-1 supply_air_temperature_c": 2.0, "x y": 1.0}))
    said = told.sentence(lang)
    assert said.count(words) == 2
    assert "_c" not in said
    assert "x y" in said


@given(parts=st.dictionaries(st.text(min_size=1, max_size=5), st.floats(-1e9, 1e9), max_size=8))
def test_shares_of_one_kind_sum_to_one(parts: dict[str, float]) -> None:
    """Whatever the parts are, their shares sum to 1 and can stand in an explanation; parts of 0 have none."""
    shares = shares_of(TERM, parts, "W")
    kept = Explanation(shares=shares)
    assert not kept.shares or sum(share.ratio for share in kept.shares) == pytest.approx(1.0)
    assert all(share.value for share in shares)


def test_shares_that_do_not_sum_to_one_are_refused() -> None:
    """Also when they are read back from a ledger."""
    wrong = Share(kind=SENSOR, name="a", ratio=0.4)
    with pytest.raises(ValueError, match="sum to"):
        Explanation(shares=(wrong,))
    text = msgspec.json.encode(FULL).replace(b'"ratio":0.75', b'"ratio":0.80')
    with pytest.raises(msgspec.ValidationError, match="sum to"):
        msgspec.json.decode(text, type=Explanation)


def test_a_band_upside_down_is_refused() -> None:
    """A lower edge above the upper one is nobody's band."""
    with pytest.raises(ValueError, match="upside down"):
        Explanation(low=2.0, high=1.0)


def test_the_sentence_says_what_is_kept_in_both_languages() -> None:
    """Value, band, rarity, duration, shares, peers, change, past episode and doubts stand in it."""
    english, chinese = FULL.sentence("en"), FULL.sentence("zh")
    for text in (english, chinese):
        for said in ("24.3", "20.1", "19.4", "20.8", "99", "20\u202f000", "25", "75", "learned/crah-1", "12.4", "5.20"):
            assert said in text
    assert "Provisional" in english
    assert "real" in english
    assert "暂定" in chinese
    assert "属实" in chinese


def test_a_fall_of_power_is_told_as_less_not_as_a_negative_cost() -> None:
    """Nobody reads "costs -12 kWh"."""
    fallen = msgspec.structs.replace(FULL, change=Change(time_ns=1, before=24.2, after=20.1, cost_kwh_day=-12.4))
    assert "12.4 kWh a day less" in fallen.sentence("en")
    assert "每天少用 12.4 kWh" in fallen.sentence("zh")


def test_what_is_not_known_is_left_out() -> None:
    """An empty explanation is no sentence; one without a band says only the value."""
    assert Explanation().sentence("en") == ""
    bare = Explanation(series="a", value=1.0, unit="Cel")
    assert bare.sentence("en") == "a is at 1.0\u00a0°C."


def test_it_survives_the_ledger() -> None:
    """Written as JSON and read back it is the same."""
    assert msgspec.json.decode(msgspec.json.encode(FULL), type=Explanation) == FULL


def test_a_finding_does_harm_in_its_direction_only() -> None:
    """A change to the better is no harm; a direction that nobody knows may be."""
    harm = {("high", HIGH), ("low", BOTH), ("", HIGH), ("", BOTH)}
    none = {("low", HIGH), ("high", NONE), ("", NONE), ("high", LOW)}
    key = SeriesKey("lab", "crah-1", "", "fan_speed_ratio")
    finding = Finding(rule="learned", kind="series", series=key, since_ns=1, time_ns=2)
    told = {
        (direction, harmful): msgspec.structs.replace(finding, direction=direction, harmful=harmful).is_harmful
        for direction, harmful in harm | none
    }
    assert told == dict.fromkeys(harm, True) | dict.fromkeys(none, False)
    assert (finding.device, finding.subject) == ("crah-1", "crah-1/fan_speed_ratio")
    group = Finding(rule="learned", kind="group", group="r01", since_ns=1, time_ns=2)
    assert (group.device, group.subject) == ("", "r01")
