"""Checking a package: its files against the manifest, the signature, its figures, and an earlier package."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from analytics.reports import chain
from analytics.reports.chain import CHAIN
from analytics.reports.package.agreement import agreement_findings, read_files
from analytics.reports.package.finding import ERROR, Finding, error, note
from analytics.reports.package.folder import MOST_ENTRIES, content_of, names_in, sha256_of
from analytics.reports.package.manifest import (
    ED25519,
    FIRST_SCHEMA,
    MANIFEST,
    SCHEMA,
    SIGNATURE,
    FirstManifest,
    Manifest,
    digest,
)
from analytics.reports.package.model import MODEL
from analytics.reports.package.previous import Package, compared
from analytics.reports.package.readings import REGISTERS
from analytics.reports.package.recompute import FIGURES, recomputed
from analytics.reports.package.signing import fingerprint, public_bytes, read_public
from analytics.reports.request import Masking

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST_FILES = 100


class _Head(msgspec.Struct, frozen=True, kw_only=True):
    schema: int


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """A package whose manifest could be read."""

    folder: Path
    body: bytes
    manifest: Manifest | FirstManifest

    def files(self, *names: str) -> dict[str, bytes]:
        """Return files that are in the list and are what the list says, as far as they can be read."""
        found = {name: content_of(self.folder, name) for name in names if name in self.manifest.files}
        return {
            name: content
            for name, content in found.items()
            if content is not None and digest(content) == self.manifest.files[name]
        }


def verify(
    folder: Path, key: Path | None = None, *, recompute: bool = False, previous: Path | None = None
) -> list[Finding]:
    """Return what is wrong with a package, and what a reader must know of it.

    Errors are anything altered, missing or added. ``key`` is the file of the public key that must have signed it, and
    the earlier package too. ``recompute`` computes every figure of registers again from the package's own readings.
    ``previous`` is the folder of an earlier package, of which nothing may have been altered since. Nothing but the two
    folders is read.
    """
    opened, findings = _opened(folder)
    if opened is None:
        return findings
    findings = [*_file_findings(opened), *_signature_findings(opened, key)]
    findings += _chain_findings(opened, told=previous is None)
    if recompute:
        findings += _recomputed(opened)
    if previous is not None:
        findings += _compared(opened, previous, key)
    return findings


def read_manifest(folder: Path) -> Manifest | FirstManifest | None:
    """Return the manifest of a package as it says of itself, None where there is none that can be read."""
    opened, _ = _opened(folder)
    return None if opened is None else opened.manifest


def _opened(folder: Path) -> tuple[Opened | None, list[Finding]]:
    body = content_of(folder, MANIFEST)
    if body is None:
        return None, [error("no_manifest", MANIFEST)]
    try:
        schema = msgspec.json.decode(body, type=_Head).schema
        if schema not in {FIRST_SCHEMA, SCHEMA}:
            return None, [error("unknown_schema", MANIFEST, schema=str(schema), known=str(SCHEMA))]
        manifest: Manifest | FirstManifest
        if schema == FIRST_SCHEMA:
            manifest = msgspec.json.decode(body, type=FirstManifest)
        else:
            manifest = msgspec.json.decode(body, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None, [error("bad_manifest", MANIFEST)]
    if len(manifest.files) > MOST_FILES:
        return None, [error("too_many_files", MANIFEST)]
    return Opened(folder=folder, body=body, manifest=manifest), []


def _file_findings(opened: Opened) -> Iterable[Finding]:
    plain, other = names_in(opened.folder)
    if len(plain) + len(other) > MOST_ENTRIES:
        yield error("too_many_files")
    for name, sha256 in opened.manifest.files.items():
        found = sha256_of(opened.folder, name)
        if found is None:
            yield error("missing", name)
        elif found != sha256:
            yield error("altered", name)
    listed = {*opened.manifest.files, MANIFEST, SIGNATURE}
    for name in sorted({*plain, *other} - listed):
        yield error("extra", name)


def _signature_findings(opened: Opened, given: Path | None) -> Iterable[Finding]:
    manifest = opened.manifest
    trusted = None if given is None else read_public(given)
    if given is not None and trusted is None:
        yield error("unreadable_key", str(given))
    text = content_of(opened.folder, SIGNATURE)
    if not manifest.signature and not manifest.public_key and isinstance(manifest, Manifest):
        if text is not None:
            yield error("extra", SIGNATURE)
        yield (note if given is None else error)("unsigned", MANIFEST)
        return
    if text is None:
        yield error("no_signature", SIGNATURE)
        return
    own = _signer(opened, text)
    if own is None:
        yield error("bad_signature", SIGNATURE)
        return
    if given is None:
        yield note("own_key", MANIFEST, fingerprint=fingerprint(own))
    elif trusted is not None:
        same = public_bytes(trusted) == public_bytes(own)
        yield (note if same else error)("trusted_key" if same else "other_key", MANIFEST, fingerprint=fingerprint(own))


def _signer(opened: Opened, text: bytes) -> Ed25519PublicKey | None:
    """Return the key that signed a manifest, None where the signature does not fit."""
    try:
        own = Ed25519PublicKey.from_public_bytes(base64.b64decode(opened.manifest.public_key, validate=True))
        signature = base64.b64decode(text.removesuffix(b"\n"), validate=True)
        own.verify(signature, opened.body)
    except (ValueError, InvalidSignature):
        return None
    # Base64 has bits that decoding ignores; a flip there is an alteration too.
    whole = base64.b64encode(signature) + b"\n" == text
    return own if whole and opened.manifest.signature == ED25519 else None


def _chain_findings(opened: Opened, *, told: bool) -> Iterable[Finding]:
    """Yield what is wrong with a package's own chain, and where it is ``told``, how far the chain goes."""
    manifest = opened.manifest
    if not isinstance(manifest, Manifest):
        return
    # A public package names the head alone: its links would tell of single days.
    if CHAIN not in manifest.files and (not manifest.chain or manifest.masking == Masking.PUBLIC.value):
        return
    lines = opened.files(CHAIN).get(CHAIN, b"")
    findings = chain.check(b"", lines)
    wrong = [one for one in findings if one.level == ERROR]
    yield from findings if told else wrong
    if not wrong and manifest.chain not in {one.params.get("hash", "") for one in findings}:
        yield error("other_chain", CHAIN)


