"""What a channel is: it takes one message and returns when the other side has taken it over."""

from __future__ import annotations

import socket
import ssl
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from greendc.errors import GreendcError
from greendc.texts import t

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analytics.notify.notice import Notice


class ChannelError(GreendcError):
    """A message was not taken; the text names no secret."""


class ChannelAway(ChannelError):
    """Nobody answers, or not now: try any message later."""


class ChannelRefused(ChannelError):
    """The other side said no to this message, or to us."""


class Channel(Protocol):
    """A way out."""

    def send(self, notice: Notice) -> None:
        """Return when the message is delivered to the other side.

        Raises:
            ChannelAway, ChannelRefused: it was not.
        """


@contextmanager
def link_errors(timeout_s: float) -> Iterator[None]:
    """Turn what sockets raise into `ChannelAway`; the texts hold no address, which may be a key."""
    try:
        yield
    except TimeoutError as error:
        raise ChannelAway(t("notify.failure.timeout", seconds=f"{timeout_s:g}")) from error
    except ssl.SSLError as error:
        why = getattr(error, "verify_message", "") or error.reason or type(error).__name__
        raise ChannelAway(t("notify.failure.tls", why=str(why))) from error
    except socket.gaierror as error:
        raise ChannelAway(t("notify.failure.connect", why=error.strerror or "DNS")) from error
    except OSError as error:
        raise ChannelAway(t("notify.failure.connect", why=error.strerror or type(error).__name__)) from error


def tls_context(ca: str, certificate: str = "", key: str = "") -> ssl.SSLContext:
    """Return a context that checks the other side's certificate by ``ca``, else by the system's authorities.

    Raises:
        OSError: a PEM file cannot be read.
    """
    context = ssl.create_default_context(cafile=ca or None)
    if certificate:
        context.load_cert_chain(certificate, key or None)
    return context
