"""The made-up machines and how methods are counted on them."""

from __future__ import annotations

import numpy as np

from benchmarks.anomaly.group_table import Tally, ours, principal, spans, table, tallies
from benchmarks.anomaly.machines import LOOP_FAULTS, machines, server, water_loop


def test_machines_are_the_same_each_time() -> None:
    """A seed makes one machine, and each fault acts in some of its rows."""
    for fault in LOOP_FAULTS:
        one, again = water_loop(1, fault), water_loop(1, fault)
        assert np.array_equal(one.values, again.values)
        assert one.labels.any() == (fault != "none")
        assert not one.labels[: one.train_rows].any()
        assert np.isfinite(one.values).all()
    assert server(1).values.shape[1] == 38
    assert not server(1, quiet=True).labels.any()


def test_counting() -> None:
    """Rows, faults, delays and false episodes are counted as they stand."""
    tally = Tally()
    tally.add(np.array([0, 1, 0, 1, 1, 0], dtype=bool), np.array([0, 0, 1, 1, 0, 0], dtype=bool))
    assert (tally.hit_rows, tally.false_rows, tally.missed_rows, tally.calm_rows) == (1, 2, 1, 4)
    assert (tally.faults, tally.hits, tally.delays, tally.episodes) == (1, 1, [1], 2)
    assert tally.f1 == 0.4
    assert spans(np.array([True, True, False, True])) == [(0, 2), (3, 4)]


def test_a_clear_fault_is_found_without_flagging_the_rest() -> None:
    """On water loops ours finds the faults and flags fewer normal rows than plain PCA."""
    loops = [machine for machine in machines(range(60, 61)) if machine.name == "water loop"]
    found = tallies(loops, {"ours": ours, "PCA": principal})
    mine, plain = found["water loop", "ours"], found["water loop", "PCA"]
    assert mine.hits >= 7
    assert mine.false_alarm_rate < plain.false_alarm_rate
    assert mine.f1 > plain.f1
    assert "water loop" in table(found)
