"""Weather files are read whole, or refused with the place and the reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greendc.errors import ConfigError
from greendc.physics import air
from simulators.plant.weather import Climate, Weather
from simulators.plant.weather_files import parse_weather, read_weather
from simulators.plant.weather_year import HOURS

if TYPE_CHECKING:
    from pathlib import Path

    from simulators.plant.weather_year import WeatherYear

STARTS = np.arange("2025-01-01T00", "2026-01-01T00", dtype="datetime64[h]")
ENDS = STARTS + 1
DRY = np.round(15.0 + 8.0 * np.sin(np.arange(HOURS) / 1395.0) + 5.0 * np.sin(np.arange(HOURS) / 3.82), 1)
DEW = np.round(DRY - 6.0, 1)
LIGHT = np.round(np.maximum(0.0, 800.0 * np.sin(np.arange(HOURS) / 3.82)), 0)


def epw_text(dry: list[str] | None = None) -> str:
    """Return an EPW file of the made-up year, row h standing for the hour that ends at h + 1."""
    cells = dry or [f"{value:.1f}" for value in DRY]
    rows = ["LOCATION,Somewhere,-,XXX,made up,0,25.0,102.7,8.0,1892.0", *["COMMENTS 1,"] * 7]
    for i, start in enumerate(STARTS.tolist()):
        head = f"{start.year},{start.month},{start.day},{start.hour + 1},0,?9?9"
        rows.append(f"{head},{cells[i]},{DEW[i]:.1f},60,81100,0,0,300,{LIGHT[i]:.0f},0,0,0,0,0,0,180,2.5,5,5")
    return "\n".join(rows) + "\n"


def tmy3_text() -> str:
    """Return a TMY3 file of the same year."""
    names = "Date (MM/DD/YYYY),Time (HH:MM),GHI (W/m^2),Dry-bulb (C),Dew-point (C),Pressure (mbar),Wspd (m/s)"
    rows = ['724666,"SOMEWHERE",XX,8.0,25.0,102.7,1892', names]
    for i, start in enumerate(STARTS.tolist()):
        date = f"{start.month:02}/{start.day:02}/1998,{start.hour + 1:02}:00"
        rows.append(f"{date},{LIGHT[i]:.0f},{DRY[i]:.1f},{DEW[i]:.1f},811,2.5")
    return "\n".join(rows)


def csv_text(second: str = "dew_point_c", every: int = 1) -> str:
    """Return a plain CSV of the same year, with a dew point or a relative humidity."""
    rows = [f"time,dry_bulb_c,{second},irradiance_w_m2"]
    for i in range(0, HOURS, every):
        humid = DEW[i] if second == "dew_point_c" else air.relative_humidity(float(DRY[i]), float(DEW[i]))
        rows.append(f"{ENDS[i]}:00,{DRY[i]:.1f},{humid:.5f},{LIGHT[i]:.0f}")
    return "\n".join(rows)


def _at_hours(year: WeatherYear) -> tuple[np.ndarray, np.ndarray]:
    """Return dry bulb and dew point in the order of the rows: row h ends at hour h + 1."""
    return np.roll(year.dry_bulb_c, -1), np.roll(year.dew_point_c, -1)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.epw", epw_text()),
        ("b.csv", tmy3_text()),
        ("c.csv", csv_text()),
        ("d.csv", csv_text("relative_humidity")),
        ("e.csv", csv_text().replace("T0", " 0")),
    ],
)
def test_every_format_gives_the_same_year(tmp_path: Path, name: str, text: str) -> None:
    """EPW, TMY3 and CSV of one year are the same weather; only the first two know the pressure."""
    (tmp_path / name).write_text(text, "utf-8")
    year = read_weather(tmp_path / name)
    dry, dew = _at_hours(year)
    np.testing.assert_allclose(dry, DRY)
    np.testing.assert_allclose(dew, DEW, atol=0.01)
    assert year.irradiance_w_m2 is not None
    np.testing.assert_allclose(np.roll(year.irradiance_w_m2, -1), LIGHT)
    if name in {"a.epw", "b.csv"}:
        assert year.pressure_pa is not None
        np.testing.assert_allclose(year.pressure_pa, 81_100.0)
    assert Weather(1, Climate(), year).at(1_767_225_600.0).dry_bulb_c == pytest.approx(DRY[7])


def test_three_hours_are_bridged() -> None:
    """A file with a row every three hours is read; one with a row every four is refused, naming the first hour."""
    np.testing.assert_allclose(_at_hours(parse_weather(csv_text(every=3), "x.csv"))[0][::3], DRY[::3])
    with pytest.raises(ConfigError, match=r"\"dry_bulb_c\" has no value for 4 hours from 01-01 02:00 on, at most 3"):
        parse_weather(csv_text(every=4), "x.csv")


@settings(max_examples=12, deadline=None)
@given(st.integers(0, HOURS - 10), st.integers(4, 9))
def test_missing_codes_are_gaps(first: int, count: int) -> None:
    """Hours with EPW's code for "missing" are bridged while they are few, else the first of them is named."""
    cells = [f"{value:.1f}" for value in DRY]
    cells[first : first + count] = ["99.9"] * count
    with pytest.raises(ConfigError, match=f"dry_bulb_c.*from {str(ENDS[first])[5:10]} {ENDS[first].item().hour:02}:00"):
        parse_weather(epw_text(cells), "x.epw")
    cells[first + 2 : first + count] = ["1.0"] * (count - 2)
    assert np.isfinite(parse_weather(epw_text(cells), "x.epw").dry_bulb_c).all()


