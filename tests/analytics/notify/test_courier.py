"""The courier of a channel: order, retry, giving up, storms, quiet hours; with a clock that stands until told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.notify.channel import ChannelAway, ChannelRefused
from analytics.notify.courier import FIRST_RETRY_S, LONGEST_RETRY_S, Courier, backoff_s
from analytics.notify.outbox import Draft, Outbox
from greendc.clock import ManualClock
from tests.analytics.notify.postbox import notice
from tests.analytics.plant import SITE, START

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from analytics.notify.notice import Notice

DAY_S = 86_400


class Line:
    """A channel that works, is away, or refuses what a place is named."""

    def __init__(self) -> None:
        self.got: list[Notice] = []
        self.away = False
        self.refused = ""
        self.tries = 0

    def send(self, told: Notice) -> None:
        """Take a message."""
        self.tries += 1
        if self.away:
            message = "away"
            raise ChannelAway(message)
        if self.refused and told.alarm is not None and told.alarm.place == self.refused:
            message = "refused"
            raise ChannelRefused(message)
        self.got.append(told)


class Bench:
    """A courier with its line, outbox and clock."""

    def __init__(self, path: Path, burst: int = 10) -> None:
        self.clock = ManualClock(START)
        self.line = Line()
        self.outbox = Outbox(path / "notify.sqlite")
        self.lost: list[tuple[str, int]] = []
        self._seq = 0
        self.courier = self.employ(burst)

    def employ(self, burst: int = 10) -> Courier:
        """Return a courier, as after a restart."""
        return Courier(
            "duty",
            self.line,
            self.outbox,
            self.clock,
            site=SITE,
            burst=burst,
            on_lost=lambda name, count: self.lost.append((name, count)),
        )

    def put(self, told: Notice, held_s: float = 0.0) -> None:
        """Keep a message, for the end of quiet hours where that is ahead."""
        self._seq += 1
        due_ns = self.clock.now_ns() + round(held_s * 1e9)
        self.outbox.put(self._seq, [Draft(channel="duty", seq=self._seq, due_ns=due_ns, held=held_s > 0, notice=told)])

    def places(self) -> list[str]:
        """Return what arrived, as places, or the transition where there is no alarm."""
        return [told.alarm.place if told.alarm else told.transition for told in self.line.got]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """Return a courier at work."""
    made = Bench(tmp_path)
    yield made
    made.outbox.close()


def test_messages_go_in_order_and_once(bench: Bench) -> None:
    """What was sent is gone, also for a courier that starts anew."""
    for number in (1, 2, 3):
        bench.put(notice(number))
    bench.courier.step()
    bench.employ().step()
    assert bench.places() == ["r01", "r02", "r03"]
    assert bench.outbox.waiting("duty") == 0
    assert bench.outbox.totals("duty") == (3, 0)


def test_a_line_that_is_down_is_said_once_and_tried_with_patience(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    """An hour away costs a few tries, one warning, and no message."""
    caplog.set_level("INFO", "greendc.notify")
    bench.line.away = True
    bench.put(notice(1))
    bench.put(notice(2))
    for _ in range(3600):
        bench.courier.step()
        bench.clock.advance(1)
    assert 5 <= bench.line.tries <= 14
    assert bench.courier.why == "away"
    bench.line.away = False
    bench.clock.advance(LONGEST_RETRY_S * 2)
    bench.courier.step()
    assert bench.places() == ["r01", "r02"]
    assert bench.courier.why == ""
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]


def test_after_a_day_it_gives_up_and_says_so(bench: Bench) -> None:
    """The loss is counted, told to the ledger's keeper, and the first thing that the channel hears again."""
    bench.line.away = True
    bench.put(notice(1))
    bench.put(notice(2))
    bench.courier.step()
    bench.clock.advance(DAY_S + 1)
    bench.put(notice(3))
    bench.courier.step()
    assert bench.lost == [("duty", 2)]
    assert bench.outbox.totals("duty") == (0, 2)
    bench.line.away = False
    bench.clock.advance(LONGEST_RETRY_S * 2)
    bench.courier.step()
    assert sorted(bench.places()) == ["lost", "r03"]
    assert next(told.count for told in bench.line.got if told.alarm is None) == 2


