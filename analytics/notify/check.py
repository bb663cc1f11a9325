"""What `greendc check` asks of the channels beyond their stanzas: bodies that can be filled in, nodes that exist."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.notify.template import read_body
from analytics.topology import Topology
from greendc.errors import ConfigError, Problem
from greendc.notifier import SIGNED_BODIES, NotifyKind

if TYPE_CHECKING:
    from greendc.notifier import Notifier
    from greendc.site import Site
    from greendc.toml_source import TomlSource


def notify_problems(source: TomlSource, site: Site) -> list[Problem]:
    """Return what is wrong with the channels of a site, each at its line."""
    found = []
    nodes = Topology(site).nodes if site.notify else {}
    for i, notifier in enumerate(site.notify):
        unknown = [name for name in notifier.nodes if name not in nodes]
        found += [source.problem(f"notify[{i}].nodes", "notify.node", name=name) for name in unknown]
        if notifier.kind is NotifyKind.WEBHOOK:
            found += _body_problems(source, notifier, f"notify[{i}].body")
    return found


def _body_problems(source: TomlSource, notifier: Notifier, path: str) -> list[Problem]:
    try:
        body = read_body(notifier.body)
    except ConfigError as error:
        return [source.problem(path, p.key, p.hint, **p.params) for p in error.problems]
    if (notifier.sign_env or notifier.sign_file) and not body.signature:
        return [source.problem(path, "notify.unsigned", name=notifier.body, known=", ".join(SIGNED_BODIES))]
    return []
