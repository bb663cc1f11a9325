"""The compose file, judged without an engine: users, rights, limits, ports, networks, secrets and settings."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from greendc.settings import SETTINGS

DEPLOY = Path(__file__).parents[2] / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ("ingest", "collect", "analyse", "dashboard")
KNOWN_KEYS = frozenset(
    """build cap_drop command depends_on environment healthcheck image logging mem_limit networks pids_limit ports
    read_only restart secrets security_opt stop_grace_period tmpfs user volumes""".split()  # noqa: SIM905 - a word list
)
VARIABLES = {s.variable for s in SETTINGS} | {f"{s.variable}_FILE" for s in SETTINGS if s.secret}

every_service = pytest.mark.parametrize("name", SERVICES)


def default_of(text: str) -> str:
    """Return a compose string with each `${NAME:-default}` replaced by its default."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text)


def networks_of(name: str) -> set[str]:
    """Return the networks of a service."""
    return set(SERVICES[name]["networks"])


def test_the_services_are_the_processes_of_a_site() -> None:
    """Broker, database and our four processes: nothing is missing and nothing else runs."""
    assert set(SERVICES) == {"mosquitto", "influxdb", *OURS}
    assert [SERVICES[name]["command"] for name in OURS] == [[name] for name in OURS]


@every_service
def test_service_uses_known_keys(name: str) -> None:
    """A misspelt key would be a protection that is not there."""
    assert set(SERVICES[name]) <= KNOWN_KEYS


@every_service
def test_service_has_no_rights_it_does_not_need(name: str) -> None:
    """Not root, no capability, no new privilege, no writable root file system."""
    service = SERVICES[name]
    uid, gid = service["user"].split(":")
    assert int(uid) > 0
    assert int(gid) > 0
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert all("noexec" in mount and "size=" in mount for mount in service["tmpfs"])


@every_service
def test_service_is_bounded_and_watched(name: str) -> None:
    """Memory, processes and logs have a limit; a health check tells whether it works."""
    service = SERVICES[name]
    assert re.fullmatch(r"\d+[mg]", service["mem_limit"])
    assert service["pids_limit"] > 0
    assert {"max-size", "max-file"} <= set(service["logging"]["options"])
    assert {"test", "interval", "timeout", "retries"} <= set(service["healthcheck"])
    assert service["healthcheck"]["test"][0] == "CMD"


@every_service
def test_image_is_pinned_to_a_version(name: str) -> None:
    """An image carries a full version, never a moving tag."""
    assert re.fullmatch(r"[a-z][a-z0-9-]*:\d+\.\d+\.\d+(-[a-z]+)?", SERVICES[name]["image"])


def test_dockerfile_pins_its_base_and_drops_root() -> None:
    """The image starts from a full version, checks every hash and ends as a user that is not root."""
    lines = (DEPLOY / "Dockerfile").read_text("utf-8").splitlines()
    bases = [line.split()[1] for line in lines if line.startswith("FROM ")]
    assert bases
    assert all(re.fullmatch(r"python:3\.\d+\.\d+-slim-bookworm", base) for base in bases)
    assert [line for line in lines if line.startswith("USER ")] == ["USER 10001:10001"]
    assert "--require-hashes" in "\n".join(lines)


@every_service
def test_ports_are_on_loopback_unless_told(name: str) -> None:
    """Nothing is published beyond 127.0.0.1 until somebody sets an address."""
    for port in SERVICES[name].get("ports", []):
        assert default_of(port).startswith("127.0.0.1:")


def test_the_dashboard_has_no_route_to_a_device() -> None:
    """Only collect is on the device network, and every network that can leave the machine is collect's."""
    assert {name for name in SERVICES if "ot" in networks_of(name)} == {"collect"}
    masqueraded = {
        name
        for name, network in COMPOSE["networks"].items()
        if not network.get("internal")
        and network.get("driver_opts", {}).get("com.docker.network.bridge.enable_ip_masquerade") != "false"
    }
    assert masqueraded == {"ot"}
    assert COMPOSE["networks"]["app"]["internal"] is True


def test_the_broker_never_meets_the_database() -> None:
    """Ingest stands between the broker's network and the database's."""
    assert networks_of("mosquitto") == {"dmz"}
    assert networks_of("influxdb") == {"app"}
    assert networks_of("ingest") == {"dmz", "app"}


@every_service
def test_what_a_service_names_is_declared(name: str) -> None:
    """Networks, volumes and secrets of a service exist, and bind mounts of configuration are read-only."""
    service = SERVICES[name]
    assert networks_of(name) <= set(COMPOSE["networks"])
    assert set(service.get("secrets", [])) <= set(COMPOSE["secrets"])
    assert set(service.get("depends_on", {})) <= set(SERVICES)
    for volume in map(default_of, service.get("volumes", [])):
        source, *rest = volume.split(":")
        if source.startswith("./"):
            assert rest[-1] == "ro"
        else:
            assert source in COMPOSE["volumes"]


def test_secrets_are_files_outside_the_repository() -> None:
    """Every secret comes from the one folder that git ignores."""
    assert all(secret["file"].startswith("./secrets/") for secret in COMPOSE["secrets"].values())
    assert "/deploy/secrets/" in (DEPLOY.parent / ".gitignore").read_text("utf-8").splitlines()


@pytest.mark.parametrize("name", OURS)
def test_our_services_use_settings_that_exist(name: str) -> None:
    """Every variable is a setting, no secret stands in it, and secret files are secrets of the service."""
    environment: dict[str, str] = SERVICES[name]["environment"]
    assert set(environment) <= VARIABLES
    assert not {s.variable for s in SETTINGS if s.secret} & set(environment)
    for value in environment.values():
        if value.startswith("/run/secrets/"):
            assert value.removeprefix("/run/secrets/") in SERVICES[name].get("secrets", [])
