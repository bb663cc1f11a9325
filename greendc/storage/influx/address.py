"""Where an InfluxDB is: ``influxdb://HOST:PORT/DATABASE[?org=ORG&ca=FILE]``."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

import msgspec

from greendc.errors import ConfigError

PORT = 8086

_SCHEMES = {"influxdb": "http", "influxdbs": "https"}
_SIGN_IN = re.compile(r"//.*@")
_DATABASE = re.compile(r"\w[\w .-]{0,63}")


class InfluxAddress(msgspec.Struct, frozen=True, kw_only=True):
    """``url`` is that of the server; ``database`` the 1.x database, the 2.x bucket or the 3.x database.

    ``org`` is for 2.x; ``ca`` names a file with the certificates to trust besides those of this machine.
    """

    url: str
    database: str
    org: str = ""
    ca: str = ""


def parse_address(text: str) -> InfluxAddress:
    """Read a store's address.

    Raises:
        ConfigError: scheme, host, port, database or a parameter does not fit, or a secret stands in it.
    """
    try:
        parts = urlsplit(text)
    except ValueError as error:
        raise _wrong("host") from error
    if parts.scheme not in _SCHEMES:
        raise _wrong("scheme", url=_SIGN_IN.sub("//", text))
    if parts.username is not None or parts.password is not None:
        raise ConfigError.single("storage.url.secret", hint="storage.url.secret_hint", path="store")
    database = unquote(parts.path.removeprefix("/"))
    if not _DATABASE.fullmatch(database):
        raise _wrong("database")
    known = dict(parse_qsl(parts.query, keep_blank_values=True))
    for name in known.keys() - {"org", "ca"}:
        raise _wrong("query", name=name)
    return InfluxAddress(
        url=f"{_SCHEMES[parts.scheme]}://{_host(parts)}",
        database=database,
        org=known.get("org", ""),
        ca=known.get("ca", ""),
    )


def _host(parts: SplitResult) -> str:
    try:
        port = parts.port or PORT
    except ValueError as error:
        raise _wrong("host") from error
    if not parts.hostname:
        raise _wrong("host")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{host}:{port}"


def _wrong(what: str, **params: str) -> ConfigError:
    return ConfigError.single(f"storage.url.{what}", hint="storage.url.hint", path="store", **params)
