"""Schedules: retraining, monitoring and scoring without anybody, in each system's own form."""

from __future__ import annotations

from interlock.deploy.schedule.jobs import Job, Schedule, schedule
from interlock.deploy.schedule.write import SYSTEMS, System, text, write

__all__ = ["SYSTEMS", "Job", "Schedule", "System", "schedule", "text", "write"]
