"""Fixtures that every test may ask for."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from tests import servers

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture(scope="session")
def require_server() -> Callable[[str, str], Path]:
    """Return a function (program, Debian package) -> path that skips, or fails in CI, when the program is missing."""
    return servers.require_server


@pytest.fixture
def free_port() -> int:
    """Return a free TCP port of 127.0.0.1."""
    return servers.free_port()


@pytest.fixture
def free_udp_port() -> int:
    """Return a free UDP port of 127.0.0.1."""
    return servers.free_port(socket.SOCK_DGRAM)
