"""The key that signs reports: Ed25519, one for each data directory, readable by its owner alone."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from greendc.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

PRIVATE = "report-key.pem"
PUBLIC = "report-key.pub.pem"


def signing_key(data_dir: Path) -> Ed25519PrivateKey:
    """Return the key in ``DATA/keys``, making it (mode 0600) when there is none.

    Raises:
        ConfigError: the file is there and holds no Ed25519 key, or cannot be read.
    """
    folder = data_dir / "keys"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / PRIVATE
    try:
        return _private(path.read_bytes(), path)
    except FileNotFoundError:
        return _fresh(path)
    except OSError as error:
        raise ConfigError.single("errors.secret_unreadable", file=path, why=type(error).__name__) from error


def _private(text: bytes, path: Path) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(text, None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ConfigError.single("errors.secret_unreadable", file=path, why=type(error).__name__) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigError.single("errors.secret_unreadable", file=path, why=type(key).__name__)
    return key


def _fresh(path: Path) -> Ed25519PrivateKey:
    key = Ed25519PrivateKey.generate()
    # O_EXCL: of two processes that make a key at once, one wins and the other reads the winner's.
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _private(path.read_bytes(), path)
    with os.fdopen(handle, "wb") as file:
        file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    path.with_name(PUBLIC).write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return key


def public_bytes(key: Ed25519PublicKey) -> bytes:
    """Return the 32 bytes of a public key."""
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def read_public(path: Path) -> Ed25519PublicKey | None:
    """Return the public key in a PEM file, or None when it holds none that can be used."""
    try:
        key = load_pem_public_key(path.read_bytes())
    except (OSError, ValueError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, Ed25519PublicKey) else None
