"""Notifications at work: from the ledger to real servers, over restarts, one channel hanging beside one that works."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import msgspec
import pytest

from analytics.notify import Office, send_test
from analytics.notify.office import LOST
from analytics.service import run_analyse
from analytics.service.pace import REAL
from greendc.clock import ManualClock, SystemClock
from greendc.ledger import SqliteLedger
from greendc.notifier import Notifier, NotifyKind
from greendc.status import ChannelStatus, NotifyStatus, read_status, write_status
from tests.analytics.memory_history import MemoryHistory
from tests.analytics.notify.postbox import acknowledge, alarm, clear, mail_server, raise_, webhook
from tests.analytics.plant import START
from tests.analytics.room import inlet, room, steady

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from greendc.site import Site


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqliteLedger]:
    """Return an empty ledger."""
    made = SqliteLedger(tmp_path / "ledger.sqlite")
    yield made
    made.close()


def hook_stanza(url: str, name: str = "chat", **changed: object) -> Notifier:
    """Return a webhook's stanza."""
    made = Notifier(name=name, kind=NotifyKind.WEBHOOK, url=url, timeout_s=2.0)
    return msgspec.structs.replace(made, **changed)


def site_with(*notifiers: Notifier) -> Site:
    """Return a room with channels."""
    return msgspec.structs.replace(room(), notify=list(notifiers))


def until(condition: Callable[[], bool], seconds: float = 10.0) -> bool:
    """Tell whether something comes true in time."""
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        if condition():
            return True
        time.sleep(0.02)
    return False


def office(site: Site, ledger: SqliteLedger, folder: Path) -> Office:
    """Return an office that is quick."""
    return Office(site, ledger, folder, SystemClock(), look_s=0.05, first_retry_s=0.2)


def test_what_happens_is_told_once_over_restarts(tmp_path: Path, ledger: SqliteLedger) -> None:
    """The past before the first start is not told; what happened while nobody was there is; nothing comes twice."""
    raise_(ledger, alarm(1))
    with webhook() as hook:
        site = site_with(hook_stanza(hook.url))
        with office(site, ledger, tmp_path):
            raise_(ledger, alarm(2))
            assert hook.wait_for(1)
        clear(ledger, alarm(2))
        acknowledge(ledger, alarm(1), "seen")
        with office(site, ledger, tmp_path):
            assert hook.wait_for(3)
        with office(site, ledger, tmp_path):
            assert not hook.wait_for(4, 0.5)
    said = [(found.json()["transition"], found.json()["alarm"]) for found in hook.got]
    assert said[0] == ("raised", "rack_inlet/r02")
    assert said[1:] == [("cleared", "rack_inlet/r02"), ("acknowledged", "rack_inlet/r01")]


def test_a_server_that_was_down_gets_everything_later(tmp_path: Path, ledger: SqliteLedger) -> None:
    """The outbox keeps what could not be sent, and the status says which channel is down and why, without its key."""
    with webhook() as hook:
        site = site_with(hook_stanza("", url_file=str(tmp_path / "address")))
        (tmp_path / "address").write_text(hook.url, "utf-8")
        hook.status = 503

        def status() -> NotifyStatus:
            return read_status(tmp_path, "notify", NotifyStatus) or NotifyStatus(time_ns=0)

        with office(site, ledger, tmp_path):
            raise_(ledger, alarm(1))
            assert until(lambda: any(channel.error for channel in status().channels))
            assert (status().channels[0].waiting, status().channels[0].sent) == (1, 0)
            assert "SECRETKEY" not in (tmp_path / "status/notify.json").read_text("utf-8")
        hook.status = 200
        before = len(hook.got)
        with office(site, ledger, tmp_path):
            assert hook.wait_for(before + 1)
            assert until(lambda: [channel.sent for channel in status().channels] == [1])
    assert status().channels[0].error == ""


def test_a_channel_that_hangs_holds_up_no_other(tmp_path: Path, ledger: SqliteLedger, free_port: int) -> None:
    """Mail goes out at once while a webhook keeps its caller waiting; closing waits for its limit at most."""
    with webhook() as hook, mail_server(port=free_port) as box:
        hook.delay.clear()
        mail = Notifier(
            name="mail",
            kind=NotifyKind.EMAIL,
            url=f"smtp://127.0.0.1:{free_port}",
            sender="a@example.org",
            to=("b@example.org",),
        )
        began_s = time.monotonic()
        with office(site_with(hook_stanza(hook.url), mail), ledger, tmp_path):
            raise_(ledger, alarm(1))
            assert until(lambda: len(box.got) == 1)
        assert time.monotonic() - began_s < 8


def test_a_configuration_that_cannot_be_used_is_a_channel_that_is_down(
    tmp_path: Path, ledger: SqliteLedger, caplog: pytest.LogCaptureFixture
) -> None:
    """A missing secret, a missing body and an address off this machine without TLS end nothing; each is said once."""
    stanzas = [
        hook_stanza("", "no-secret", url_env="GREENDC_TEST_NOT_SET"),
        hook_stanza("http://127.0.0.1:9/", "no-body", body=str(tmp_path / "missing.toml")),
        hook_stanza("", "no-tls", url_file=str(tmp_path / "address")),
    ]
    (tmp_path / "address").write_text("http://example.org/key", "utf-8")
    with office(site_with(*stanzas), ledger, tmp_path) as open_office:
        raise_(ledger, alarm(1))
        assert until(lambda: sum("is down" in record.message for record in caplog.records) == 3)
        open_office.raise_bug()
    said = caplog.text
    assert "GREENDC_TEST_NOT_SET" in said
    assert "missing.toml" in said
    assert "example.org/key" not in said


