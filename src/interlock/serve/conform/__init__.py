"""Runs the checks of each platform's contract against a running server, whoever wrote it.

- `ask`: one request over HTTP, with the standard library alone.
- `check`: a check is a small function with what it is about and what it expects; it says what it got.
- `sample`: the row to send, the model's name and its columns, as the server tells them or as given.
- one module a protocol; `agreement` sends one row through all of them and compares the bits.
"""

from interlock.serve.conform.ask import Ask, Reply, over_http, untrusted
from interlock.serve.conform.check import Check, Found, table
from interlock.serve.conform.grpc import over_grpc
from interlock.serve.conform.run import PROTOCOLS, conform
from interlock.serve.conform.sample import Sample, learn

__all__ = [
    "PROTOCOLS",
    "Ask",
    "Check",
    "Found",
    "Reply",
    "Sample",
    "conform",
    "learn",
    "over_grpc",
    "over_http",
    "table",
    "untrusted",
]
