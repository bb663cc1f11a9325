"""Bodies of webhooks: data files with placeholders, filled in without running anything.

A body is JSON text. ``$name`` stands inside quotes and is escaped; ``$name_json`` stands for a whole JSON value (a
number, true, false or null). Nothing else is replaced, and what comes out must be JSON again.
"""

from __future__ import annotations

import datetime as dt
import math
import tomllib
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Literal

import msgspec

from greendc.errors import ConfigError, Problem
from greendc.notifier import SHIPPED_BODIES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Field = str | float | bool | None
FIELDS = (
    "id",
    "site",
    "transition",
    "time",
    "headline",
    "text",
    "by",
    "reason",
    "count",
    "alarm",
    "rule",
    "priority",
    "advisory",
    "node",
    "place",
    "device",
    "quantity",
    "value",
    "unit",
    "limit",
    "since",
    "detail",
    "explanation",
    "action",
)
FULL_WIDTH = 0xFEE0
"""How far the full-width form of an ASCII sign is from it (Unicode block U+FF00)."""
HOSTILE = '"\\\n\u202e</script>${id}$$'


class Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A template.

    ``answer`` are keys of the server's JSON answer that are 0 when all is well. ``longest`` bounds a field in bytes of
    UTF-8. ``neutral`` are signs that mean something to the receiver; texts get their full-width forms instead.
    ``source`` is where its form is described, as of ``date``.
    """

    schema: Literal[1]
    body: str
    source: str = ""
    date: dt.date | None = None
    answer: list[str] = []
    longest: int = 4000
    neutral: str = ""
    signature: Literal["", "dingtalk", "feishu"] = ""

    def filled(self, fields: Mapping[str, Field]) -> bytes:
        """Return the JSON of a message.

        Raises:
            KeyError: the body has an unknown placeholder.
            ValueError: a lone ``$`` stands in it, or what comes out is no JSON.
        """
        given: dict[str, str] = {}
        for name, value in fields.items():
            text = "" if value is None else str(value)
            given[name] = _inside_quotes(self._tame(text))
            given[f"{name}_json"] = _whole(value)
        text = Template(self.body).substitute(given)
        try:
            return msgspec.json.encode(msgspec.json.decode(text))
        except msgspec.DecodeError as error:
            raise ValueError(str(error)) from error

    def _tame(self, text: str) -> str:
        tamed = text.translate({ord(sign): chr(ord(sign) + FULL_WIDTH) for sign in self.neutral})
        raw = tamed.encode("utf-8", "ignore")
        if len(raw) <= self.longest:
            return tamed
        return raw[: self.longest - 3].decode("utf-8", "ignore") + "…"


def _inside_quotes(text: str) -> str:
    return msgspec.json.encode(text.encode("utf-8", "ignore").decode()).decode()[1:-1]


def _whole(value: Field) -> str:
    if isinstance(value, float) and not math.isfinite(value):
        return "null"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return msgspec.json.encode(value.encode("utf-8", "ignore").decode() if isinstance(value, str) else value).decode()


def read_body(name: str) -> Body:
    """Return a body that ships with greendc, or the one in a file whose name ends in ``.toml``.

    Raises:
        ConfigError: the file cannot be used; the problem says why.
    """
    shipped = name in SHIPPED_BODIES
    path = files(__package__).joinpath(f"templates/{name}.toml") if shipped else Path(name)
    try:
        found = msgspec.convert(tomllib.loads(path.read_text("utf-8")), Body)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        why = (error.strerror if isinstance(error, OSError) else "") or str(error)
        raise ConfigError.single("notify.template.unreadable", body=name, why=why) from error
    _try(name, found)
    return found


def _try(name: str, body: Body) -> None:
    """Fill a body with values that break what is not escaped, and with values that are not known."""
    samples: Sequence[dict[str, Field]] = (
        dict.fromkeys(FIELDS, HOSTILE),
        {**dict.fromkeys(FIELDS, ""), "value": None, "limit": 1.5, "advisory": True, "count": 2.0},
    )
    for sample in samples:
        try:
            body.filled(sample)
        except KeyError as error:
            known = ", ".join(FIELDS)
            params = {"body": name, "name": str(error.args[0]), "known": known}
            raise ConfigError(
                [Problem(key="notify.template.placeholder", hint="notify.template.placeholder_hint", params=params)]
            ) from error
        except ValueError as error:
            raise ConfigError(
                [Problem(key="notify.template.not_json", params={"body": name, "why": str(error)})]
            ) from error
