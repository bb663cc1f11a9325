"""What the writer knows of nodes: when it heard them, and how far their clocks are off at least."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as hst

from collectors import heard as heard_nodes
from collectors.heard import LAST_TOLD, Heard
from greendc.units import NS_PER_SECOND

NOW_NS = 1_700_000_000 * NS_PER_SECOND


@given(ahead_s=hst.integers(-7200, 7200), delays=hst.lists(hst.integers(0, 30), min_size=1, max_size=40))
def test_the_offset_is_never_told_too_large(ahead_s: int, delays: list[int]) -> None:
    """Whatever time messages took, the node's clock is at least as far ahead as is said, and no more than they took."""
    heard = Heard()
    for i, delay_s in enumerate(delays):
        sent_ns = NOW_NS + i * 10 * NS_PER_SECOND
        heard.note("edge-01", sent_ns + delay_s * NS_PER_SECOND, sent_ns + ahead_s * NS_PER_SECOND)
    (node,) = heard.nodes()
    assert node.ahead_s == ahead_s - min(delays[-LAST_TOLD:])
    assert node.heard_ns == NOW_NS + ((len(delays) - 1) * 10 + delays[-1]) * NS_PER_SECOND


def test_data_alone_tells_no_clock() -> None:
    """A node that has not told its time has no offset; names from outside cannot fill the memory."""
    heard = Heard()
    for i in range(heard_nodes.MAX_NODES + 5):
        heard.note(f"edge-{i}", NOW_NS)
    nodes = heard.nodes()
    assert len(nodes) == heard_nodes.MAX_NODES
    assert {node.ahead_s for node in nodes} == {None}
