"""The ``[[notify]]`` stanzas of a site file: whom alarms are told, over which channel, and what of them.

Secrets never stand in it: they come from the environment variables or from the files that it names.
"""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import msgspec

from greendc.broker import Broker, problems_of
from greendc.device import NAME_PATTERN, is_loopback
from greendc.errors import ConfigError, Problem
from greendc.settings import Secret, secret_file, secret_from

if TYPE_CHECKING:
    from collections.abc import Sequence

    from greendc.toml_source import TomlSource


class NotifyKind(StrEnum):
    """How a channel carries its messages."""

    MQTT = "mqtt"
    EMAIL = "email"
    WEBHOOK = "webhook"


SCHEMES = {
    NotifyKind.MQTT: ("mqtt", "mqtts"),
    NotifyKind.EMAIL: ("smtp", "smtps"),
    NotifyKind.WEBHOOK: ("http", "https"),
}
TRANSITIONS = ("raised", "escalated", "cleared", "acknowledged", "storm")
PRIORITIES = ("critical", "high", "medium", "low")
SHIPPED_BODIES = ("json", "wecom", "dingtalk", "feishu")
SIGNED_BODIES = ("dingtalk", "feishu")
"""Bodies whose address is itself a key to the group it leads to; WeCom's too."""
SECRETS = ("url", "password", "token", "sign")
_MAIL = re.compile(r"^[^@\s<>,;]+@[^@\s<>,;]+$")
_TOPIC = re.compile(r"^[^+#$\x00-\x1f/][^+#\x00-\x1f]*(?<!/)$")
_QUIET = re.compile(r"^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)$")


