"""From the contract's tensors to features: each step is fitted, runs in numpy, and emits ONNX nodes."""

from interlock.develop.prepare.calendar import Calendar
from interlock.develop.prepare.categories import Levels
from interlock.develop.prepare.preparation import Features, Preparation
from interlock.develop.prepare.standardise import Standardise

__all__ = ["Calendar", "Features", "Levels", "Preparation", "Standardise"]
