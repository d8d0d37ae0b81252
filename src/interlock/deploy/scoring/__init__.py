"""Batch scoring: the service's answers for whole tables, each row exactly once."""

from __future__ import annotations

from interlock.deploy.scoring.plan import Manifest, Plan, Receipt
from interlock.deploy.scoring.score import Scoring, score

__all__ = ["Manifest", "Plan", "Receipt", "Scoring", "score"]
