"""Free ports of the loopback, for servers that are started a moment later.

They lie below the range from which Linux takes the ports of outgoing connections (ip_local_port_range, from 32768 on by
default). A port from that range may be taken by anybody's connection between the choice and the use.
"""

from __future__ import annotations

import contextlib
import random
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

LOOPBACK = "127.0.0.1"
QUIET = range(20_000, 32_000)
TRIES = 400
TCP = (socket.SOCK_STREAM,)
BOTH = (socket.SOCK_STREAM, socket.SOCK_DGRAM)


def is_free(port: int, kinds: Collection[socket.SocketKind] = TCP) -> bool:
    """Tell whether a port of 127.0.0.1 can be had for all the kinds of sockets."""
    with contextlib.ExitStack() as stack:
        for kind in kinds:
            probe = stack.enter_context(socket.socket(socket.AF_INET, kind))
            if kind == socket.SOCK_STREAM:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                return False
    return True


def free_port(kinds: Collection[socket.SocketKind] = TCP) -> int | None:
    """Return a port of 127.0.0.1 that is free for all the kinds of sockets, None when many tries found none."""
    candidates = random.sample(QUIET, TRIES)
    return next((port for port in candidates if is_free(port, kinds)), None)
