"""When the writer last heard of each edge node, and how far the node's clock is off at least."""

from __future__ import annotations

import threading
from collections import deque

from greendc.status import NodeHeard
from greendc.units import NS_PER_SECOND

LAST_TOLD = 12
"""So many of a node's reports are looked at: the one that was least under way tells most about its clock."""
MAX_NODES = 4096
"""Names come from outside; a broker that lets anybody write must not fill the memory."""


class Heard:
    """What is known of the nodes since this process started; every method may be called from any thread."""

    def __init__(self) -> None:
        """Start with nobody heard."""
        self._lock = threading.Lock()
        self._heard_ns: dict[str, int] = {}
        self._ahead_ns: dict[str, deque[int]] = {}

    def note(self, node: str, now_ns: int, told_ns: int | None = None) -> None:
        """Note a message that arrived at ``now_ns`` and, when it said so, was written at ``told_ns``."""
        with self._lock:
            if node not in self._heard_ns and len(self._heard_ns) >= MAX_NODES:
                return
            self._heard_ns[node] = now_ns
            if told_ns is not None:
                self._ahead_ns.setdefault(node, deque(maxlen=LAST_TOLD)).append(told_ns - now_ns)

    def nodes(self) -> list[NodeHeard]:
        """Return every node that was heard, by name."""
        with self._lock:
            return [
                NodeHeard(
                    name=name,
                    heard_ns=self._heard_ns[name],
                    ahead_s=max(self._ahead_ns[name]) / NS_PER_SECOND if name in self._ahead_ns else None,
                )
                for name in sorted(self._heard_ns)
            ]
