"""The key that signs reports, as the one-page engine names it."""

from __future__ import annotations

from analytics.reports.package.signing import PRIVATE, PUBLIC, public_bytes, read_public, signing_key

__all__ = ["PRIVATE", "PUBLIC", "public_bytes", "read_public", "signing_key"]
