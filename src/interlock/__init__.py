"""Interlock: one prediction problem, from a raw table to a monitored production API."""

__version__ = "0.1.0"
