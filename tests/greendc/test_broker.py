"""A broker off this machine is used with TLS and credentials, or not at all."""

from __future__ import annotations

import pytest

from greendc.broker import Broker, check_off_loopback, parse_broker
from greendc.errors import ConfigError
from greendc.settings import Secret, Settings


@pytest.mark.parametrize(
    ("url", "user", "password", "certificate", "codes"),
    [
        ("mqtt://127.0.0.1:1883", "", "", "", []),
        ("mqtt://localhost", "", "", "", []),
        ("mqtt://10.0.0.5", "u", "p", "", ["broker.no_tls"]),
        ("mqtts://broker.example", "", "", "", ["broker.no_credentials"]),
        ("mqtts://broker.example", "u", "", "", ["broker.no_credentials"]),
        ("mqtt://10.0.0.5", "", "", "", ["broker.no_tls", "broker.no_credentials"]),
        ("mqtts://broker.example", "u", "p", "", []),
        ("mqtts://broker.example", "", "", "node.pem", []),
        ("mqtts://u:p@broker.example", "", "", "", ["broker.secret_in_url"]),
        ("http://127.0.0.1", "", "", "", ["broker.url"]),
        ("mqtt://127.0.0.1:99999", "", "", "", ["broker.url"]),
        ("mqtt://", "", "", "", ["broker.url"]),
        ("mqtt://a..b", "", "", "", ["broker.url"]),
    ],
)
def test_off_loopback(url: str, user: str, password: str, certificate: str, codes: list[str]) -> None:
    """Every missing protection is named in one sentence of its own."""
    broker = Broker(url=url, user=user, password=Secret(password), certificate=certificate, key=certificate)
    if not codes:
        assert check_off_loopback(broker) is broker
        return
    with pytest.raises(ConfigError) as caught:
        check_off_loopback(broker)
    assert [problem.key for problem in caught.value.problems] == codes


def test_a_password_in_a_broken_address_is_not_shown() -> None:
    """The sentence about an address that is none leaves out who signs in with what."""
    with pytest.raises(ConfigError) as caught:
        check_off_loopback(Broker(url="mqtts://u:canary@hub:99999"))
    assert "canary" not in str(caught.value)
    assert "hub:99999" in str(caught.value)


def test_from_settings() -> None:
    """The settings' broker is parsed, and its password never shows itself."""
    environ = {"GREENDC_BROKER": "mqtts://hub", "GREENDC_BROKER_USER": "u", "GREENDC_BROKER_PASSWORD": "canary"}
    broker = parse_broker(Settings(environ=environ))
    assert (broker.host, broker.port, broker.tls) == ("hub", 8883, True)
    assert broker.password.reveal() == "canary"
    assert "canary" not in repr(broker)
