"""What the device page shows: what a device says, how far it can be trusted, how it is read, and its course."""

from __future__ import annotations

from analytics.device_view.awaited import Awaited, awaited
from analytics.device_view.course import Course, Mark, Reset, Stretch, course_of, marks_of
from analytics.device_view.device import DeviceView, Measurement, Scale, device_of, devices_of
from analytics.device_view.polling import Polling, polling_of

__all__ = [
    "Awaited",
    "Course",
    "DeviceView",
    "Mark",
    "Measurement",
    "Polling",
    "Reset",
    "Scale",
    "Stretch",
    "awaited",
    "course_of",
    "device_of",
    "devices_of",
    "marks_of",
    "polling_of",
]
