"""A link that is kept alive: it comes back after a loss, and it can be stopped."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.backoff import pause_s
from collectors.mqtt.connection import Event, Lost, Ready, Session
from collectors.mqtt.link import Link
from greendc.broker import Broker
from greendc.embedded_broker import EmbeddedBroker

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


async def soon(done: Callable[[], bool]) -> None:
    """Wait until a condition holds, some seconds at most."""
    async with asyncio.timeout(15):
        while not done():  # noqa: ASYNC110 (waits for a network thread)
            await asyncio.sleep(0.02)


def test_comes_back_and_stops(tmp_path: Path, free_port: int) -> None:
    """Events follow the broker's comings and goings; a stop that meets a loss in the same instant is not forgotten."""

    async def run() -> list[Event]:
        events: list[Event] = []
        link = Link(Broker(url=f"mqtt://127.0.0.1:{free_port}"), Session(client_id="n", topics=("a",)), events.append)
        task = asyncio.create_task(link.run())
        await soon(lambda: link.state.startswith("away"))
        assert link.publish("a", b"offline") is None
        with EmbeddedBroker(free_port, tmp_path):
            await soon(lambda: link.online)
            assert link.publish("a", b"online") is not None
        await soon(lambda: not link.online)
        with EmbeddedBroker(free_port, tmp_path):
            await soon(lambda: link.online)
            link._end("away: for a test")
            task.cancel()
            done, _ = await asyncio.wait([task], timeout=5)
            assert done, "the stop was forgotten"
            assert task.cancelled()
        return events

    events = asyncio.run(run())
    kinds = [type(event) for event in events if isinstance(event, Ready | Lost)]
    assert kinds == [Ready, Lost, Ready, Lost]


@given(st.integers(1, 10_000), st.floats(0, 1))
def test_pauses(attempt: int, spread: float) -> None:
    """Pauses grow to the limit, are never zero, and never longer than the limit."""
    pause = pause_s(attempt, spread, first_s=0.5, longest_s=60.0)
    assert 0.25 <= pause <= 60.0
    assert pause_s(attempt + 1, spread, first_s=0.5, longest_s=60.0) == pytest.approx(min(2 * pause, 30 * (1 + spread)))
