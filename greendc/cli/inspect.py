"""Commands that look at files, devices and this machine, and change nothing (``init`` writes one new file)."""

from __future__ import annotations

import asyncio
import platform
import re
import sys
from functools import partial
from importlib.metadata import version as installed_version
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from greendc.cli.options import (
    DataOption,
    JsonOption,
    SiteOption,
    StoreOption,
    settings_from,
    site_of,
    site_path,
    store_of,
)
from greendc.cli.output import Output, column, failure
from greendc.clock import SystemClock
from greendc.device import NAME_PATTERN, Credential, parse_address
from greendc.display import of_quantity
from greendc.errors import EXIT_CONFIG, EXIT_FAILED, EXIT_FINDINGS, EXIT_OK, ConfigError, DeviceError, Problem
from greendc.profiles import lint, profiles
from greendc.quantities import quantity
from greendc.settings import Secret, secret_from
from greendc.site import load_site
from greendc.texts import t
from greendc.toml_source import TomlSource

if TYPE_CHECKING:
    from collectors.probe import ProbeResult
    from greendc.model import Reading
    from greendc.settings import Settings

NAME = re.compile(NAME_PATTERN)
NAME_LENGTH = 40
COMMUNITY_VARIABLE = "GREENDC_SNMP_COMMUNITY"


def init(
    path: Annotated[Path, typer.Argument(help=t("cli.option.new_site"))] = Path("site.toml"),
    json: JsonOption = False,
) -> None:
    """Write a first site file."""
    out = Output(as_json=json)

    def action() -> None:
        if path.exists():
            raise ConfigError.single("cli.init.exists", file=path, hint="cli.init.exists_hint")
        path.write_text(files("greendc").joinpath("data/site_template.toml").read_text("utf-8"), "utf-8")
        out.say(t("cli.init.done", path=str(path)))
        out.finish({"file": str(path)})

    out.guard(action)


def check(
    file: Annotated[Path | None, typer.Argument(help=t("cli.option.check_file"))] = None,
    site: SiteOption = None,
    show_profiles: Annotated[bool, typer.Option("--profiles", help=t("cli.option.profiles"))] = False,
    json: JsonOption = False,
) -> None:
    """Check a site or edge file without touching a device."""
    out = Output(as_json=json)

    def action() -> None:
        if show_profiles:
            _list_profiles(out)
        path = file or site_path(settings_from(site))
        source = TomlSource.read(path)
        if "node" in source.data:
            from edge_agent.config import load_edge

            _, problems = load_edge(source)
        else:
            known, problems = load_site(source)
            if known is not None and not any(problem.level == "error" for problem in problems):
                from analytics.declarations import declaration_problems
                from analytics.notify import notify_problems
                from analytics.schedule import flexible_problems
                from analytics.tariff import tariff_problems

                found = (declaration_problems, notify_problems, tariff_problems, flexible_problems)
                problems += [problem for look in found for problem in look(source, known)]
        errors = sum(problem.level == "error" for problem in problems)
        out.say(t("cli.check.done", file=str(path), errors=errors, warnings=len(problems) - errors))
        out.finish({"file": str(path)}, problems, code=EXIT_CONFIG if errors else EXIT_OK)

    out.guard(action)


def _list_profiles(out: Output) -> None:
    rows = []
    for known in profiles():
        said = lint(known)
        out.say(f"{known.name:20} {known.protocol:7} {known.kind:12} {known.maker}: {known.title}")
        for sentence in said:
            out.say(f"    {sentence}")
        rows.append({"name": known.name, "protocol": known.protocol, "kind": known.kind, "findings": said})
    out.finish(rows, code=EXIT_FINDINGS if any(row["findings"] for row in rows) else EXIT_OK)


def probe(
    address: Annotated[str, typer.Argument(help=t("cli.option.probe_address"))],
    community: Annotated[str | None, typer.Option("--community", help=t("cli.option.community"))] = None,
    user: Annotated[str | None, typer.Option("--user", help=t("cli.option.user"))] = None,
    profile: Annotated[str | None, typer.Option("--profile", help=t("cli.option.profile"))] = None,
    name: Annotated[str | None, typer.Option("--name", help=t("cli.option.name"))] = None,
    as_toml: Annotated[bool, typer.Option("--as-toml", help=t("cli.option.as_toml"))] = False,
    site: SiteOption = None,
    json: JsonOption = False,
) -> None:
    """Read one device once; nothing is stored."""
    out = Output(as_json=json)

    def action() -> None:
        if as_toml and name is not None and not NAME.fullmatch(name):
            raise ConfigError.single("cli.probe.name", hint="cli.probe.name_hint", name=name)
        where, credential, wanted = _target(address, community, user, profile, settings_from(site))

        from collectors.probe import as_toml as stanza
        from collectors.probe import probe as run_probe

        try:
            result = asyncio.run(run_probe(where, credential=credential, profile=wanted, clock=SystemClock()))
        except DeviceError as error:
            said = failure(error, hint=f"cli.probe.hint_{parse_address(where).scheme}")
            out.finish(None, [said], code=EXIT_FAILED)
        if as_toml:
            given = name or _free_name(result.device.name or _host(where), settings_from(site))
            sys.stdout.write(stanza(result, where, given))
            raise typer.Exit(EXIT_OK)
        _show_probe(out, result)

    out.guard(action)


