"""Free ports of this machine, the same ones again after a restart where they are still free."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from greendc.ports import BOTH, free_port, is_free

if TYPE_CHECKING:
    from pathlib import Path


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
        port = wanted if wanted and is_free(wanted, BOTH) else free_port(BOTH)
        while port is None or port in self.given:
            port = free_port(BOTH)
        self.given.append(port)
        return port

    def remember(self, path: Path) -> None:
        """Write the ports for the next run."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(msgspec.json.encode(self.given))
