"""The channel that a stanza of the site file describes, with its secrets fetched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.notify.channel import ChannelRefused
from analytics.notify.mail import Mail
from analytics.notify.mqtt import Mqtt
from analytics.notify.template import read_body
from analytics.notify.webhook import Webhook
from greendc.errors import ConfigError
from greendc.notifier import NotifyKind, address_problems
from greendc.texts import language, t

if TYPE_CHECKING:
    from analytics.notify.channel import Channel
    from analytics.notify.notice import Notice
    from greendc.clock import Clock
    from greendc.notifier import Notifier
    from greendc.site import Site


class Configured:
    """A `Channel` that is made anew for each message, so that a secret or a body that was mended is used at once."""

    def __init__(self, notifier: Notifier, site: Site, clock: Clock) -> None:
        """Take the stanza; nothing is read yet."""
        self._notifier = notifier
        self._site = site
        self._clock = clock

    def send(self, notice: Notice) -> None:
        """As `Channel.send`; a configuration that is wrong, and an alarm that cannot be worded, are refusals."""
        try:
            _made(self._notifier, self._site, self._clock).send(notice)
        except ConfigError as error:
            raise ChannelRefused(str(error)) from error
        except (KeyError, ValueError) as error:
            # An alarm of another version may lack what today's texts say; that must not stop the other messages. Errors
            # of values are named only: they quote what was given, which may be a secret.
            missing = str(error) if isinstance(error, KeyError) else ""
            raise ChannelRefused(t("notify.failure.worded", why=f"{type(error).__name__} {missing}".strip())) from error


def _made(notifier: Notifier, site: Site, clock: Clock) -> Channel:
    url = notifier.address()
    if not url:
        name = notifier.url_env or notifier.url_file or "url"
        raise ChannelRefused(t("notify.failure.no_address", name=name))
    if found := address_problems(notifier, url.reveal()):
        raise ConfigError(found)
    zone, lang = site.zone(), language(notifier.language or None)
    if notifier.kind is NotifyKind.MQTT:
        return Mqtt(notifier.broker(), notifier.topic, zone=zone, lang=lang, timeout_s=notifier.timeout_s)
    if notifier.kind is NotifyKind.EMAIL:
        return Mail(
            url,
            sender=notifier.sender,
            to=notifier.to,
            sign_in=(notifier.user, notifier.secret("password")),
            ca=notifier.ca,
            zone=zone,
            lang=lang,
            timeout_s=notifier.timeout_s,
        )
    return Webhook(
        url,
        read_body(notifier.body),
        zone=zone,
        lang=lang,
        clock=clock,
        keys=(notifier.secret("token"), notifier.secret("sign")),
        files=(notifier.ca, notifier.certificate, notifier.key),
        timeout_s=notifier.timeout_s,
    )
