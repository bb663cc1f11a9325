"""Stores for the tests that every store must pass."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest

from greendc.settings import Secret, secret_from
from greendc.storage import open_store
from greendc.storage.influx.store import InfluxStore
from tests import influx
from tests.influx_generations import ADMIN, ORG, Generation
from tests.servers import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

    from greendc.contracts import Store

GENERATIONS = {"influx-2": "2.7.11", "influx-3": "3.0.1"}
"""Interfaces of servers that cannot be had for the tests, each in front of a real 1.x."""


@pytest.fixture(scope="session")
def first_generation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a real InfluxDB 1.x of its own."""
    port = free_port()
    with influx.influxd(tmp_path_factory.mktemp("behind"), port):
        yield port


@pytest.fixture(scope="module", params=["embedded", "influx", *GENERATIONS])
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One of the stores, shared by the tests of a file; each test has a site of its own."""
    if version := GENERATIONS.get(request.param):
        with Generation(version, int(request.getfixturevalue("first_generation"))) as server:
            url = f"influxdb://127.0.0.1:{server.port}/{request.param}?org={ORG}"
            made = open_store(url, tmp_path_factory.mktemp("data"), token=Secret(ADMIN))
            assert isinstance(made, InfluxStore)
            made.initialise()
            yield made
            made.close()
        return
    url = "embedded" if request.param == "embedded" else str(request.getfixturevalue("influx_url"))
    opened = open_store(url, tmp_path_factory.mktemp("data"), token=secret_from("GREENDC_TEST_INFLUX_TOKEN"))
    yield opened
    opened.close()


@pytest.fixture
def site() -> str:
    """A site that no other test writes to."""
    return f"site-{uuid.uuid4()}"
