"""The window against a model of spool, broker and writer that lose whatever they may lose."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from edge_agent.window import MAX_BATCHES, RESEND_S, Window
from greendc import spans

PER_MESSAGE = 5


class WindowMachine(RuleBasedStateMachine):
    """Samples, sends, losses, confirmations, drops and reconnects in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.window = Window(max_batches=4)
        self.now_s = 0.0
        self.head = 0
        self.spool: set[int] = set()
        self.carried: list[set[int]] = []
        self.stored: set[int] = set()
        self.dropped: set[int] = set()
        self.online = False

    @rule(count=st.integers(1, 20))
    def sample(self, count: int) -> None:
        """Readings are taken whatever else happens."""
        self.spool |= set(range(self.head + 1, self.head + count + 1))
        self.head += count

    @rule(online=st.booleans())
    def link(self, *, online: bool) -> None:
        """The link comes back or goes away."""
        self.online = online
        if online:
            self.window.connected(self.now_s)

    @rule(seconds=st.sampled_from([0.1, 5.0, 40.0, 400.0]))
    def wait(self, seconds: float) -> None:
        """Time passes."""
        self.now_s += seconds

    @rule()
    def pump(self) -> None:
        """Do what the publisher does in one round."""
        if not self.online:
            return
        batch = self.window.due(self.now_s)
        if batch is not None:
            numbers = sorted(n for n in self.spool if batch.first <= n <= batch.last)
            self.window.shrunk(batch, numbers[0] if numbers else 1, numbers[-1] if numbers else 0)
        elif self.window.has_room:
            numbers = sorted(n for n in self.spool if n > self.window.sent_upto)[:PER_MESSAGE]
        else:
            return
        if numbers:
            self.window.sent(numbers[0], numbers[-1], self.now_s, 0.5)
            self.carried.append(set(numbers))

    @rule(pick=st.integers(0, 50), lost=st.booleans())
    def deliver(self, pick: int, *, lost: bool) -> None:
        """A message reaches the writer, in any order, or never."""
        if self.carried:
            numbers = self.carried.pop(pick % len(self.carried))
            if not lost:
                self.stored |= numbers

    @rule()
    def confirm(self) -> None:
        """A confirmation arrives."""
        covered = spans.of_numbers(self.stored)
        upto = covered[0][1] if covered and covered[0][0] == 1 else 0
        self.window.confirmed(upto, covered)
        self.spool -= self.stored

    @rule(pick=st.integers(0, 50))
    def refuse(self, pick: int) -> None:
        """The broker refuses a message; the pause before the next try is real."""
        if self.window.in_flight:
            batch = self.window.in_flight[pick % len(self.window.in_flight)]
            self.window.refused(batch.first, self.now_s, 0.0)
            assert self.window.in_flight[pick % len(self.window.in_flight)].due_s >= self.now_s + RESEND_S / 2

    @rule(count=st.integers(1, 10))
    def overflow(self, count: int) -> None:
        """The spool is full and drops its oldest readings."""
        gone = set(sorted(self.spool)[:count])
        self.spool -= gone
        self.dropped |= gone

    @invariant()
    def bounded(self) -> None:
        """There is a limit to what is in flight."""
        assert len(self.window.in_flight) <= 4

    @invariant()
    def nothing_is_forgotten(self) -> None:
        """What still waits is either in flight, or stored and about to be confirmed, or not sent yet."""
        flying = spans.merged((batch.first, batch.last) for batch in self.window.in_flight)
        covered = spans.merged([*flying, *spans.of_numbers(self.stored)])
        unsent = {number for number in self.spool if number > self.window.sent_upto}
        assert not spans.without(spans.of_numbers(self.spool - unsent), covered)

    def teardown(self) -> None:
        """Once the link is well, everything arrives in a bounded number of rounds."""
        self.link(online=True)
        for _ in range(2 * self.head + 20):
            self.pump()
            while self.carried:
                self.deliver(0, lost=False)
            self.confirm()
        assert not self.spool
        assert self.stored | self.dropped == set(range(1, self.head + 1))


WindowMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestWindow = WindowMachine.TestCase


def test_resend_backs_off() -> None:
    """Without a confirmation the same batch is due again later and later, at most `MAX_BATCHES` of them."""
    window = Window()
    now_s = 0.0
    for number in range(1, MAX_BATCHES + 1):
        assert window.has_room
        window.sent(number, number, now_s, 1.0)
    assert not window.has_room
    pauses = []
    for _ in range(6):
        due_s = min(batch.due_s for batch in window.in_flight)
        pauses.append(due_s - now_s)
        now_s = due_s
        for batch in list(window.in_flight):
            window.sent(batch.first, batch.last, now_s, 1.0)
    assert pauses == [30, 60, 120, 240, 300, 300]
    window.confirmed(MAX_BATCHES, [])
    assert not window.in_flight
