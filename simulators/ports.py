"""Free ports of this machine, the same ones again after a restart where they are still free."""

from __future__ import annotations

import contextlib
import socket
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from pathlib import Path

LOOPBACK = "127.0.0.1"


class Ports:
    """Gives out ports that are free for UDP and for TCP on 127.0.0.1."""

    def __init__(self, remembered: list[int] | None = None) -> None:
        """Prefer ``remembered`` ports, in their order."""
        self._wanted = list(remembered or [])
        self.given: list[int] = []

    @classmethod
    def of_file(cls, path: Path) -> Ports:
        """Prefer the ports that a run before wrote to a file; none when there is no such file."""
        try:
            return cls(msgspec.json.decode(path.read_bytes(), type=list[int]))
        except (OSError, msgspec.DecodeError):
            return cls()

    def __call__(self) -> int:
        """Return a free port."""
        wanted = self._wanted.pop(0) if self._wanted else 0
        port = _free(wanted) or _free(0)
        while port is None or port in self.given:
            port = _free(0)
        self.given.append(port)
        return port

    def remember(self, path: Path) -> None:
        """Write the ports for the next run."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(msgspec.json.encode(self.given))


def _free(port: int) -> int | None:
    """Return the port, or any when it is 0, if both UDP and TCP can have it."""
    with (
        contextlib.suppress(OSError),
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams,
        socket.socket(socket.AF_INET, socket.SOCK_STREAM) as stream,
    ):
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        datagrams.bind((LOOPBACK, port))
        found = int(datagrams.getsockname()[1])
        stream.bind((LOOPBACK, found))
        return found
    return None
