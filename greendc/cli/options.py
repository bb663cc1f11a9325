"""The options that commands share, each defined once, and what they lead to."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from greendc.errors import EXIT_CONFIG, ConfigError, Problem
from greendc.settings import Settings
from greendc.site import Site, read_site
from greendc.texts import t

if TYPE_CHECKING:
    from greendc.cli.output import Output
    from greendc.contracts import Store
    from greendc.ledger import SqliteLedger

SiteOption = Annotated[str | None, typer.Option("--site", help=t("settings.site"))]
DataOption = Annotated[str | None, typer.Option("--data", help=t("settings.data"))]
StoreOption = Annotated[str | None, typer.Option("--store", help=t("settings.store"))]
BrokerOption = Annotated[str | None, typer.Option("--broker", help=t("settings.broker"))]
JsonOption = Annotated[bool, typer.Option("--json", help=t("cli.option.json"))]
HIGHEST_PORT = 65_535


def settings_from(
    site: str | None = None, data: str | None = None, store: str | None = None, broker: str | None = None
) -> Settings:
    """Return the settings in force for the options a command was given."""
    return Settings({"site": site, "data": data, "store": store, "broker": broker})


def site_path(settings: Settings) -> Path:
    """Return the site file: the one that was named, else the one in the data directory if the default is not there."""
    named = Path(settings.get("site"))
    kept = settings.data_dir / "site.toml"
    return kept if not named.exists() and named == Path("site.toml") and kept.exists() else named


def site_of(settings: Settings) -> Site:
    """Return the checked site.

    Raises:
        ConfigError: the site file is missing or broken.
    """
    return read_site(site_path(settings))


def store_of(settings: Settings, *, read_only: bool = True) -> Store:
    """Open the store that the settings name.

    Raises:
        ConfigError: the store's address is none that greendc knows.
        StoreError: it cannot be opened.
    """
    from greendc.storage import NO_TOKEN, open_store
    from greendc.storage.retention import retention_of

    token = settings.secret("store_read_token") if read_only else NO_TOKEN
    return open_store(
        settings.get("store"),
        settings.data_dir,
        token=token or settings.secret("store_token"),
        read_only=read_only,
        retention=retention_of(settings),
    )


def ledger_of(settings: Settings) -> SqliteLedger:
    """Open the ledger in the data directory.

    Raises:
        ConfigError: as `usable_folder`.
    """
    from greendc.ledger import SqliteLedger

    return SqliteLedger(usable_folder(settings.data_dir) / "ledger.sqlite")


def usable_folder(folder: Path) -> Path:
    """Return a data directory after making it where it is not there yet.

    Raises:
        ConfigError: it is no directory, or nothing can be written into it.
    """
    why = ""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        why = os.strerror(errno.ENOTDIR) if folder.exists() else error.strerror or str(error)
    if not why and not os.access(folder, os.W_OK | os.X_OK):
        why = os.strerror(errno.EACCES)
    if why:
        raise ConfigError.single("cli.data_dir", hint="cli.data_dir_hint", file=folder, why=why)
    return folder


def port_of(settings: Settings, given: int | None) -> int:
    """Return the dashboard's port: the one that was given, else the setting's.

    Raises:
        ConfigError: it is no port.
    """
    wish = settings.get("dashboard_port") if given is None else str(given)
    if not wish.isdecimal() or int(wish) > HIGHEST_PORT:
        raise ConfigError.single("cli.port", hint="cli.port_hint", port=wish)
    return int(wish)


def left_to_another(context: typer.Context, out: Output) -> bool:
    """Tell whether a sub-command does the work; options before it end the program: taken here they would be lost."""
    if context.invoked_subcommand is None:
        return False
    sources = [context.get_parameter_source(name) for name in context.params]
    if any(source is not None and source.name == "COMMANDLINE" for source in sources):
        problem = Problem(key="cli.options_behind", params={"command": context.invoked_subcommand})
        out.finish(None, [problem], code=EXIT_CONFIG)
    return True
