"""When a device is asked again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from collectors.health import (
    AWAY,
    AWAY_AFTER,
    LONGEST_PAUSE_S,
    OK,
    PENDING,
    SUSPECT,
    Health,
    after_answer,
    after_failure,
    next_tick_ns,
    pause_s,
)


class Device(RuleBasedStateMachine):
    """Any sequence of answers and failures, against what the words mean."""

    def __init__(self) -> None:
        super().__init__()
        self.health = Health()
        self.in_a_row = 0
        self.asked = False

    @rule()
    def answers(self) -> None:
        """One answer ends any trouble."""
        self.health = after_answer(self.health)
        self.in_a_row, self.asked = 0, True

    @rule()
    def fails(self) -> None:
        """One more failure in a row."""
        self.health = after_failure(self.health)
        self.in_a_row, self.asked = self.in_a_row + 1, True

    @invariant()
    def state_follows_from_failures(self) -> None:
        """The state depends on nothing but the failures since the last answer."""
        expected = (
            PENDING if not self.asked else OK if self.in_a_row == 0 else SUSPECT if self.in_a_row < AWAY_AFTER else AWAY
        )
        assert (self.health.state, self.health.failures) == (expected, self.in_a_row)
        assert self.health.proven == (expected == OK)


TestDevice = Device.TestCase


@given(failures=st.integers(0, 10_000), interval_s=st.floats(0.1, 86_400), draw=st.floats(0, 1, exclude_max=True))
def test_pause_is_bounded(failures: int, interval_s: float, draw: float) -> None:
    """Only an away device is left alone: at least its interval, at most five minutes or its interval."""
    health = Health(AWAY if failures >= AWAY_AFTER else SUSPECT, failures)
    pause = pause_s(health, interval_s, draw)
    if health.state == SUSPECT:
        assert pause == 0
    else:
        assert min(interval_s, LONGEST_PAUSE_S / 2) <= pause <= max(LONGEST_PAUSE_S, interval_s)


def test_pauses_double() -> None:
    """Without spread, a device read each 10 s is probed after 20, 40, 80, 160, 300, 300 s."""
    pauses = [pause_s(Health(AWAY, AWAY_AFTER + i), 10.0, 1.0) for i in range(6)]
    assert pauses == [20, 40, 80, 160, 300, 300]


@given(interval_s=st.floats(0.1, 86_400), draw=st.floats(0, 1, exclude_max=True))
def test_a_device_that_never_answered_is_soon_asked_again(interval_s: float, draw: float) -> None:
    """It may be starting: two more tries within twenty seconds, then it is away like any other."""
    assert pause_s(Health(SUSPECT, 1), interval_s, draw, known=False) == min(interval_s, 10.0)
    gone = Health(AWAY, AWAY_AFTER)
    assert pause_s(gone, interval_s, draw, known=False) == pause_s(gone, interval_s, draw)


@given(now_ns=st.integers(0, 2**62), interval_ns=st.integers(1, 10**15), share=st.floats(0, 1, exclude_max=True))
def test_ticks_are_aligned(now_ns: int, interval_ns: int, share: float) -> None:
    """The next tick is the first time after now that is one phase after a multiple of the interval."""
    phase_ns = int(share * interval_ns)
    tick = next_tick_ns(now_ns, interval_ns, phase_ns)
    assert (tick - phase_ns) % interval_ns == 0
    assert now_ns < tick <= now_ns + interval_ns
