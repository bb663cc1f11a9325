"""Messages by HTTP POST. Neither redirects nor proxies are followed: the configured address or none."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
from typing import TYPE_CHECKING
from urllib.parse import quote_plus, urlsplit

import msgspec

from analytics.notify.channel import ChannelAway, ChannelRefused, link_errors, tls_context
from greendc.texts import t

if TYPE_CHECKING:
    import datetime as dt

    from analytics.notify.notice import Notice
    from analytics.notify.template import Body
    from greendc.clock import Clock
    from greendc.settings import Secret

NS_PER_MS = 1_000_000
MS_PER_S = 1000
LONGEST_ANSWER = 64 * 1024
SAID = 200
TOO_MANY, TIMED_OUT, SERVER_ERROR = 429, 408, 500


class Webhook:
    """A `Channel` to an address of ``http://`` or ``https://``."""

    def __init__(
        self,
        url: Secret,
        body: Body,
        *,
        zone: dt.tzinfo,
        lang: str,
        clock: Clock,
        keys: tuple[Secret, Secret],
        files: tuple[str, str, str] = ("", "", ""),
        timeout_s: float,
    ) -> None:
        """Take where to post; ``keys`` are bearer token and signature, ``files`` authority, certificate and key."""
        self._url = url
        self._body = body
        self._zone = zone
        self._lang = lang
        self._clock = clock
        self._token, self._sign = keys
        self._files = files
        self._timeout_s = timeout_s

    def send(self, notice: Notice) -> None:
        """Post a message; as `Channel.send`."""
        payload, query = self._signed(self._body.filled(notice.fields(self._zone, self._lang)))
        parts = urlsplit(self._url.reveal())
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        if query:
            target += ("&" if parts.query else "?") + query
        headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "greendc", "Connection": "close"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token.reveal()}"
        with link_errors(self._timeout_s):
            try:
                self._posted(parts.scheme, parts.hostname or "", parts.port, target, payload, headers)
            except http.client.HTTPException as error:
                raise ChannelAway(t("notify.failure.connect", why=type(error).__name__)) from error

    def _posted(
        self, scheme: str, host: str, port: int | None, target: str, payload: bytes, headers: dict[str, str]
    ) -> None:
        link: http.client.HTTPConnection
        if scheme == "https":
            link = http.client.HTTPSConnection(host, port, timeout=self._timeout_s, context=tls_context(*self._files))
        else:
            link = http.client.HTTPConnection(host, port, timeout=self._timeout_s)
        try:
            link.request("POST", target, payload, headers)
            answer = link.getresponse()
            self._judge(answer.status, answer.read(LONGEST_ANSWER))
        finally:
            link.close()

    def _judge(self, status: int, said: bytes) -> None:
        """Raise unless the server took the message; some answer 200 and say no in the body."""
        if status in {TOO_MANY, TIMED_OUT} or status >= SERVER_ERROR:
            raise ChannelAway(t("notify.failure.status", status=status))
        if not 200 <= status < 300:  # noqa: PLR2004 (HTTP success, RFC 9110 section 15.3)
            raise ChannelRefused(t("notify.failure.status", status=status))
        if not self._body.answer:
            return
        try:
            found = msgspec.json.decode(said, type=dict[str, object])
        except msgspec.DecodeError as error:
            raise ChannelRefused(t("notify.failure.refused", why="no JSON")) from error
        codes = [found[key] for key in self._body.answer if key in found]
        if not codes or any(code != 0 for code in codes):
            why = str(found.get("errmsg") or found.get("msg") or codes)[:SAID]
            raise ChannelRefused(t("notify.failure.refused", why=why))

    def _signed(self, payload: bytes) -> tuple[bytes, str]:
        """Return body and query with the signature that the receiver asks for."""
        if not self._sign or not self._body.signature:
            return payload, ""
        secret = self._sign.reveal()
        now_ms = self._clock.now_ns() // NS_PER_MS
        if self._body.signature == "dingtalk":
            return payload, f"timestamp={now_ms}&sign={quote_plus(dingtalk_sign(now_ms, secret))}"
        stamp = now_ms // MS_PER_S
        fields = msgspec.json.decode(payload, type=dict[str, object])
        return msgspec.json.encode({"timestamp": str(stamp), "sign": feishu_sign(stamp, secret), **fields}), ""


def dingtalk_sign(now_ms: int, secret: str) -> str:
    """Return DingTalk's signature: the secret is the key, time and secret are the message."""
    message = f"{now_ms}\n{secret}"
    return base64.b64encode(hmac.digest(secret.encode(), message.encode(), hashlib.sha256)).decode()


def feishu_sign(now_s: int, secret: str) -> str:
    """Return Feishu's signature: time and secret are the key, the message is empty."""
    return base64.b64encode(hmac.digest(f"{now_s}\n{secret}".encode(), b"", hashlib.sha256)).decode()