def _recomputed(opened: Opened) -> list[Finding]:
    if not isinstance(opened.manifest, Manifest):
        return [error("first_schema", MANIFEST)]
    if REGISTERS not in opened.manifest.files and opened.manifest.masking == Masking.PUBLIC.value:
        return [note("no_registers", MANIFEST)]
    readable = opened.files(*read_files(opened.manifest.files))
    found = recomputed(opened.files(MODEL, REGISTERS, FIGURES), opened.manifest)
    return [*found, *agreement_findings(readable, opened.manifest)]


def _previous_signer(opened: Opened, before: Opened, given: Path | None) -> Iterable[Finding]:
    """Yield who signed the earlier package.

    Another signer is an error: whoever can replace the earlier package by one of their own making would otherwise be
    told that nothing from before was altered. A centre that changed its key has to say so, and a person to accept it.
    """
    signer = _signer_of(before)
    if signer is None:
        yield (note if given is None else error)("previous_unsigned", MANIFEST)
        return
    wanted = _signer_of(opened) if given is None else read_public(given)
    if given is not None and wanted is None:
        # That the key cannot be read was said of the package itself.
        return
    same = wanted is not None and public_bytes(wanted) == public_bytes(signer)
    params = {"fingerprint": fingerprint(signer)}
    if given is not None:
        yield (note if same else error)("previous_trusted_key" if same else "previous_other_key", MANIFEST, **params)
    elif not same:
        yield error("previous_other_signer", MANIFEST, **params)


def _signer_of(opened: Opened) -> Ed25519PublicKey | None:
    text = content_of(opened.folder, SIGNATURE)
    return None if text is None else _signer(opened, text)


def _compared(opened: Opened, previous: Path, given: Path | None) -> list[Finding]:
    before, findings = _opened(previous)
    if before is None:
        return [error("previous_unusable", str(previous)), *findings]
    findings = [one for one in [*_file_findings(before), *_signature_findings(before, None)] if one.level == ERROR]
    if findings:
        return [error("previous_unusable", str(previous)), *findings]
    signer = list(_previous_signer(opened, before, given))
    if not isinstance(opened.manifest, Manifest) or not isinstance(before.manifest, Manifest):
        return [*signer, error("first_schema", MANIFEST)]
    packages = (
        Package(manifest=manifest, sha256=digest(one.body), files=one.files(REGISTERS, CHAIN))
        for one, manifest in ((opened, opened.manifest), (before, before.manifest))
    )
    return [*signer, *compared(*packages)]
