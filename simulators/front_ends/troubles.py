"""What can be wrong on the way to a device or an edge node, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulators.devices.device import Device


class Trouble(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with one device or node at a moment.

    ``offline``: a device does not answer, a gateway takes no connection for it, a node has no broker. ``delay_s``: an
    answer comes so much later, a node's messages are held back so long. ``loss_ratio``: the share of requests that
    are not answered, or of messages that never leave. ``exception``: a Modbus unit answers with this code.
    ``duplicate_ratio``: the share of a node's messages that are sent twice. ``clock_s``: how far the clock of a node
    is ahead.
    """

    offline: bool = False
    delay_s: float = 0.0
    loss_ratio: float = 0.0
    exception: int = 0
    duplicate_ratio: float = 0.0
    clock_s: float = 0.0


NO_TROUBLE = Trouble()
UNANSWERED = Trouble(loss_ratio=1.0)


class Troubles(Protocol):
    """A schedule of troubles."""

    def at(self, target: str, time_s: float) -> Trouble:
        """Return what is wrong with a device or node, by name, at a time [s since 1970] of its plant."""


class Calm:
    """Nothing is ever wrong."""

    def at(self, _target: str, _time_s: float) -> Trouble:
        """Return no trouble."""
        return NO_TROUBLE


CALM = Calm()


def line_to(device: Device, troubles: Troubles) -> Callable[[], Trouble]:
    """Return the way to a device: its troubles, and now and then a read that it loses by itself."""

    def now() -> Trouble:
        return troubles.at(device.name, device.now_s()) if device.answers() else UNANSWERED

    return now


def quiet() -> Trouble:
    """Return no trouble: a way on which nothing is ever wrong."""
    return NO_TROUBLE
