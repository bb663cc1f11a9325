"""InfluxDB 2.x and 3 as their documents say: buckets are made by one token, written by another, read by a third."""

from __future__ import annotations

import subprocess
import sys
import time
import uuid
from typing import TYPE_CHECKING

import pytest

from greendc.errors import PointsRefused, StoreAway, StoreRefused
from greendc.settings import Secret
from greendc.storage import open_store
from greendc.storage.influx.levels import EVERY_LEVEL
from greendc.storage.influx.store import InfluxStore
from greendc.storage.patience import patiently
from greendc.storage.retention import NS_PER_DAY, Retention
from tests.greendc.readings import HOUR, SECOND, T0, assert_steps, reading
from tests.influx_generations import ADMIN, ORG, READER, WRITER, Generation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILL = """
import sys
from pathlib import Path
from greendc.model import Reading
from greendc.storage import open_store
store = open_store(sys.argv[1], Path(sys.argv[2]))
for batch in range(10**6):
    store.write([
        Reading(time_ns=1_700_000_000 * 10**9 + (batch * 5 + n) * 60 * 10**9, site=sys.argv[3], device="d", part="",
                quantity="active_power_w", value=float(n))
        for n in range(5)
    ])
    print(batch, flush=True)
    if batch % 3 == 2:
        store.compact()
"""


@pytest.fixture(params=["2.7.11", "3.0.1"])
def server(request: pytest.FixtureRequest, first_generation: int) -> Iterator[Generation]:
    """A server on which nothing was made yet."""
    with Generation(request.param, first_generation) as found:
        yield found


def opened(server: Generation, path: Path, token: str, *, read_only: bool = False, days: int = 0) -> InfluxStore:
    """Open a bucket of its own name for each server."""
    url = f"influxdb://127.0.0.1:{server.port}/roles {server.version}?org={ORG}"
    retention = Retention(raw=days)
    store = open_store(url, path, token=Secret(token), read_only=read_only, retention=retention)
    assert isinstance(store, InfluxStore)
    return store


def test_each_role_has_its_token(server: Generation, tmp_path: Path) -> None:
    """Only who may make buckets makes them; who may only read cannot write; a wrong token may nothing."""
    writer = opened(server, tmp_path, WRITER)
    with pytest.raises(StoreRefused, match="GREENDC_STORE_TOKEN"):
        writer.initialise()
    admin = opened(server, tmp_path, ADMIN, days=90)
    admin.initialise()
    admin.initialise()
    name = f"roles {server.version}"
    assert set(server.buckets) == {name, *(f"{name}/{level}" for level in EVERY_LEVEL if level != "raw")}
    assert server.buckets[name] == 90 * NS_PER_DAY // SECOND
    site = f"s-{uuid.uuid4()}"
    now = reading(site, time.time_ns())
    writer.write([now])
    reader = opened(server, tmp_path, READER, read_only=True)
    assert reader.latest([now.key]) == {now.key: now}
    disguised = opened(server, tmp_path, READER)
    with pytest.raises(StoreRefused, match="GREENDC_STORE_TOKEN") as refused:
        disguised.write([now])
    assert READER not in str(refused.value)
    stranger = opened(server, tmp_path, "nobody's", read_only=True)
    with pytest.raises(StoreRefused, match="401"):
        stranger.count(site)
    for store in (writer, admin, reader, disguised, stranger):
        store.close()


def test_a_retention_can_be_changed(first_generation: int, tmp_path: Path) -> None:
    """Making what is there sets how long it is kept."""
    with Generation("2.7.11", first_generation) as server:
        for days in (30, 0):
            admin = opened(server, tmp_path, ADMIN, days=days)
            admin.initialise()
            admin.close()
            assert server.buckets["roles 2.7.11"] == days * 86400


def test_a_bucket_that_is_missing_is_a_persons_matter(first_generation: int, tmp_path: Path) -> None:
    """A writer of 2.x makes no bucket, and says which one is missing."""
    with Generation("2.7.11", first_generation) as server:
        writer = opened(server, tmp_path, ADMIN)
        with pytest.raises(StoreRefused, match=r"roles 2\.7\.11"):
            writer.write([reading("s", T0)])
        writer.close()


def test_what_is_older_than_the_retention_is_refused(first_generation: int, tmp_path: Path) -> None:
    """A reading that would be dropped at once is named; its neighbours are stored, and no rollup is lost for it."""
    store = open_store(f"influxdb://127.0.0.1:{first_generation}/kept", tmp_path, retention=Retention(raw=30))
    site, now = f"s-{uuid.uuid4()}", time.time_ns()
    with pytest.raises(PointsRefused) as refused:
        store.write([reading(site, now - 40 * NS_PER_DAY), reading(site, now)])
    assert refused.value.indices == (0,)
    assert store.count(site) == 1
    store.close()


def test_a_writer_that_was_killed_leaves_nothing_wrong(influx_url: str, tmp_path: Path) -> None:
    """Wherever it was, rollups are those of the readings at once, and whoever comes next tells what arrived."""
    site = f"s-{uuid.uuid4()}"
    command = [sys.executable, "-c", FILL, influx_url, str(tmp_path), site]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    told = [child.stdout.readline() for _batch in range(25)]
    child.kill()
    told += child.stdout.readlines()
    child.stdout.close()
    child.wait()
    key = reading(site, T0, device="d").key
    reader = open_store(influx_url, tmp_path, read_only=True)
    stored = reader.raw([key], 0, 2**62)
    assert stored.num_rows >= 5 * len([line for line in told if line.endswith("\n")])
    rows = [reading(site, row["time_ns"], row["value"], device="d") for row in stored.to_pylist()]
    for step in (60 * SECOND, 900 * SECOND, HOUR):
        assert_steps(reader.aggregated([key], T0 - HOUR, T0 + 1000 * HOUR, step).to_pylist(), rows, step)
    writer = open_store(influx_url, tmp_path)
    last = rows[-1]
    writer.write([last])
    windows = {window.start_ns for window in writer.arrived(site).windows}
    assert windows == {row.time_ns - row.time_ns % HOUR for row in rows}
    writer.compact()
    for step in (60 * SECOND, HOUR):
        assert_steps(reader.aggregated([key], T0 - HOUR, T0 + 1000 * HOUR, step).to_pylist(), rows, step)
    reader.close()
    writer.close()


def test_patience_waits_as_long_as_it_is_asked_to() -> None:
    """A server that says when to come again is left alone until then; at the end the error is told."""
    pauses: list[float] = []

    def away() -> None:
        raise StoreAway("away", 7.0)

    with pytest.raises(StoreAway):
        patiently(away, pauses.append)
    assert pauses == [7.0, 7.0, 7.0, 7.0, 8.0, 16.0, 30.0]
    patiently(lambda: None, pauses.append)
    assert len(pauses) == 7
