"""The gate as a machine with state: any input, kept and resumed, grown, told in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from analytics.gate import FAULTS, Fault, Gate, GateFinding, conversions, traits_of
from analytics.gate.fault import sentinels
from analytics.gate.groups import Groups
from greendc.model import SeriesKey
from greendc.units import NS_PER_SECOND
from tests.analytics.gate.streams import START_S, Room

if TYPE_CHECKING:
    from analytics.gate.columns import FloatArray

KEYS = [
    SeriesKey("site", "a", "", name)
    for name in ("air_temperature_c", "active_power_w", "active_energy_j", "unit_state", "supply_air_setpoint_c")
] + [SeriesKey("site", "a", "", "of_another_dictionary")]
NUMBERS = st.one_of(st.floats(allow_nan=True, allow_infinity=True), st.sampled_from([0.0, 21.5, 85.0, 1e308, -1e308]))
ROWS = arrays.arrays(np.float64, st.tuples(st.integers(1, 40), st.just(len(KEYS))), elements=NUMBERS)


@given(rows=ROWS, steps=st.lists(st.integers(-4000, 4000), min_size=40, max_size=40))
@settings(max_examples=60, deadline=None)
def test_no_input_breaks_the_gate(rows: FloatArray, steps: list[int]) -> None:
    """Infinities, sentinels, stamps in any order: what is usable came, is finite, and bears a newer stamp."""
    gate = Gate(traits_of(KEYS))
    newest = np.zeros(len(KEYS), dtype=np.int64)
    for at, row in enumerate(rows):
        now_ns = (START_S + 60 * at) * NS_PER_SECOND
        stamps = np.full(len(KEYS), now_ns + steps[at] * NS_PER_SECOND, dtype=np.int64)
        result = gate.step(now_ns, row, stamps)
        assert not np.isnan(row[result.usable]).any()
        assert (stamps[result.usable] > newest[result.usable]).all()
        known = [key.quantity for key in KEYS].index("air_temperature_c")
        assert not (result.usable[known] and not -60.0 <= row[known] <= 120.0)
        newest[result.usable] = stamps[result.usable]
        for found in gate.findings():
            assert found.explanation("zh")
            assert found.explanation("en")


@given(cut=st.integers(1, 79))
@settings(max_examples=10, deadline=None)
def test_a_resumed_gate_goes_on_as_if_it_had_never_stopped(cut: int) -> None:
    """Same readings, same answers."""
    rng = np.random.default_rng(2)
    rows = 100.0 + rng.standard_normal((80, len(KEYS))).cumsum(axis=0) + 50.0 * (rng.random((80, len(KEYS))) < 0.05)
    rows[rng.random(rows.shape) < 0.1] = np.nan
    whole, first = Gate(traits_of(KEYS)), Gate(traits_of(KEYS))
    second = first
    for at, row in enumerate(rows):
        now_ns = (START_S + 120 * at) * NS_PER_SECOND
        if at == cut:
            second = Gate.resume(traits_of(KEYS), first.snapshot())
        one, other = whole.step(now_ns, row), second.step(now_ns, row)
        assert (one.usable == other.usable).all()
        assert (one.fault == other.fault).all()
    assert [str(one) for one in whole.findings()] == [str(one) for one in second.findings()]
    kept, again = whole.snapshot(), second.snapshot()
    assert all(np.array_equal(kept[name], again[name], equal_nan=kept[name].dtype.kind == "f") for name in kept)


def test_snapshots_of_other_series_or_versions_are_refused() -> None:
    """A state is never put to series that it is not of."""
    gate = Gate(traits_of(KEYS))
    kept = gate.snapshot()
    with pytest.raises(ValueError, match="number of series"):
        Gate.resume(traits_of(KEYS[:3]), kept)
    with pytest.raises(ValueError, match="version"):
        Gate.resume(traits_of(KEYS), {})
    with pytest.raises(ValueError, match=r"no spike\.ref"):
        Gate.resume(traits_of(KEYS), {name: array for name, array in kept.items() if name != "spike.ref"})


def test_a_gate_grows_without_forgetting() -> None:
    """New series begin from nothing; the others, and their pairs, go on."""
    room = Room(1.0, 300)
    early = 16
    whole, grown = Gate(traits_of(room.keys[:early])), Gate(traits_of(room.keys[:early]))
    for row, time_s in enumerate(room.times_s.tolist()):
        if row == 150:
            grown.grow(traits_of(room.keys))
        one = whole.step(time_s * NS_PER_SECOND, room.rows[row, :early])
        other = grown.step(time_s * NS_PER_SECOND, room.rows[row, : len(grown)])
        assert (one.usable == other.usable[:early]).all()
    assert len(grown) == len(room.keys)
    kept, more = whole.snapshot(), grown.snapshot()
    assert (kept["swap.seen"] == more["swap.seen"][: len(kept["swap.seen"])]).all()
    with pytest.raises(ValueError, match="come first"):
        grown.grow(traits_of(room.keys[1:]))


def test_a_row_of_another_length_is_refused() -> None:
    """A value that cannot be told to belong to a series is not guessed at."""
    with pytest.raises(ValueError, match="need as many values"):
        Gate(traits_of(KEYS)).step(1, np.zeros(3))


def test_states_and_setpoints_may_stand_and_leap() -> None:
    """What people and controllers set is never stuck, never a spike."""
    gate = Gate(traits_of(KEYS))
    for at in range(600):
        row = np.array([20.0 + 0.1 * (at % 3), 500.0 + at % 7, 1e9 + 5e4 * at, 2.0, 18.0 + 8.0 * (at == 300), np.nan])
        result = gate.step((START_S + 300 * at) * NS_PER_SECOND, row)
        assert result.usable[3:5].all()
    assert gate.findings() == []


def test_the_state_is_less_than_a_kilobyte_a_series() -> None:
    """What a site of ten thousand series can afford."""
    room = Room(0.1)
    gate = room.gate()
    assert gate.nbytes / len(gate) < 1024


def test_every_fault_has_its_words() -> None:
    """Title, explanation and what to do, in both languages; conversions are named."""
    for fault in FAULTS:
        for lang in ("zh", "en"):
            found = GateFinding(fault=fault, key=KEYS[0], since_ns=1, time_ns=2, before=20.0, after=68.0, conversion=1)
            assert all((found.title(lang), found.explanation(lang), found.action(lang)))
            shared = GateFinding(fault=fault, key=KEYS[0], since_ns=1, time_ns=2, scope="device", series=4)
            assert shared.explanation(lang)
    found = GateFinding(fault=Fault.UNIT, key=KEYS[0], since_ns=1, time_ns=2, before=20.0, after=68.0, conversion=1)
    assert "Fahrenheit" in found.explanation("en")
    assert found.ratio == pytest.approx(3.4)
    assert all(one.title("zh") and one.title("en") for one in conversions())
    assert len({one.value for one in sentinels()}) == len(sentinels())


@given(
    of=arrays.arrays(np.intp, 12, elements=st.integers(-1, 3)),
    values=arrays.arrays(np.float64, 12, elements=st.one_of(st.floats(-1e6, 1e6), st.just(np.nan))),
)
def test_medians_of_groups_are_medians(of: np.ndarray, values: FloatArray) -> None:
    """As one group after another would give them."""
    found = Groups(of).median(values)
    for at, group in enumerate(of):
        own = values[of == group]
        own = own[~np.isnan(own)]
        wanted = np.median(own) if group >= 0 and len(own) else np.nan
        assert found[at] == pytest.approx(wanted, nan_ok=True)