def test_a_loss_notice_that_is_lost_too_keeps_its_count(bench: Bench) -> None:
    """Two days away: the word about the first day's loss is not counted as a loss of its own."""
    bench.line.away = True
    bench.put(notice(1))
    bench.courier.step()
    bench.clock.advance(DAY_S + 1)
    bench.courier.step()
    bench.clock.advance(DAY_S + LONGEST_RETRY_S * 2)
    bench.courier.step()
    assert bench.outbox.totals("duty") == (0, 1)
    assert bench.outbox.waiting("duty") == 1


def test_what_is_refused_does_not_hold_up_the_rest(bench: Bench) -> None:
    """A message that the other side will not have comes after the others."""
    bench.line.refused = "r01"
    for number in (1, 2, 3):
        bench.put(notice(number))
    for _ in range(3):
        bench.courier.step()
        bench.clock.advance(FIRST_RETRY_S * 2)
    assert bench.places() == ["r02", "r03"]
    assert bench.outbox.waiting("duty") == 1


def test_a_message_of_another_form_is_a_loss(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    """What this version cannot read is said and counted, and holds up nothing."""
    bench.put(notice(1))
    bench.outbox._connection.execute("UPDATE messages SET body = '{}'")
    bench.put(notice(2))
    bench.courier.step()
    assert bench.places() == ["r02"]
    assert "cannot be read" in caplog.text
    assert bench.outbox.totals("duty") == (1, 1)
    assert bench.outbox.waiting("duty") == 0


def test_a_storm_is_one_summary(bench: Bench) -> None:
    """More messages than the burst allows become one, the raised and urgent first."""
    bench.put(notice(1, "cleared"))
    for number in range(2, 40):
        bench.put(notice(number, priority="critical" if number == 30 else "medium"))
    bench.courier.step()
    assert bench.places() == ["summary"]
    told = bench.line.got[0]
    assert told.count == 39
    assert told.parts[0].alarm is not None
    assert told.parts[0].alarm.priority == "critical"
    assert "38 raised, 1 cleared" in told.headline("en")


def test_a_trickle_beyond_the_burst_is_summed_up_each_minute(bench: Bench) -> None:
    """In 4 minutes of two alarms a second there are the burst's messages and at most one summary a minute."""
    number = 0
    for _ in range(240):
        for _ in range(2):
            number += 1
            bench.put(notice(number % 99))
        bench.courier.step()
        bench.clock.advance(1)
    assert 10 <= len(bench.line.got) <= 15
    total = sum(told.count for told in bench.line.got)
    assert total + bench.outbox.waiting("duty") == number


def test_without_a_bound_each_goes_alone(tmp_path: Path) -> None:
    """A burst of 0 bounds nothing."""
    bench = Bench(tmp_path, burst=0)
    for number in range(1, 31):
        bench.put(notice(number))
    bench.courier.step()
    assert len(bench.line.got) == 30
    bench.outbox.close()


def test_quiet_hours_hold_and_drop_what_is_over(bench: Bench) -> None:
    """At the end of quiet hours an alarm that still stands is told; one that came and went is not."""
    bench.put(notice(1), held_s=3600)
    bench.put(notice(2), held_s=3600)
    bench.put(notice(1, "cleared"), held_s=3600)
    bench.put(notice(3))
    bench.courier.step()
    assert bench.places() == ["r03"]
    bench.clock.advance(3601)
    bench.courier.step()
    assert bench.places() == ["r03", "r02"]
    assert bench.outbox.waiting("duty") == 0


@given(st.integers(1, 10_000), st.floats(0.1, 60))
def test_patience_has_bounds(failures: int, first_s: float) -> None:
    """Waits grow, are spread, and never leave their bounds."""
    waited = backoff_s(failures, first_s)
    assert first_s * 0.75 <= waited <= LONGEST_RETRY_S * 1.25
    assert backoff_s(1, first_s) <= first_s * 1.25
