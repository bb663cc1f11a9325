"""Every setting of greendc in one tuple: its name, where it may come from, and its default.

A setting comes from the command line (``--data``), else from the environment (``GREENDC_DATA``), else from the
default. A secret comes from the environment or from a file (``GREENDC_STORE_TOKEN`` or ``GREENDC_STORE_TOKEN_FILE``),
never from a command line.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from greendc.errors import ConfigError
from greendc.texts import t

if TYPE_CHECKING:
    from collections.abc import Mapping


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
        return "Secret(********)" if self._value else "Secret()"


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
