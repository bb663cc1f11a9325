"""Which engine talks to a device."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING

from greendc.errors import ConfigError

if TYPE_CHECKING:
    from collectors.snmp.engine import SnmpEngine
    from greendc.device import Credential

ENGINES = ("gufo", "pysnmp")


def make_engine(name: str, host: str, port: int, credential: Credential, *, timeout_s: float) -> SnmpEngine:
    """Return an engine for one agent; ``name`` is "" for the fastest that knows the credential's algorithms.

    Raises:
        ConfigError: no engine of this name, or none that knows the algorithms.
    """
    if name not in {"", *ENGINES}:
        raise ConfigError.single("snmp.unknown_engine", name=name, known=", ".join(ENGINES))
    if name != "pysnmp" and importlib.util.find_spec("gufo.snmp") is not None:
        from collectors.snmp import gufo  # noqa: PLC0415 (one engine is enough on a small box)

        if gufo.supports(credential):
            return gufo.GufoEngine(host, port, credential, timeout_s=timeout_s)
    from collectors.snmp import pysnmp  # noqa: PLC0415 (takes 0.3 s to load)

    if name == "gufo" or not pysnmp.supports(credential):
        algorithms = f"{credential.auth_protocol}/{credential.privacy_protocol}"
        raise ConfigError.single("snmp.unknown_algorithm", name=algorithms)
    return pysnmp.PysnmpEngine(host, port, credential, timeout_s=timeout_s)