def _host(address: str) -> str:
    where = parse_address(address)
    return where.host or platform.node()


def _free_name(said: str, settings: Settings) -> str:
    """Return what a device calls itself in a form that a site file takes and that the one at hand does not have yet."""
    name = re.sub(r"[^a-z0-9._-]+", "-", said.lower()).strip("._-")[:NAME_LENGTH] or "device"
    taken = _names_taken(site_path(settings))
    return next(free for free in (name, *(f"{name}-{n}" for n in range(2, len(taken) + 3))) if free not in taken)


def _names_taken(path: Path) -> set[str]:
    try:
        data = TomlSource.read(path).data
    except ConfigError:
        return set()
    devices, credentials = data.get("devices", []), data.get("credentials", {})
    named = (
        {str(device.get("name", "")) for device in devices if isinstance(device, dict)}
        if isinstance(devices, list)
        else set()
    )
    return named | (set(credentials) if isinstance(credentials, dict) else set())


def _target(
    address: str, community: str | None, user: str | None, profile: str | None, settings: Settings
) -> tuple[str, Credential | None, str | None]:
    """Return address, credential and profile of an address, or of a device of the site file by its name."""
    if "://" not in address:
        known = site_of(settings)
        try:
            entry = known.device(address)
        except KeyError as error:
            raise ConfigError.single("errors.unknown_device", name=address) from error
        return entry.address, known.credentials.get(entry.credential), profile or entry.profile
    try:
        scheme = parse_address(address).scheme
    except ValueError as error:
        raise ConfigError.single("errors.address", hint="errors.address_hint", why=str(error)) from error
    if scheme != "snmp":
        return address, None, profile
    if user:
        return address, _v3(user), profile
    secret = Secret(community) if community else secret_from(COMMUNITY_VARIABLE)
    if not secret:
        raise ConfigError.single("cli.probe.community", hint="cli.probe.community_hint")
    return address, Credential(kind="snmp-v2c", community=secret), profile


def _v3(user: str) -> Credential:
    return Credential(
        kind="snmp-v3",
        user=user,
        auth_protocol="sha256",
        auth=secret_from("GREENDC_SNMP_AUTH"),
        privacy_protocol="aes128",
        privacy=secret_from("GREENDC_SNMP_PRIVACY"),
    )


def _show_probe(out: Output, result: ProbeResult) -> None:
    device = result.device
    about = (device.maker, device.model, device.name, device.description)
    out.say(" ".join(part for part in about if part))
    out.say(t("cli.probe.profiles", names=", ".join(result.profiles) or "-"))
    for reading in result.readings:
        out.say(_reading_line(reading))
    data = {
        "device": device,
        "profiles": result.profiles,
        "readings": [_reading_row(reading) for reading in result.readings],
    }
    if not result.readings:
        out.finish(data, [Problem(key="cli.probe.nothing", hint="cli.probe.nothing_hint")])
    out.finish(data)


def _reading_row(reading: Reading) -> dict[str, str | float | None]:
    known = quantity(reading.quantity)
    state = known.state_name(reading.value) if known.states and reading.value is not None else ""
    return {
        "part": reading.part,
        "quantity": reading.quantity,
        "unit": known.unit,
        "value": reading.value,
        "state": state,
        "quality": reading.quality.name.lower(),
        "reason": reading.reason,
    }


def _reading_line(reading: Reading) -> str:
    known = quantity(reading.quantity)
    value = str(of_quantity(reading.value, known))
    said = f"  ({t(f'collectors.reason.{reading.reason}')})" if reading.reason else ""
    return f"  {column(reading.part or '-', 24)} {column(known.title(), 28)} {value}{said}"


def doctor(
    site: SiteOption = None,
    data: DataOption = None,
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """Say what is well and what is not on this machine, from files and status alone."""
    out = Output(as_json=json)

    def action() -> None:
        from greendc.doctor import examine, examine_store

        settings = settings_from(site, data, store)
        known = partial(site_of, settings)
        findings = examine(settings.data_dir, site_path(settings), known, SystemClock().now_ns())
        findings.insert(2, examine_store(settings.get("store"), partial(store_of, settings), known))
        for finding in findings:
            mark = {"ok": "ok  ", "warn": "WARN", "fail": "FAIL"}[finding.state]
            out.say(f"{mark}  {column(finding.subject, 22)} {finding.text}")
        worst = any(finding.state == "fail" for finding in findings)
        out.finish(findings, code=EXIT_FINDINGS if worst else EXIT_OK)

    out.guard(action)


def version(json: JsonOption = False) -> None:
    """Print the versions of greendc, Python and the system."""
    out = Output(as_json=json)
    data = {
        "greendc": installed_version("greendc"),
        "python": platform.python_version(),
        "system": platform.platform(),
    }
    out.say(f"greendc {data['greendc']} (Python {data['python']}, {data['system']})")
    out.finish(data)
