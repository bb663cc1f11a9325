"""Fixtures that every test may ask for."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from tests import influx, servers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

# How long an example takes depends on what else the machine does. `make test` draws the same examples each time, so
# that it says of a change only what the change did; `make soak` draws new ones.
settings.register_profile("suite", deadline=None, derandomize=True)
settings.register_profile("soak", deadline=None)
settings.load_profile("soak" if os.environ.get("GREENDC_SOAK") else "suite")


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


@pytest.fixture(scope="session")
def influx_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the store URL of a real InfluxDB: the one that GREENDC_TEST_INFLUX_URL names, else one started here.

    Tests share its database; each uses its own site.
    """
    named = os.environ.get("GREENDC_TEST_INFLUX_URL")
    if named:
        yield named
        return
    port = servers.free_port()
    with influx.influxd(tmp_path_factory.mktemp("influx"), port):
        yield f"influxdb://127.0.0.1:{port}/greendc"