def test_a_year_that_ends_early_names_the_first_hour_that_is_missing() -> None:
    """Half a year is not a year."""
    half = "\n".join(epw_text().splitlines()[: 8 + 24 * 181])
    with pytest.raises(ConfigError, match=r"x\.epw .*no value for .* hours from 07-01 01:00 on"):
        parse_weather(half, "x.epw")
    with pytest.raises(ConfigError, match=r"from 01-01 01:00 on"):
        parse_weather("\n".join(csv_text().splitlines()[:1] + csv_text().splitlines()[100:]), "x.csv")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no rows"),
        ("time,dew_point_c\n", 'x.csv:1:1 .*column "dry_bulb_c" is missing'),
        ("time,dry_bulb_c\n", 'column "dew_point_c" is missing'),
        ("time,dry_bulb_c,dew_point_c\n", "no rows"),
        ("time,dry_bulb_c,dew_point_c\n2025-01-01T00:00,abc,3\n", r'x\.csv:2:18 .*"abc" in the column "dry_bulb_c"'),
        ("time;dry_bulb_c;dew_point_c\n", "with commas between"),
        ("x" * 200_000, r"x\.csv:1:1 .*cannot be read as CSV"),
        ("time,dry_bulb_c,dew_point_c\n" + "x" * 200_000 + ",1,1\n", r"x\.csv:2:1 .*cannot be read as CSV"),
        ('time,dry_bulb_c,dew_point_c\n"' + "2025-01-01T00:00,1,1\n" * 9000, r"x\.csv:2:1 .*a quote is not closed"),
        ("time,dry_bulb_c,relative_humidity\n2025-01-01T00:00,15,inf\n", r"x\.csv:2:21 .*inf .*between 0.001 and 1"),
        ("time,dry_bulb_c,dew_point_c\n2025-01-01T00:00,150,3\n", r"x\.csv:2:18 .*150 .* between -70 and 60"),
        ("time,dry_bulb_c,relative_humidity\n2025-01-01T00:00,15,60\n", r"x\.csv:2:21 .*between 0.001 and 1"),
        ("time,dry_bulb_c,dew_point_c\nyesterday,15,3\n", r'x\.csv:2:1 .*"yesterday" is not a time'),
        ("LOCATION,a\n" + 7 * "x\n", "no rows"),
        ("LOCATION,a\n" + 7 * "x\n" + "1,2,3\n", r"x\.csv:9:1 .*3 columns; it has at least 22"),
        ("LOCATION,a\n" + 7 * "x\n" + "1,13,1,1,0" + 20 * ",0" + "\n", r"x\.csv:9.*is not a time"),
        ("0\nDate (MM/DD/YYYY),Time (HH:MM)\n", r'x\.csv:2:1 .*"Dry-bulb \(C\)" is missing'),
    ],
)
def test_refused_with_the_place(text: str, said: str) -> None:
    """What is wrong is told with file, line, column and bounds."""
    with pytest.raises(ConfigError, match=said):
        parse_weather(text, "x.csv")


@settings(max_examples=150, deadline=None)
@given(
    st.text(st.characters(codec="ascii"), max_size=200),
    st.sampled_from(["", "time,dry_bulb_c,dew_point_c\n", "LOCATION,a\n"]),
)
def test_any_text_is_read_or_refused(text: str, head: str) -> None:
    """No text brings a parser down in another way than a refusal."""
    with pytest.raises(ConfigError):
        parse_weather(head + text, "x.csv")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """A missing file is refused by name."""
    with pytest.raises(ConfigError, match=r"none\.epw"):
        read_weather(tmp_path / "none.epw")


def test_a_file_in_another_encoding(tmp_path: Path) -> None:
    """A spreadsheet's "Unicode text" is refused with what to save it as."""
    (tmp_path / "wide.csv").write_text(csv_text(), "utf-16")
    with pytest.raises(ConfigError, match=r"wide\.csv .*Save it as CSV UTF-8"):
        read_weather(tmp_path / "wide.csv")
