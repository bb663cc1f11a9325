"""What the alarms page shows: alarms as a person works on them, why each stands, and the course of its series."""

from __future__ import annotations

from analytics.alarm_view.course import Course, course_of
from analytics.alarm_view.explained import Why, why_of
from analytics.alarm_view.standing import Line, Standing, standing_of

__all__ = ["Course", "Line", "Standing", "Why", "course_of", "standing_of", "why_of"]
