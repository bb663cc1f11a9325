"""What rules look at is read once, kept between ticks, and right again when readings come late."""

from __future__ import annotations

import numpy as np

from analytics.alarms.need import Need, View
from analytics.alarms.rules.board import Board, Memory
from tests.analytics.alarms.judging import Bench
from tests.analytics.plant import MINUTE

NEED = Need(quantities=("fan_speed_ratio",), views=(View.READINGS, View.MINUTES, View.STEPS, View.HOURS))


def test_a_grid_that_is_continued_is_the_one_read_anew() -> None:
    """Minutes and hours later, with a reading that came late, the kept grid and a fresh one are alike."""
    bench, memory = Bench({"c": "generic-crah"}), Memory()
    key = bench.key("c fan_speed_ratio")
    for minutes in (90, 7, 5, 61, 400):
        bench.run(minutes, {"c fan_speed_ratio": lambda minute: 0.3 + minute / 1e4})
        bench.history.add(key, [bench.now_ns - 7 * MINUTE + 1], [0.9])
        kept = Board(bench.history, bench.site, bench.now_ns, [NEED], memory)
        fresh = Board(bench.history, bench.site, bench.now_ns, [NEED])
        assert len(kept.readings(key)) > 0
        for view in (View.STEPS, View.HOURS):
            assert np.array_equal(kept.grid(view).times_ns, fresh.grid(view).times_ns)
            assert np.array_equal(kept.grid(view).of(key), fresh.grid(view).of(key), equal_nan=True)


def test_a_new_series_is_seen_at_the_next_tick() -> None:
    """A device that is added shows its whole past at once."""
    bench, memory = Bench({"c": "generic-crah", "d": "generic-crah"}), Memory()
    bench.run(60, {"c fan_speed_ratio": 0.5})
    first = Board(bench.history, bench.site, bench.now_ns, [NEED], memory)
    assert np.isnan(first.steps(bench.key("d fan_speed_ratio"))).all()
    bench.history.add(bench.key("d fan_speed_ratio"), [bench.now_ns - 30 * MINUTE], [0.7])
    then = Board(bench.history, bench.site, bench.now_ns, [NEED], memory)
    assert np.nanmax(then.steps(bench.key("d fan_speed_ratio"))) == 0.7


def test_a_rule_is_judged_anew_only_when_there_is_a_new_step() -> None:
    """Between two steps what a rule found of the grids stays."""
    bench, memory = Bench({"c": "generic-crah"}), Memory()
    bench.run(60, {"c fan_speed_ratio": 0.5})
    asked: list[int] = []

    def make() -> list[int]:
        asked.append(1)
        return asked[:]

    for seconds, times in ((0, 1), (5, 1), (300, 2)):
        board = Board(bench.history, bench.site, bench.now_ns + seconds * MINUTE // 60, [NEED], memory)
        board.once("rule", [View.STEPS], make)
        assert len(asked) == times
