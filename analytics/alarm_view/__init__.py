"""What the alarm pages show: alarms as people work on them, why each stands, its course, and how alarms perform."""

from __future__ import annotations

from analytics.alarm_view.beside import Beside, beside
from analytics.alarm_view.course import Course, course_of
from analytics.alarm_view.explained import Why, why_of
from analytics.alarm_view.performance import Performance, performance_of
from analytics.alarm_view.standing import Line, Standing, standing_of

__all__ = [
    "Beside",
    "Course",
    "Line",
    "Performance",
    "Standing",
    "Why",
    "beside",
    "course_of",
    "performance_of",
    "standing_of",
    "why_of",
]