def test_a_secret_that_cannot_be_sent_is_not_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    """A token with a line break is refused by the HTTP library with its text; what is said of it leaves that out."""
    monkeypatch.setenv("GREENDC_TEST_TOKEN", "t0psecret\nX-Other: 1")
    with webhook() as hook:
        said = send_test(hook_stanza(hook.url, token_env="GREENDC_TEST_TOKEN"), room(), SystemClock())
    assert said
    assert "t0psecret" not in said
    assert hook.got == []


def test_an_alarm_that_cannot_be_worded_stops_nothing(tmp_path: Path, ledger: SqliteLedger) -> None:
    """An alarm of a rule that is not known here is refused and tried later; the next one goes out."""
    with webhook() as hook, office(site_with(hook_stanza(hook.url)), ledger, tmp_path) as open_office:
        raise_(ledger, alarm(1, rule="of_another_version", id="of_another_version/r01"))
        raise_(ledger, alarm(2))
        assert hook.wait_for(1)
        open_office.raise_bug()
    assert hook.got[0].json()["alarm"] == "rack_inlet/r02"


def test_what_is_given_up_is_in_the_ledger(tmp_path: Path, ledger: SqliteLedger, free_port: int) -> None:
    """After a day the loss is an event, with the channel and the number of messages."""
    clock = ManualClock(10**18)
    site = site_with(hook_stanza(f"http://127.0.0.1:{free_port}/"))
    made = Office(site, ledger, tmp_path, clock)
    raise_(ledger, alarm(1))
    raise_(ledger, alarm(2))
    assert made.look() == 2
    assert made.look() == 0
    clock.advance(86_401)
    made._couriers[0].step()
    made.__exit__(None, None, None)
    (event,) = ledger.events(kind=LOST)
    assert (event.subject, event.body) == ("chat", '{"count":2}')


def test_a_channel_that_is_gone_takes_its_messages_with_it(tmp_path: Path, ledger: SqliteLedger) -> None:
    """What waited for a channel that was taken out of the site file is dropped."""
    with webhook() as hook:
        first = Office(site_with(hook_stanza(hook.url, "old"), hook_stanza(hook.url)), ledger, tmp_path, SystemClock())
        raise_(ledger, alarm(1))
        assert first.look() == 2
        first.__exit__(None, None, None)
        with office(site_with(hook_stanza(hook.url)), ledger, tmp_path):
            assert hook.wait_for(1)
            assert not hook.wait_for(2, 0.3)


def test_without_channels_nothing_is_made(tmp_path: Path, ledger: SqliteLedger) -> None:
    """A site that names no channel has no outbox and no threads, and nothing is said of channels it once had."""
    write_status(tmp_path, "notify", NotifyStatus(time_ns=1, channels=[ChannelStatus(name="old", error="down")]))
    with office(room(), ledger, tmp_path) as idle:
        assert idle.look() == 0
        idle.raise_bug()
    assert not (tmp_path / "notify.sqlite").exists()
    assert read_status(tmp_path, "notify", NotifyStatus) != NotifyStatus(time_ns=1)
    assert (read_status(tmp_path, "notify", NotifyStatus) or NotifyStatus(time_ns=0)).channels == []


def test_the_service_tells_what_its_rules_find(tmp_path: Path, ledger: SqliteLedger) -> None:
    """From a reading that is too warm to a group's robot: the schedule judges, the ledger notes, the robot hears."""
    history, stop = MemoryHistory(), threading.Event()
    steady(history, {inlet("r01"): 35.0, inlet("r02"): 21.0, inlet("r03"): 21.0}, start_ns=START)
    pace = msgspec.structs.replace(REAL, alarms_s=0.2, delay_scale=0.01)
    with webhook() as hook:
        site = site_with(hook_stanza(hook.url, body="dingtalk", priorities=("high",), language="zh"))
        service = threading.Thread(
            target=run_analyse,
            args=(site, lambda: history, ledger, tmp_path),
            kwargs={"stop": stop, "clock": ManualClock(START + 600 * 10**9), "pace": pace},
        )
        service.start()
        arrived = hook.wait_for(1, 20)
        stop.set()
        service.join()
    assert arrived
    told = hook.got[0].json()["text"]
    assert isinstance(told, dict)
    assert told["content"].startswith("高产生：机柜 r01 进风温度超过允许上限\n")


def test_a_test_message_goes_past_the_outbox() -> None:
    """It says that it is one, and what went wrong when it could not be sent."""
    with webhook() as hook:
        assert send_test(hook_stanza(hook.url), room(), SystemClock()) == ""
        hook.status = 404
        assert "404" in send_test(hook_stanza(hook.url), room(), SystemClock())
    assert hook.got[0].json()["transition"] == "test"
