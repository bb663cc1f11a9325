"""MQTT against a real broker: events, the retained state of each alarm, sign-in and a broker that is away."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import msgspec
import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from analytics.notify.channel import ChannelAway, ChannelRefused
from analytics.notify.mqtt import Mqtt
from greendc.broker import Broker
from greendc.settings import Secret
from tests.analytics.notify.postbox import notice
from tests.analytics.plant import SITE
from tests.authority import Authority
from tests.servers import ServerProcess, tcp_answers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


def serve(program: Path, folder: Path, port: int, settings: str) -> ServerProcess:
    """Return a broker that begins to answer when it is entered."""
    (folder / "mosquitto.conf").write_text(f"user root\nlistener {port} 127.0.0.1\n{settings}", "utf-8")
    return ServerProcess([program, "-c", folder / "mosquitto.conf"], ready=lambda: tcp_answers(port))


@pytest.fixture
def broker(require_server: Callable[[str, str], Path], tmp_path: Path, free_port: int) -> Iterator[Broker]:
    """Return a broker that anyone may use."""
    with serve(require_server("mosquitto", "mosquitto"), tmp_path, free_port, "allow_anonymous true\n"):
        yield Broker(url=f"mqtt://127.0.0.1:{free_port}")


def channel(broker: Broker, wait_s: float = 5.0) -> Mqtt:
    """Return an MQTT channel."""
    return Mqtt(broker, "greendc/alarms", zone=ZoneInfo("Asia/Shanghai"), lang="en", timeout_s=wait_s)


def seen(broker: Broker, do: Callable[[], None], count: int) -> list[tuple[str, bool, bytes]]:
    """Return so many messages that a listener gets from its subscription on, while ``do`` runs."""
    found: list[tuple[str, bool, bytes]] = []
    ready, full = threading.Event(), threading.Event()
    client = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)

    def arrived(_client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        found.append((message.topic, bool(message.retain), bytes(message.payload)))
        if len(found) >= count:
            full.set()

    client.on_message = arrived
    client.on_subscribe = lambda *_: ready.set()
    client.connect(broker.host, broker.port)
    client.subscribe("greendc/#", 1)
    client.loop_start()
    assert ready.wait(10)
    do()
    assert full.wait(10 if count else 0.5) or count == 0
    client.disconnect()
    client.loop_stop()
    return found


def test_state_is_retained_until_the_alarm_is_over(broker: Broker) -> None:
    """Who subscribes later sees what stands; nothing once the alarm has cleared; events are never retained."""
    state, events = f"greendc/alarms/{SITE}/state/rack_inlet/r01", f"greendc/alarms/{SITE}/events"
    live = seen(broker, lambda: channel(broker).send(notice()), 2)
    assert [topic for topic, _, _ in live] == [state, events]
    assert msgspec.json.decode(live[1][2])["alarm"] == "rack_inlet/r01"

    later = seen(broker, lambda: None, 1)
    assert [(topic, retained) for topic, retained, _ in later] == [(state, True)]
    assert msgspec.json.decode(later[0][2])["transition"] == "raised"

    over = seen(broker, lambda: channel(broker).send(notice(transition="cleared")), 3)[1:]
    assert [(topic, bool(payload)) for topic, _, payload in over] == [(state, False), (events, True)]
    assert seen(broker, lambda: None, 0) == []


def test_a_name_is_no_wildcard(broker: Broker) -> None:
    """An alarm whose id has the broker's special marks gets a topic of its own."""
    odd = seen(broker, lambda: channel(broker).send(notice(id="rule/#+\u0000$☃")), 2)
    assert odd[0][0] == f"greendc/alarms/{SITE}/state/rule/%23%2B%00%24%E2%98%83"


def test_a_broker_that_refuses_and_one_that_is_away(
    require_server: Callable[[str, str], Path], tmp_path: Path, free_port: int
) -> None:
    """Who may not sign in is refused; where nobody answers, the broker is away."""
    there = Broker(url=f"mqtt://127.0.0.1:{free_port}")
    with pytest.raises(ChannelAway):
        channel(there, 0.5).send(notice())
    with (
        serve(require_server("mosquitto", "mosquitto"), tmp_path, free_port, "allow_anonymous false\n"),
        pytest.raises(ChannelRefused),
    ):
        channel(there).send(notice())


# paho drops a socket whose handshake failed without closing it; the interpreter does so at once.
@pytest.mark.filterwarnings("ignore:Exception ignored in. <ssl.SSLSocket:pytest.PytestUnraisableExceptionWarning")
def test_tls_with_sign_in(require_server: Callable[[str, str], Path], tmp_path: Path, free_port: int) -> None:
    """An encrypted link with a made certificate; a foreign one is not trusted."""
    ours, foreign = Authority(tmp_path, "ours"), Authority(tmp_path, "foreign")
    certificate, key = ours.issue("broker")
    settings = f"certfile {certificate}\nkeyfile {key}\nallow_anonymous true\n"
    with serve(require_server("mosquitto", "mosquitto"), tmp_path, free_port, settings):
        url = f"mqtts://127.0.0.1:{free_port}"
        channel(Broker(url=url, user="u", password=Secret("p"), ca=str(ours.certificate))).send(notice())
        with pytest.raises(ChannelAway, match="certificate"):
            channel(Broker(url=url, ca=str(foreign.certificate))).send(notice())
