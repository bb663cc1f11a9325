"""The file of an edge node: which site and node it is, its broker, and the devices near it.

Secrets never stand in it: a password comes from the environment variable or from the file that it names.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec

from greendc.broker import Broker, problems_of
from greendc.device import Credential, DeviceEntry, check_devices, resolve_credentials
from greendc.errors import ConfigError, Problem, without_errors
from greendc.settings import Secret, secret_file, secret_from
from greendc.site import Name
from greendc.spool import MAX_ROWS
from greendc.toml_source import TomlSource

SCHEMA = 1


class _BrokerTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The ``[broker]`` table."""

    url: str
    user: str = ""
    password_env: str = ""
    password_file: str = ""
    ca: str = ""
    certificate: str = ""
    key: str = ""


class SpoolLimits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The ``[spool]`` table: how many readings are kept while the centre is away, before the oldest go."""

    max_rows: Annotated[int, msgspec.Meta(ge=1000)] = MAX_ROWS


class _Head(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The top level of the file; entries are converted one by one so that all problems are found at once."""

    schema: int
    site: Name
    node: Name
    broker: object
    devices: list[object] = []
    credentials: dict[str, object] = {}
    spool: object = None


class EdgeConfig(msgspec.Struct, frozen=True, kw_only=True):
    """An edge node's file, checked."""

    site: str
    node: str
    broker: Broker
    devices: list[DeviceEntry]
    credentials: dict[str, Credential]
    spool: SpoolLimits


def read_edge(path: Path) -> EdgeConfig:
    """Read and check the file of an edge node.

    Raises:
        ConfigError: with every problem found, each at its line and column.
    """
    return without_errors(*load_edge(TomlSource.read(path)))


def load_edge(source: TomlSource) -> tuple[EdgeConfig | None, list[Problem]]:
    """Return the configuration, or None, and all problems."""
    problems: list[Problem] = []
    head = source.convert(source.data, _Head, "", problems)
    if head is None:
        return None, problems
    if head.schema != SCHEMA:
        problems.append(source.problem("schema", "errors.schema", found=str(head.schema), known=str(SCHEMA)))
    broker = _broker(source, head.broker, problems)
    limits = SpoolLimits() if head.spool is None else source.convert(head.spool, SpoolLimits, "spool", problems)
    devices = source.convert_each(head.devices, DeviceEntry, "devices", problems)
    credentials = resolve_credentials(source, head.credentials, problems)
    if len(devices) == len(head.devices):
        check_devices(source, devices, credentials, problems)
    if broker is None or limits is None:
        return None, problems
    config = EdgeConfig(
        site=head.site, node=head.node, broker=broker, devices=devices, credentials=credentials, spool=limits
    )
    return config, problems


def _broker(source: TomlSource, raw: object, problems: list[Problem]) -> Broker | None:
    table = source.convert(raw, _BrokerTable, "broker", problems)
    if table is None:
        return None
    broker = Broker(
        url=table.url,
        user=table.user,
        password=_password(source, table, problems),
        ca=table.ca,
        certificate=table.certificate,
        key=table.key,
    )
    for problem in problems_of(broker):
        path = f"broker.{problem.path}"
        problems.append(source.problem(path, problem.key, problem.hint, **problem.params))
    for key in ("ca", "certificate", "key"):
        file = getattr(table, key)
        if file and not Path(file).is_file():
            problems.append(source.problem(f"broker.{key}", "broker.no_such_file", file=file))
    return broker


def _password(source: TomlSource, table: _BrokerTable, problems: list[Problem]) -> Secret:
    try:
        if table.password_file:
            return secret_file(Path(table.password_file))
        return secret_from(table.password_env) if table.password_env else Secret("")
    except ConfigError as error:
        problems.extend(source.secret_problem("broker.password_file", problem) for problem in error.problems)
        return Secret("")
