"""Deployment: images, platforms, batch scoring and schedules, from a release."""

from __future__ import annotations
