"""The closed vocabulary, its units and its texts hang together."""

from __future__ import annotations

import math
import string
from collections.abc import Mapping  # noqa: TC003 (used by a strategy)

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greendc.clock import from_iso, hour_of, iso
from greendc.model import Batch, Quality, Reading, SeriesKey
from greendc.quantities import Kind, quantities, quantity
from greendc.settings import SETTINGS, Secret, Settings, secret_from
from greendc.texts import LANGUAGES, catalogue, t
from greendc.units import UNITS, from_stored, to_stored

SUFFIX = {"W": "w", "V.A": "va", "var": "var", "J": "j", "V": "v", "A": "a", "Hz": "hz", "Cel": "c", "s": "s"}


def test_every_quantity_names_its_unit_in_its_key() -> None:
    """The suffix of a key is its stored unit, so no name can be read in the wrong one."""
    for key, known in quantities().items():
        assert known.unit in {unit.stored for unit in UNITS.values()}, key
        if known.unit in SUFFIX:
            assert key.endswith(f"_{SUFFIX[known.unit]}"), key
        assert known.low < known.high, key
        assert (known.kind is Kind.STATE) == bool(known.states), key
        assert known.title("zh") != known.title("en"), key


def test_state_names() -> None:
    """A state's code has one name; a code nobody defined is unknown."""
    assert quantity("outlet_state").state_name(2) == "on"
    assert quantity("outlet_state").state_name(77) == "unknown"


def test_every_text_has_both_languages_and_the_same_placeholders() -> None:
    """A text in one language asks for the same values as in the other."""
    for key, texts in catalogue().items():
        fields = [{name for _, name, _, _ in string.Formatter().parse(texts[lang]) if name} for lang in LANGUAGES]
        assert fields[0] == fields[1], key
        assert all(texts[lang].strip() for lang in LANGUAGES), key


def test_a_missing_text_is_an_error() -> None:
    """A key that the catalogue lacks cannot be shown by accident."""
    with pytest.raises(KeyError):
        t("no.such.text")


@given(st.sampled_from(sorted(UNITS)), st.floats(-1e9, 1e9))
def test_units_turn_back(unit: str, value: float) -> None:
    """Converting to the stored unit and back gives the value again."""
    assert math.isclose(from_stored(to_stored(value, unit), unit), value, rel_tol=1e-9, abs_tol=1e-6)


@pytest.mark.parametrize(
    ("value", "unit", "stored"),
    [(1, "kW.h", 3.6e6), (50, "[degF]", 10.0), (20, "%", 0.2), (1500, "{rpm}", 25.0), (100, "L/min", 100 / 60_000)],
)
def test_known_conversions(value: float, unit: str, stored: float) -> None:
    """Conversions agree with values worked by hand."""
    assert to_stored(value, unit) == pytest.approx(stored)


def test_a_reading_is_never_nan_nor_good_without_a_value() -> None:
    """What no store could keep is refused when the reading is made."""
    fields = {"time_ns": 1, "site": "s", "device": "d", "part": "", "quantity": "voltage_v"}
    with pytest.raises(ValueError, match="finite"):
        Reading(**fields, value=math.nan)  # type: ignore[arg-type]  # test data in one dict
    with pytest.raises(ValueError, match="without a value"):
        Reading(**fields, value=None)  # type: ignore[arg-type]  # as above


readings = st.builds(
    Reading,
    time_ns=st.integers(0, 2**62),
    site=st.just("s"),
    device=st.sampled_from(["a", "b"]),
    part=st.sampled_from(["", "phase/l1"]),
    quantity=st.sampled_from(["voltage_v", "current_a"]),
    value=st.none() | st.floats(allow_nan=False, allow_infinity=False),
    quality=st.just(Quality.BAD),
    reason=st.sampled_from(["", "no_answer", "not_available"]),
)


@given(st.lists(readings))
def test_a_batch_gives_back_what_it_was_given(given_readings: list[Reading]) -> None:
    """Columns hold the same readings, with each series listed once."""
    batch = Batch()
    for reading in given_readings:
        batch.append(reading)
    assert [batch.reading(row) for row in range(len(batch))] == given_readings
    assert len(set(batch.series)) == len(batch.series)


def test_series_labels() -> None:
    """A label names the part only when there is one."""
    assert SeriesKey("s", "d", "", "voltage_v").label() == "d voltage_v"
    assert SeriesKey("s", "d", "p", "voltage_v").label() == "d/p voltage_v"


@given(st.integers(0, 4_000_000_000_000))
def test_iso_times_turn_back(milliseconds: int) -> None:
    """A time written out and read again is the same to the millisecond."""
    time_ns = milliseconds * 1_000_000
    assert from_iso(iso(time_ns)) == time_ns
    assert hour_of(time_ns) <= time_ns


def test_settings_come_from_the_command_line_then_the_environment_then_the_default() -> None:
    """The nearest origin wins."""
    environ: Mapping[str, str] = {"GREENDC_STORE": "influxdb://h/db", "GREENDC_DATA": "/d"}
    assert Settings({"store": "embedded"}, environ).get("store") == "embedded"
    assert Settings({"store": None}, environ).get("store") == "influxdb://h/db"
    assert Settings({}, {}).get("store") == "embedded"
    assert str(Settings({}, environ).data_dir) == "/d"
    with pytest.raises(KeyError):
        Settings({}, environ).get("store_token")
    assert len({setting.name for setting in SETTINGS}) == len(SETTINGS)


def test_a_secret_does_not_show_itself() -> None:
    """Neither repr nor formatting reveals a secret; an unset one is false."""
    secret = secret_from("X", {"X": "hunter2"})
    assert secret.reveal() == "hunter2"
    assert "hunter2" not in f"{secret!r}{secret}{[secret]}"
    assert not Secret("")
