"""The key that signs reports: Ed25519, one for each data directory, readable by its owner alone."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

import msgspec
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

PRIVATE = "report-key.pem"
PUBLIC = "report-key.pub.pem"
MOST_BYTES = 64 * 1024
"""No key is longer."""


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """A key that is there now: the file of its public half, its fingerprint, and whether it was made just now."""

    public: Path
    fingerprint: str
    fresh: bool


def init(data_dir: Path) -> Made:
    """Make the key of a data directory, or find the one that is there; a key is never replaced.

    Raises:
        ConfigError: the file is there and holds no Ed25519 key, or cannot be read or written.
    """
    fresh = _found(data_dir) is None
    key = signing_key(data_dir)
    public = _folder(data_dir) / PUBLIC
    _show(key, public)
    return Made(public=public, fingerprint=fingerprint(key.public_key()), fresh=fresh)


def key_of(data_dir: Path, *, make: bool) -> Ed25519PrivateKey | None:
    """Return the key that packages are signed with; without one, make it or return None.

    A centre makes its key on purpose (`init`) and hands the public half over before an evaluation: a signature by a key
    that a program made in silence tells nobody who signed. Only what is simulated is signed with a key made for it.

    Raises:
        ConfigError: the file is there and holds no Ed25519 key, or cannot be read.
    """
    return signing_key(data_dir) if make else _found(data_dir)


def signing_key(data_dir: Path) -> Ed25519PrivateKey:
    """Return the key in ``DATA/keys``, making it (mode 0600) when there is none.

    Raises:
        ConfigError: the file is there and holds no Ed25519 key, or cannot be read or written.
    """
    found = _found(data_dir)
    if found is not None:
        return found
    folder = _folder(data_dir)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return _fresh(folder / PRIVATE)
    except OSError as error:
        raise ConfigError.single("errors.secret_unreadable", file=folder, why=type(error).__name__) from error


def fingerprint(key: Ed25519PublicKey) -> str:
    """Return the SHA-256 of a public key in groups of eight digits, as two people may read it to each other."""
    digits = hashlib.sha256(public_bytes(key)).hexdigest()
    return " ".join(digits[at : at + 8] for at in range(0, len(digits), 8))


def _folder(data_dir: Path) -> Path:
    return data_dir / "keys"


def _found(data_dir: Path) -> Ed25519PrivateKey | None:
    path = _folder(data_dir) / PRIVATE
    try:
        return _private(path.read_bytes(), path)
    except FileNotFoundError:
        return None
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
    # Only a whole key gets the name, and a link never replaces: of two processes that make a key at once, one wins and
    # the other reads the winner's.
    handle, name = tempfile.mkstemp(prefix=f".{PRIVATE}.", dir=path.parent)
    whole = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
            file.flush()
            os.fsync(file.fileno())
        try:
            path.hardlink_to(whole)
        except FileExistsError:
            return _private(path.read_bytes(), path)
    finally:
        whole.unlink(missing_ok=True)
    _show(key, path.with_name(PUBLIC))
    return key


def _show(key: Ed25519PrivateKey, path: Path) -> None:
    """Write the public half, where the file does not hold it: it may be lost while the private half is not."""
    text = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    try:
        if not path.is_file() or path.read_bytes() != text:
            path.write_bytes(text)
    except OSError as error:
        raise ConfigError.single("errors.secret_unreadable", file=path, why=type(error).__name__) from error


def public_bytes(key: Ed25519PublicKey) -> bytes:
    """Return the 32 bytes of a public key."""
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def read_public(path: Path) -> Ed25519PublicKey | None:
    """Return the public key in a PEM file, or None when it holds none that can be used."""
    try:
        with path.open("rb") as file:
            key = load_pem_public_key(file.read(MOST_BYTES))
    except (OSError, ValueError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, Ed25519PublicKey) else None
