"""Several releases in one server: who answers a request, and how that is changed while requests come.

- `assign` and `unit`: a pure function from a plan and a unit to a release.
- `traffic`: what one worker serves; `challenger` and `shadow` are the releases beside the champion, each in
  a `lane`, a thread of its own with a bounded queue.
"""

from interlock.serve.traffic.assign import assigned, drawn, point
from interlock.serve.traffic.challenger import Answered, Challenger
from interlock.serve.traffic.shadow import Shadow
from interlock.serve.traffic.traffic import Parts, Traffic, close_all

__all__ = [
    "Answered",
    "Challenger",
    "Parts",
    "Shadow",
    "Traffic",
    "assigned",
    "close_all",
    "drawn",
    "point",
]
