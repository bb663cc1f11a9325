"""The agent as a user starts it: it samples whatever the broker does, and refuses what is not safe."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import TYPE_CHECKING

from greendc.account import account
from greendc.embedded_broker import EmbeddedBroker
from greendc.model import SeriesKey
from greendc.status import EdgeStatus, read_status
from greendc.storage import open_store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SITE = """schema = 1
[site]
name = "hall"
[[edge_nodes]]
name = "edge-01"
devices = ["box"]
"""


def edge_file(folder: Path, url: str) -> Path:
    """Write the file of a node that reads the machine it runs on."""
    path = folder / "edge.toml"
    path.write_text(
        f'schema = 1\nsite = "hall"\nnode = "edge-01"\n[broker]\nurl = "{url}"\n'
        '[[devices]]\nname = "box"\nprofile = "host"\naddress = "host://"\ninterval_s = 0.5\n'
    )
    return path


def greendc(*words: object) -> list[str]:
    """Return a command line."""
    return [sys.executable, "-m", "greendc", *(str(word) for word in words)]


def wait_for(done: Callable[[], bool], log: Path) -> None:
    """Wait until a condition holds, or fail with what the processes wrote."""
    deadline = time.monotonic() + 25
    while not done():
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)


def test_samples_whatever_the_broker_does(tmp_path: Path, free_port: int) -> None:
    """Readings are kept while there is no broker; once there is one they arrive, and the node's account closes."""
    data, centre, log = tmp_path / "edge-01", tmp_path / "centre", tmp_path / "log"
    (tmp_path / "site.toml").write_text(SITE)
    url = f"mqtt://127.0.0.1:{free_port}"

    def status() -> EdgeStatus:
        return read_status(data, "edge", EdgeStatus) or EdgeStatus(time_ns=0)

    with log.open("wb") as out:
        words = greendc("edge", "--config", edge_file(tmp_path, url), "--data", data)
        agent = subprocess.Popen(words, stdout=out, stderr=out)
        children = [agent]
        try:
            wait_for(lambda: status().waiting > 20 and status().broker.startswith("away"), log)
            sampled_alone = status().waiting
            with EmbeddedBroker(free_port, tmp_path / "broker"):
                words = greendc("ingest", "--site", tmp_path / "site.toml", "--data", centre, "--broker", url)
                children.append(subprocess.Popen(words, stdout=out, stderr=out))
                wait_for(lambda: status().broker == "ok" and status().confirmed > sampled_alone, log)
                # Between two samples the node has nothing left to say.
                wait_for(lambda: status().waiting == 0, log)
                time.sleep(1.5)
                store = open_store("embedded", centre, read_only=True)
                report = account("hall", centre, store)
                backlog = store.latest([SeriesKey("hall", "edge-01", "", "spool_rows")])
                store.close()
            assert report.closes
            assert report.stored > sampled_alone
            assert [reading.value is not None for reading in backlog.values()] == [True]
            assert {row.node for row in report.rows} == {"edge-01"}
        finally:
            for child in children:
                child.terminate()
            codes = [child.wait(10) for child in children]
    assert codes == [0, 0], log.read_text()


def test_refuses_a_bare_link(tmp_path: Path) -> None:
    """Off this machine without TLS and credentials: exit code 2, one sentence for each, at its place in the file."""
    words = greendc("edge", "--config", edge_file(tmp_path, "mqtt://10.0.0.5"), "--data", tmp_path / "data")
    ended = subprocess.run(words, capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode == 2
    lines = [line for line in ended.stderr.splitlines() if "edge.toml:5:1" in line]
    assert len(lines) == 2, ended.stderr
    assert "TLS" in lines[0]
    assert not (tmp_path / "data" / "spool").exists()
