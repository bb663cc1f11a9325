"""What a report folder contains: hashes of its files and of the readings behind it, signed as a whole."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from analytics.reports.signing import public_bytes, read_public
from greendc.clock import NS_PER_HOUR
from greendc.model import SeriesKey
from greendc.texts import t

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from greendc.contracts import History
    from greendc.site import Site

MANIFEST = "manifest.json"
SIGNATURE = "manifest.sig"
SCHEMA = 1
_CHUNK_NS = 24 * NS_PER_HOUR


class InputDigest(msgspec.Struct, frozen=True, kw_only=True):
    """The readings of one meter's quantity: how many, and the SHA-256 over times, values and qualities."""

    role: str
    device: str
    part: str
    quantity: str
    readings: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The signed list. ``public_key`` is the signer's (base64 of 32 bytes); times are ISO 8601 in UTC."""

    schema: int
    site: str
    start: str
    end: str
    status: str
    simulated: bool
    software: str
    signature: str
    public_key: str
    files: dict[str, str]
    inputs: list[InputDigest]


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that verification found: ``level`` is error or note, ``key`` names the text `report.finding.<key>`."""

    level: str
    key: str
    file: str = ""

    def sentence(self, lang: str | None = None) -> str:
        """Return it for a person."""
        lead = f"{self.file}  " if self.file else ""
        return f"{lead}{self.level}  {t(f'report.finding.{self.key}', lang)}"


def digest(content: bytes) -> str:
    """Return the SHA-256 of a file's bytes in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def input_digests(history: History, site: Site, start_ns: int, end_ns: int) -> list[InputDigest]:
    """Return the digest of every series that meters of the site read in the period, in the site file's order."""
    found = []
    for meter in site.meters:
        for quantity in filter(None, (meter.energy, meter.power)):
            key = SeriesKey(site.name, meter.device, meter.part, quantity)
            readings, sha256 = _series_digest(history, key, start_ns, end_ns)
            if readings:
                found.append(
                    InputDigest(
                        role=meter.role.value,
                        device=meter.device,
                        part=meter.part,
                        quantity=quantity,
                        readings=readings,
                        sha256=sha256,
                    )
                )
    return found


def _series_digest(history: History, key: SeriesKey, start_ns: int, end_ns: int) -> tuple[int, str]:
    hashed, rows = hashlib.sha256(), 0
    for at_ns in range(start_ns, end_ns, _CHUNK_NS):
        table = history.raw([key], at_ns, min(at_ns + _CHUNK_NS, end_ns))
        rows += table.num_rows
        for name, kind in (("time_ns", "<i8"), ("value", "<f8"), ("quality", "u1")):
            hashed.update(table.column(name).to_numpy().astype(kind).tobytes())
    return rows, hashed.hexdigest()


def signed(manifest: Manifest, files: Mapping[str, bytes], key: Ed25519PrivateKey) -> dict[str, bytes]:
    """Return the files of a folder with their manifest and its signature added."""
    complete = msgspec.structs.replace(
        manifest,
        files={name: digest(content) for name, content in sorted(files.items())},
        signature="Ed25519",
        public_key=base64.b64encode(public_bytes(key.public_key())).decode(),
    )
    body = msgspec.json.format(msgspec.json.encode(complete), indent=1) + b"\n"
    return {**files, MANIFEST: body, SIGNATURE: base64.b64encode(key.sign(body)) + b"\n"}


def verify(folder: Path, public_key: Path | None = None) -> list[Finding]:
    """Return what is wrong with a report folder; errors for anything altered, missing or added, notes about the key."""
    try:
        body = (folder / MANIFEST).read_bytes()
    except OSError:
        return [Finding(level="error", key="no_manifest", file=MANIFEST)]
    try:
        manifest = msgspec.json.decode(body, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return [Finding(level="error", key="bad_manifest", file=MANIFEST)]
    return [*_check_files(folder, manifest), *_check_signature(folder, body, manifest, public_key)]


def _check_files(folder: Path, manifest: Manifest) -> Iterable[Finding]:
    for name, sha256 in manifest.files.items():
        content = _content(folder, name)
        if content is None:
            yield Finding(level="error", key="missing", file=name)
        elif digest(content) != sha256:
            yield Finding(level="error", key="altered", file=name)
    listed = {*manifest.files, MANIFEST, SIGNATURE}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name not in listed:
            yield Finding(level="error", key="extra", file=name)


def _content(folder: Path, name: str) -> bytes | None:
    """Return a file of the folder; a stranger's manifest may name a device or a file elsewhere, which is not read."""
    path = folder / name
    if path.parent != folder or path.is_symlink() or not path.is_file():
        return None
    try:
        return path.read_bytes()
    except OSError:
        return None


def _check_signature(folder: Path, body: bytes, manifest: Manifest, given: Path | None) -> Iterable[Finding]:
    try:
        text = (folder / SIGNATURE).read_bytes()
    except OSError:
        yield Finding(level="error", key="no_signature", file=SIGNATURE)
        return
    try:
        own = base64.b64decode(manifest.public_key, validate=True)
        signature = base64.b64decode(text.removesuffix(b"\n"), validate=True)
        Ed25519PublicKey.from_public_bytes(own).verify(signature, body)
    except (ValueError, InvalidSignature):
        yield Finding(level="error", key="bad_signature", file=SIGNATURE)
        return
    # Base64 has bits that decoding ignores; a flip there is an alteration too.
    if base64.b64encode(signature) + b"\n" != text:
        yield Finding(level="error", key="bad_signature", file=SIGNATURE)
    if given is None:
        yield Finding(level="note", key="own_key", file=MANIFEST)
        return
    trusted = read_public(given)
    if trusted is None:
        yield Finding(level="error", key="unreadable_key", file=str(given))
    elif public_bytes(trusted) != own:
        yield Finding(level="error", key="other_key", file=MANIFEST)
    else:
        yield Finding(level="note", key="trusted_key", file=MANIFEST)
