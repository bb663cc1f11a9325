"""Messages by MQTT: each to the events' topic, and the state of each alarm kept at a topic of its own."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING
from urllib.parse import quote

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from analytics.notify.channel import ChannelAway, ChannelRefused, link_errors
from analytics.notify.notice import ACKNOWLEDGED, CLEARED, ESCALATED, RAISED
from analytics.notify.template import read_body
from greendc.texts import t

if TYPE_CHECKING:
    import datetime as dt

    from paho.mqtt.reasoncodes import ReasonCode

    from analytics.notify.notice import Notice
    from greendc.broker import Broker

STANDS = frozenset({RAISED, ESCALATED, ACKNOWLEDGED})


class Mqtt:
    """A `Channel` to a broker, QoS 1.

    ``PREFIX/SITE/events`` has every message. ``PREFIX/SITE/state/ALARM`` has what stands: it is retained, and taken
    away when the alarm is over.
    """

    def __init__(self, broker: Broker, prefix: str, *, zone: dt.tzinfo, lang: str, timeout_s: float) -> None:
        """Take the broker and the first part of the topics."""
        self._broker = broker
        self._prefix = prefix
        self._zone = zone
        self._lang = lang
        self._timeout_s = timeout_s
        self._body = read_body("json")

    def send(self, notice: Notice) -> None:
        """Publish a message over a connection of its own; as `Channel.send`."""
        payload = self._body.filled(notice.fields(self._zone, self._lang))
        client = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5, reconnect_on_failure=False)
        client.connect_timeout = self._timeout_s
        if self._broker.user:
            client.username_pw_set(self._broker.user, self._broker.password.reveal())
        answered, refusals = threading.Event(), []

        def connected(
            _client: paho.Client, _data: object, _flags: object, code: ReasonCode, _properties: object
        ) -> None:
            if code.is_failure:
                refusals.append(str(code))
            answered.set()

        client.on_connect = connected
        deadline = time.monotonic() + self._timeout_s
        with link_errors(self._timeout_s):
            if self._broker.tls:
                client.tls_set(self._broker.ca or None, self._broker.certificate or None, self._broker.key or None)
            client.connect(self._broker.host, self._broker.port)
        client.loop_start()
        try:
            if not answered.wait(max(0.0, deadline - time.monotonic())):
                raise ChannelAway(t("notify.failure.timeout", seconds=f"{self._timeout_s:g}"))
            if refusals:
                raise ChannelRefused(t("notify.failure.refused", why=refusals[0]))
            self._published(client, notice, payload, deadline)
        finally:
            client.disconnect()
            client.loop_stop()

    def _published(self, client: paho.Client, notice: Notice, payload: bytes, deadline: float) -> None:
        topics = [(f"{self._prefix}/{notice.site}/events", payload, False)]
        if notice.alarm is not None and notice.transition in {CLEARED, *STANDS}:
            state = f"{self._prefix}/{notice.site}/state/{quote(notice.alarm.id, safe='/')}"
            topics.insert(0, (state, payload if notice.transition in STANDS else b"", True))
        refused: list[str] = []

        def taken(_client: paho.Client, _data: object, _mid: int, code: ReasonCode, _properties: object) -> None:
            if code.is_failure:
                refused.append(str(code))

        client.on_publish = taken
        for topic, body, retain in topics:
            message = client.publish(topic, body, qos=1, retain=retain)
            try:
                message.wait_for_publish(max(0.0, deadline - time.monotonic()))
            except RuntimeError as error:
                raise ChannelAway(t("notify.failure.connect", why=str(error))) from error
            if not message.is_published():
                raise ChannelAway(t("notify.failure.timeout", seconds=f"{self._timeout_s:g}"))
            if refused:
                raise ChannelRefused(t("notify.failure.refused", why=refused[0]))