class Notifier(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A ``[[notify]]`` stanza: one channel.

    ``url`` is ``mqtt://``, ``mqtts://``, ``smtp://`` (with STARTTLS off this machine), ``smtps://``, ``http://`` (this
    machine only) or ``https://``. ``*_env`` names a variable and ``*_file`` a file that holds the secret. ``quiet`` is
    ``HH:MM-HH:MM`` in the site's time zone; messages of ``quiet_priorities`` wait for its end. ``burst`` is how many
    messages go out in 10 minutes before they are summed up, 0 for no bound. ``nodes`` are nodes of the site's
    topology, with all that is below them; none means the whole site. ``timeout_s`` is seconds.
    """

    name: Annotated[str, msgspec.Meta(pattern=NAME_PATTERN)]
    kind: NotifyKind
    url: str = ""
    url_env: str = ""
    url_file: str = ""
    user: str = ""
    password_env: str = ""
    password_file: str = ""
    token_env: str = ""
    token_file: str = ""
    sign_env: str = ""
    sign_file: str = ""
    ca: str = ""
    certificate: str = ""
    key: str = ""
    sender: str = ""
    to: tuple[str, ...] = ()
    topic: str = "greendc/alarms"
    body: str = "json"
    priorities: tuple[str, ...] = PRIORITIES
    transitions: tuple[str, ...] = TRANSITIONS
    nodes: tuple[str, ...] = ()
    advisory: bool = False
    language: str = ""
    quiet: str = ""
    quiet_priorities: tuple[str, ...] = ("medium", "low")
    burst: Annotated[int, msgspec.Meta(ge=0, le=1000)] | None = None
    timeout_s: Annotated[float, msgspec.Meta(ge=0.1, le=60)] = 10.0

    def secret(self, name: str) -> Secret:
        """Return one of `SECRETS`; an empty one when it is not set.

        Raises:
            ConfigError: the file that is named for it cannot be read.
        """
        if file := getattr(self, f"{name}_file"):
            return secret_file(Path(file))
        variable = getattr(self, f"{name}_env")
        return secret_from(variable) if variable else Secret("")

    def address(self) -> Secret:
        """Return where the channel leads; it may itself be a key, and is handled as one.

        Raises:
            ConfigError: as `secret`.
        """
        return Secret(self.url) if self.url else self.secret("url")

    def broker(self) -> Broker:
        """Return the broker of an MQTT channel.

        Raises:
            ConfigError: as `secret`.
        """
        return Broker(
            url=self.address().reveal(),
            user=self.user,
            password=self.secret("password"),
            ca=self.ca,
            certificate=self.certificate,
            key=self.key,
        )

    def quiet_minutes(self) -> tuple[int, int] | None:
        """Return begin and end of the quiet hours in minutes since midnight, or None."""
        found = _QUIET.match(self.quiet)
        if found is None:
            return None
        begin_h, begin_m, end_h, end_m = (int(part) for part in found.groups())
        return 60 * begin_h + begin_m, 60 * end_h + end_m


_USUAL = Notifier(name="usual", kind=NotifyKind.MQTT)
_LOGIN = frozenset((NotifyKind.MQTT, NotifyKind.EMAIL))
_CLIENT = frozenset((NotifyKind.MQTT, NotifyKind.WEBHOOK))
OWN_FIELDS: dict[str, frozenset[NotifyKind]] = {
    "sender": frozenset((NotifyKind.EMAIL,)),
    "to": frozenset((NotifyKind.EMAIL,)),
    "topic": frozenset((NotifyKind.MQTT,)),
    **dict.fromkeys(("body", "token_env", "token_file", "sign_env", "sign_file"), frozenset((NotifyKind.WEBHOOK,))),
    **dict.fromkeys(("user", "password_env", "password_file"), _LOGIN),
    **dict.fromkeys(("certificate", "key"), _CLIENT),
}
"""Fields that only some kinds of channels read."""


def address_problems(notifier: Notifier, url: str) -> list[Problem]:
    """Return what forbids using an address; the address itself is in none of the texts."""
    known = SCHEMES[notifier.kind]
    if notifier.kind is NotifyKind.MQTT:
        return problems_of(notifier.broker())
    try:
        parts = urlsplit(url)
        fits = parts.scheme in known and bool(parts.hostname) and parts.port != 0
        (parts.hostname or "").encode("idna")
    except ValueError:
        fits = False
    if not fits:
        schemes = ", ".join(f"{scheme}://" for scheme in known)
        return [Problem(key="notify.url", hint="notify.url_hint", params={"schemes": schemes}, path="url")]
    if parts.username or parts.password:
        return [Problem(key="broker.secret_in_url", hint="broker.secret_in_url_hint", path="url")]
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        return [Problem(key="notify.no_tls", hint="notify.no_tls_hint", path="url")]
    return []


def check_notifiers(source: TomlSource, notifiers: Sequence[Notifier], problems: list[Problem]) -> None:
    """Add what is wrong with the channels of a site, warnings among it."""
    names: set[str] = set()
    for i, notifier in enumerate(notifiers):
        path = f"notify[{i}]"
        if notifier.name in names:
            problems.append(source.problem(f"{path}.name", "notify.duplicate", name=notifier.name))
        names.add(notifier.name)
        _check_words(source, notifier, path, problems)
        _check_fields(source, notifier, path, problems)
        _check_address(source, notifier, path, problems)
        _check_kind(source, notifier, path, problems)


def _check_words(source: TomlSource, notifier: Notifier, path: str, problems: list[Problem]) -> None:
    lists = {"priorities": PRIORITIES, "transitions": TRANSITIONS, "quiet_priorities": PRIORITIES}
    for field, known in lists.items():
        for word in getattr(notifier, field):
            if word not in known:
                params = {"name": word, "known": ", ".join(known)}
                problems.append(
                    source.problem(f"{path}.{field}", "errors.unknown_word", "errors.known_words", **params)
                )
    if notifier.language not in {"", "zh", "en"}:
        problems.append(source.problem(f"{path}.language", "cli.language", name=notifier.language))
    hours = notifier.quiet_minutes()
    if notifier.quiet and (hours is None or hours[0] == hours[1]):
        problems.append(source.problem(f"{path}.quiet", "notify.quiet", "notify.quiet_hint", text=notifier.quiet))
    for field in ("ca", "certificate", "key"):
        file = getattr(notifier, field)
        if file and not Path(file).is_file():
            problems.append(source.problem(f"{path}.{field}", "broker.no_such_file", file=file))


def _check_fields(source: TomlSource, notifier: Notifier, path: str, problems: list[Problem]) -> None:
    """Check fields that exclude or need one another, and those that this kind of channel never reads."""
    twice = [name for name in SECRETS if getattr(notifier, f"{name}_env") and getattr(notifier, f"{name}_file")]
    needs = [("user", field) for field in ("password_env", "password_file") if getattr(notifier, field)]
    needs += [("certificate", "key")] if notifier.key else []
    problems.extend(source.problem(f"{path}.{name}_file", "notify.two_sources", name=name) for name in twice)
    problems.extend(
        source.problem(f"{path}.{field}", "notify.needs", name=field, other=other)
        for other, field in needs
        if not getattr(notifier, other)
    )
    for field, kinds in OWN_FIELDS.items():
        if notifier.kind not in kinds and getattr(notifier, field) != getattr(_USUAL, field):
            params = {"name": field, "kind": notifier.kind.value}
            problems.append(source.problem(f"{path}.{field}", "notify.not_of_kind", **params))


def _check_address(source: TomlSource, notifier: Notifier, path: str, problems: list[Problem]) -> None:
    """Check the address, and that every secret that is named is there now; the service may have another environment."""
    for name in SECRETS:
        named = [field for field in (f"{name}_env", f"{name}_file") if getattr(notifier, field)]
        try:
            missing = bool(named) and not notifier.secret(name)
        except ConfigError as error:
            problems.extend(source.secret_problem(f"{path}.{name}_file", problem) for problem in error.problems)
            return
        if missing:
            said = getattr(notifier, named[0])
            problems.append(source.problem(f"{path}.{named[0]}", "notify.unset", level="warning", name=said))
    url = notifier.address().reveal()
    if not (notifier.url or notifier.url_env or notifier.url_file):
        problems.append(source.problem(path, "errors.missing_key", name="url"))
    if not url:
        return
    found = address_problems(notifier, url)
    problems.extend(source.problem(f"{path}.{p.path}", p.key, p.hint, **p.params) for p in found)
    open_key = notifier.url and notifier.body in {"wecom", *SIGNED_BODIES}
    if not found and open_key and not is_loopback(urlsplit(url).hostname or ""):
        problems.append(source.problem(f"{path}.url", "notify.key_in_url", "notify.key_in_url_hint"))


def _check_kind(source: TomlSource, notifier: Notifier, path: str, problems: list[Problem]) -> None:
    """Check what only one kind of channel has."""
    if notifier.kind is NotifyKind.EMAIL:
        for field, addresses in (("sender", (notifier.sender,)), ("to", notifier.to or ("",))):
            wrong = [address for address in addresses if not _MAIL.match(address)]
            problems.extend(source.problem(f"{path}.{field}", "notify.mail", address=address) for address in wrong)
    if notifier.kind is NotifyKind.MQTT and not _TOPIC.match(notifier.topic):
        problems.append(source.problem(f"{path}.topic", "notify.topic", topic=notifier.topic))
    signs = bool(notifier.sign_env or notifier.sign_file)
    own = notifier.body.endswith(".toml")
    if signs and not own and notifier.body not in SIGNED_BODIES:
        problems.append(source.problem(path, "notify.unsigned", name=notifier.body, known=", ".join(SIGNED_BODIES)))
    if notifier.kind is NotifyKind.WEBHOOK and not own and notifier.body not in SHIPPED_BODIES:
        known = ", ".join(SHIPPED_BODIES)
        problems.append(
            source.problem(f"{path}.body", "notify.body", "notify.body_hint", name=notifier.body, known=known)
        )
