"""Where the MQTT broker is and how to sign in to it; anything off this machine needs TLS and credentials."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from greendc.device import is_loopback
from greendc.errors import ConfigError, Problem
from greendc.settings import Secret

if TYPE_CHECKING:
    from greendc.settings import Settings

PORTS = {"mqtt": 1883, "mqtts": 8883}
_SIGN_IN = re.compile(r"//.*@")


class Broker(msgspec.Struct, frozen=True, kw_only=True):
    """A broker: ``url`` is ``mqtt://HOST[:PORT]`` or ``mqtts://HOST[:PORT]``; the last three are paths of PEM files."""

    url: str
    user: str = ""
    password: Secret = Secret("")
    ca: str = ""
    certificate: str = ""
    key: str = ""

    @property
    def tls(self) -> bool:
        """Tell whether the link is encrypted."""
        return urlsplit(self.url).scheme == "mqtts"

    @property
    def host(self) -> str:
        """Return the host name or address."""
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        """Return the TCP port."""
        parts = urlsplit(self.url)
        return parts.port or PORTS[parts.scheme]

    @property
    def signs_in(self) -> bool:
        """Tell whether there are credentials: a user with a password, or a client certificate."""
        return bool(self.user and self.password) or bool(self.certificate and self.key)


def problems_of(broker: Broker) -> list[Problem]:
    """Return what forbids using the broker; each problem's ``path`` is the key it belongs to."""
    try:
        parts = urlsplit(broker.url)
        known = parts.scheme in PORTS and bool(parts.hostname) and parts.port != 0
        (parts.hostname or "").encode("idna")
    except ValueError:
        known = False
    if not known:
        shown = _SIGN_IN.sub("//", broker.url)
        return [Problem(key="broker.url", params={"url": shown}, hint="broker.url_hint", path="url")]
    if parts.username or parts.password:
        return [Problem(key="broker.secret_in_url", hint="broker.secret_in_url_hint", path="url")]
    if is_loopback(broker.host):
        return []
    where = {"host": broker.host}
    found = []
    if not broker.tls:
        found.append(Problem(key="broker.no_tls", params=where, hint="broker.no_tls_hint", path="url"))
    if not broker.signs_in:
        found.append(Problem(key="broker.no_credentials", params=where, hint="broker.no_credentials_hint", path="url"))
    return found


def check_off_loopback(broker: Broker) -> Broker:
    """Return the broker when it may be used.

    Raises:
        ConfigError: the address is not one, or it leaves this machine without TLS or without credentials.
    """
    if problems := problems_of(broker):
        raise ConfigError(problems)
    return broker


def parse_broker(settings: Settings) -> Broker:
    """Return the broker that the settings name.

    Raises:
        ConfigError: as `check_off_loopback`.
    """
    return check_off_loopback(
        Broker(
            url=settings.get("broker"),
            user=settings.get("broker_user"),
            password=settings.secret("broker_password"),
            ca=settings.get("broker_ca"),
            certificate=settings.get("broker_certificate"),
            key=settings.get("broker_key"),
        )
    )
