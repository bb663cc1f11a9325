"""Octet strings of agents as text."""

from __future__ import annotations

_ENCODINGS = ("utf-8", "gb18030")
"""Cards sold in China name things in GB 18030; a text that is valid UTF-8 is hardly ever valid by accident."""


def text(octets: bytes) -> str:
    """Return octets as text without padding; as hexadecimal digits when they are no text."""
    bare = octets.rstrip(b"\0")
    for encoding in _ENCODINGS:
        try:
            said = bare.decode(encoding)
        except UnicodeDecodeError:
            continue
        if all(sign.isprintable() or sign.isspace() for sign in said):
            return said.strip()
    return octets.hex()
