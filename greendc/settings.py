"""Every setting of greendc in one tuple: its name, where it may come from, and its default.

A setting comes from the command line (``--data``), else from the environment (``GREENDC_DATA``), else from the
default. A secret comes from the environment or from a file (``GREENDC_STORE_TOKEN`` or ``GREENDC_STORE_TOKEN_FILE``),
never from a command line.
"""

from __future__ import annotations

import os
import re
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from greendc.errors import ConfigError
from greendc.texts import t

if TYPE_CHECKING:
    from collections.abc import Mapping


MASK = "********"
_SIGN_IN = re.compile(r"//[^/]*@")


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """One setting; its help text is ``settings.<name>`` in the catalogue."""

    name: str
    default: str = ""
    secret: bool = False

    @property
    def variable(self) -> str:
        """Return the name of the environment variable."""
        return f"GREENDC_{self.name.upper()}"

    def help(self, lang: str | None = None) -> str:
        """Return what the setting does, for a person."""
        return t(f"settings.{self.name}", lang)


SETTINGS: tuple[Setting, ...] = (
    Setting(name="site", default="site.toml"),
    Setting(name="data"),
    Setting(name="store", default="embedded"),
    Setting(name="store_token", secret=True),
    Setting(name="store_read_token", secret=True),
    Setting(name="retention_raw", default="0"),
    Setting(name="retention_1m", default="0"),
    Setting(name="retention_15m", default="0"),
    Setting(name="retention_1h", default="0"),
    Setting(name="settle_days", default="3"),
    Setting(name="broker", default="mqtt://127.0.0.1:1883"),
    Setting(name="broker_user"),
    Setting(name="broker_password", secret=True),
    Setting(name="broker_ca"),
    Setting(name="broker_certificate"),
    Setting(name="broker_key"),
    Setting(name="dashboard_address", default="127.0.0.1"),
    Setting(name="dashboard_port", default="8501"),
    Setting(name="lang"),
    Setting(name="log_level", default="info"),
)


class Origin(StrEnum):
    """Where the value in force comes from; ``FILE`` is the file that a variable names."""

    GIVEN = "given"
    ENVIRONMENT = "environment"
    FILE = "file"
    DEFAULT = "default"


class InForce(msgspec.Struct, frozen=True, kw_only=True):
    """One setting as it is in force. ``value`` of a secret is empty; ``is_set`` says whether it has one at all."""

    name: str
    variable: str
    value: str
    origin: Origin
    secret: bool
    is_set: bool


class Secret:
    """A secret that does not show itself: not in logs, tracebacks, ``repr`` or JSON."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        """Wrap the value."""
        self._value = value

    def reveal(self) -> str:
        """Return the value, at the one place where it is handed to a protocol."""
        return self._value

    def __bool__(self) -> bool:
        """Tell whether there is a secret at all."""
        return bool(self._value)

    def __repr__(self) -> str:
        """Return a mask."""
        return f"Secret({MASK})" if self._value else "Secret()"


def secret_from(variable: str, environ: Mapping[str, str] | None = None) -> Secret:
    """Return the secret in ``variable`` or in the file that ``variable_FILE`` names; an empty one when neither is set.

    Raises:
        ConfigError: the named file cannot be read.
    """
    env = os.environ if environ is None else environ
    if variable in env:
        return Secret(env[variable])
    if path := env.get(f"{variable}_FILE"):
        return secret_file(Path(path))
    return Secret("")


def secret_file(path: Path) -> Secret:
    """Return the first line of a file as a secret.

    Raises:
        ConfigError: the file cannot be read.
    """
    try:
        return Secret(path.read_text("utf-8").partition("\n")[0].strip())
    except (OSError, UnicodeDecodeError) as error:
        why = (error.strerror if isinstance(error, OSError) else "") or type(error).__name__
        raise ConfigError.single("errors.secret_unreadable", file=path, why=why) from error


class Settings:
    """The settings in force, each with its origin."""

    def __init__(self, given: Mapping[str, str | None] | None = None, environ: Mapping[str, str] | None = None) -> None:
        """Take what the command line gave; look up the rest in the environment and the defaults."""
        self._given = {name: value for name, value in (given or {}).items() if value is not None}
        self._environ = os.environ if environ is None else environ

    def get(self, name: str) -> str:
        """Return a setting that is not secret.

        Raises:
            KeyError: there is no such setting.
        """
        setting = next((s for s in SETTINGS if s.name == name and not s.secret), None)
        if setting is None:
            raise KeyError(name)
        return self._given.get(name) or self._environ.get(setting.variable) or setting.default

    def secret(self, name: str) -> Secret:
        """Return a secret setting."""
        return secret_from(f"GREENDC_{name.upper()}", self._environ)

    def in_force(self) -> list[InForce]:
        """Return every setting with its origin; no secret is in it, nor a sign-in within an address."""
        return [self._in_force(setting) for setting in SETTINGS]

    def _in_force(self, setting: Setting) -> InForce:
        named = self._environ.get(f"{setting.variable}_FILE", "") if setting.secret else ""
        value = "" if setting.secret else self.get(setting.name)
        if setting.name == "data":
            value = str(self.data_dir)
        origin = Origin.DEFAULT
        if not setting.secret and self._given.get(setting.name):
            origin = Origin.GIVEN
        elif self._environ.get(setting.variable):
            origin = Origin.ENVIRONMENT
        elif named:
            origin = Origin.FILE
        return InForce(
            name=setting.name,
            variable=f"{setting.variable}_FILE" if origin is Origin.FILE else setting.variable,
            value=_SIGN_IN.sub(f"//{MASK}@", value),
            origin=origin,
            secret=setting.secret,
            is_set=origin is not Origin.DEFAULT or bool(setting.default),
        )

    @property
    def data_dir(self) -> Path:
        """Return the data directory: spool, store, ledger, status."""
        return Path(self.get("data") or default_data_dir(self._environ))


def default_data_dir(environ: Mapping[str, str]) -> Path:
    """Return the platform's state directory for greendc (XDG Base Directory Specification 0.8)."""
    state = environ.get("STATE_DIRECTORY") or environ.get("XDG_STATE_HOME")
    if environ.get("STATE_DIRECTORY"):
        return Path(str(state))
    return Path(state) / "greendc" if state else Path.home() / ".local/state/greendc"
