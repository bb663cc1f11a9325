"""What the system page shows: versions, health, settings in force, processes, the store, and what people did."""

from __future__ import annotations

from analytics.system_view.audit import Deed, audit_of
from analytics.system_view.configuration import Entry, SiteFileNote, site_file_of
from analytics.system_view.health import StoreNote, doctor_of, store_of
from analytics.system_view.processes import Job, Process, Trouble, processes_of, troubles_of
from analytics.system_view.versions import versions

__all__ = [
    "Deed",
    "Entry",
    "Job",
    "Process",
    "SiteFileNote",
    "StoreNote",
    "Trouble",
    "audit_of",
    "doctor_of",
    "processes_of",
    "site_file_of",
    "store_of",
    "troubles_of",
    "versions",
]
