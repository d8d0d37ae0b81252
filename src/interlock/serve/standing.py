"""How a worker stands: which plan it executes, who says so, and what is in the way of the newest."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

import msgspec

from interlock.release.plan import Plan

__all__ = ["Standing"]


@dataclass(slots=True)
class Standing:
    """What one worker knows of its plan; whoever follows a source writes it.

    Args:
        plan: What is executed.
        environment: Where.
        source: Where plans come from, for people; empty where nothing is followed.
        away: Why the source cannot be reached; empty where it can.
        refused: Why the newest plan is not executed; empty where it is.
        seen: When the source was last reached, by the monotonic clock.
    """

    plan: Plan
    environment: str = "dev"
    source: str = ""
    away: str = ""
    refused: str = ""
    seen: float = field(default_factory=time.monotonic)

    @property
    def note(self) -> str:
        """What everybody may know, who may know nothing of releases; empty where all is as it should be."""
        if self.away:
            return "the source of plans cannot be reached; what was verified last is served"
        return "the newest plan is refused; the one before is served" if self.refused else ""

    @property
    def age(self) -> float:
        """Seconds since the source was last reached; 0 where nothing is followed."""
        return time.monotonic() - self.seen if self.source else 0.0

    def gauges(self) -> dict[str, float]:
        """Return what Prometheus is told, as the worker that is asked sees it."""
        if not self.source:
            return {}
        return {
            "interlock_plan_version": float(self.plan.version),
            "interlock_plan_refused": float(bool(self.refused)),
            "interlock_plan_age_seconds": round(self.age, 3),
        }

    def described(self, model: str) -> dict[str, Any]:
        """Return what those may know who may know which releases run.

        Args:
            model: Name of the model.
        """
        return {
            "model": model,
            "environment": self.environment,
            "plan": msgspec.to_builtins(self.plan),
            "source": self.source,
            "age_seconds": round(self.age, 3),
            "away": self.away,
            "refused": self.refused,
        }
