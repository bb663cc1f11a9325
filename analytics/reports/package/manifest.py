"""The list of what a package holds and what it was made of, which is signed as a whole (schema 2).

Packages of schema 1 (a page, its figures and this list) are still read.
"""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

import msgspec

from analytics.reports.package.folder import JSON, is_decodable
from analytics.reports.package.inputs import MonthInput
from analytics.reports.package.signing import public_bytes
from analytics.reports.package.windows import windows_of
from greendc.clock import iso
from greendc.errors import ConfigError
from greendc.profiles import profile, profile_names

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from analytics.reports.facts import Facts
    from greendc.site import Site

MANIFEST = "manifest.json"
SIGNATURE = "manifest.sig"
FIRST_SCHEMA, SCHEMA = 1, 2
ED25519 = "Ed25519"


class InputDigest(msgspec.Struct, frozen=True, kw_only=True):
    """Schema 1: the readings of one meter's quantity, and the SHA-256 over times, values and qualities."""

    role: str
    device: str
    part: str
    quantity: str
    readings: int
    sha256: str


class FirstManifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Schema 1. ``public_key`` is the signer's (base64 of 32 bytes); times are ISO 8601 in UTC."""

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


class QueryWindow(msgspec.Struct, frozen=True, kw_only=True):
    """A window that figures are of; times are ISO 8601 in UTC, to the nanosecond in ``*_ns``."""

    name: str
    start: str
    end: str
    start_ns: int
    end_ns: int


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Schema 2.

    ``version`` counts reports of one kind and period from 1; ``previous`` is the SHA-256 of the manifest of the version
    before, ``follows`` that of the package of an earlier evaluation, ``chain`` the head of the chain of daily digests
    (empty where there is none). ``configuration`` names the hash of each table of the site and of each data file,
    ``profiles`` that of each device profile. ``signature`` is ``Ed25519``, or empty for a package that nobody signed;
    ``public_key`` is the signer's (base64 of 32 bytes). ``files`` are SHA-256 by name.
    """

    schema: int
    kind: str
    site: str
    start: str
    end: str
    status: str
    version: int
    masking: str
    simulated: bool
    langs: list[str]
    software: str
    command: str
    standards: str
    configuration_sha256: str
    configuration: dict[str, str]
    profiles: dict[str, str]
    windows: list[QueryWindow]
    inputs: list[MonthInput]
    previous: str
    follows: str
    chain: str
    signature: str
    public_key: str
    files: dict[str, str]


def digest(content: bytes) -> str:
    """Return the SHA-256 of a file's bytes in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def manifest_of(
    facts: Facts, inputs: Sequence[MonthInput], *, chain: str = "", previous: str = "", follows: str = ""
) -> Manifest:
    """Return the manifest of a report before it has files and a signature; ``inputs`` are those of `inputs_of`."""
    request, made_with = facts.request, facts.configuration
    return Manifest(
        schema=SCHEMA,
        kind=request.kind.value,
        site=facts.site.name,
        start=iso(request.start_ns),
        end=iso(request.end_ns),
        status="final" if request.final else "draft",
        version=facts.version,
        masking=request.masking.value,
        simulated=facts.simulated,
        langs=list(request.langs),
        software=f"greendc {facts.software}",
        command=facts.command,
        standards=made_with.standards,
        configuration_sha256=made_with.sha256,
        configuration=dict(sorted(made_with.parts.items())),
        profiles=profile_hashes(facts.site),
        windows=[
            QueryWindow(name=name, start=iso(span[0]), end=iso(span[1]), start_ns=span[0], end_ns=span[1])
            for name, span in windows_of(facts).items()
        ],
        inputs=list(inputs),
        previous=previous,
        follows=follows,
        chain=chain,
        signature="",
        public_key="",
        files={},
    )


def profile_hashes(site: Site) -> dict[str, str]:
    """Return the SHA-256 of each device profile that the site uses."""
    used = sorted({device.profile for device in site.devices} & set(profile_names()))
    return {name: digest(msgspec.json.encode(profile(name), order="deterministic")) for name in used}


def core_sha256(manifest: Manifest) -> str:
    """Return the hash of all that a manifest says but its files and its signature: what a cover may print."""
    core = msgspec.structs.replace(manifest, files={}, signature="", public_key="")
    return digest(msgspec.json.encode(core, order="deterministic"))


def sealed(manifest: Manifest, files: Mapping[str, bytes], key: Ed25519PrivateKey | None) -> dict[str, bytes]:
    """Return the files of a folder with their manifest, and its signature where there is a key.

    Raises:
        ConfigError: a file of JSON is more than is verified.
    """
    complete = msgspec.structs.replace(
        manifest,
        files={name: digest(content) for name, content in sorted(files.items())},
        signature="" if key is None else ED25519,
        public_key="" if key is None else base64.b64encode(public_bytes(key.public_key())).decode(),
    )
    whole = {**files, **signed_body(msgspec.json.format(msgspec.json.encode(complete), indent=1) + b"\n", key)}
    for name, content in whole.items():
        if name.endswith(JSON) and not is_decodable(name, content):
            hint = "report_package.period.long_hint"
            raise ConfigError.single("report_package.period.much", hint=hint, name=name, size=str(len(content) >> 20))
    return whole


def signed_body(body: bytes, key: Ed25519PrivateKey | None) -> dict[str, bytes]:
    """Return a manifest's file, and its signature's where there is a key."""
    return {MANIFEST: body} if key is None else {MANIFEST: body, SIGNATURE: base64.b64encode(key.sign(body)) + b"\n"}
