"""From the contract's tensors to features: each step is fitted, runs in numpy, and emits ONNX nodes."""

from interlock.develop.prepare.calendar import Calendar
from interlock.develop.prepare.categories import Levels
from interlock.develop.prepare.declared import Declared
from interlock.develop.prepare.preparation import Features, Preparation
from interlock.develop.prepare.spans import Spans
from interlock.develop.prepare.standardise import Standardise
from interlock.develop.prepare.step import Learned, Options, Step
from interlock.develop.prepare.target import TargetMeans
from interlock.develop.prepare.terms import Terms
from interlock.develop.prepare.text_scores import TextScores
from interlock.develop.prepare.topics import Topics

__all__ = [
    "STEPS",
    "Calendar",
    "Declared",
    "Features",
    "Learned",
    "Levels",
    "Options",
    "Preparation",
    "Spans",
    "Standardise",
    "Step",
    "TargetMeans",
    "Terms",
    "TextScores",
    "Topics",
]

#: The steps that a saved preparation may hold, by the name they are saved under.
STEPS: dict[str, type] = {
    "declared": Declared,
    "spans": Spans,
    "target means": TargetMeans,
    "topics": Topics,
    "text scores": TextScores,
}
