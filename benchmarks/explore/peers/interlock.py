"""Interlock, with a target: `python interlock.py TABLE REPORT [TARGET]`."""

import sys

sys.path.pop(0)  # this folder, where this file has the library's name

import interlock as il

source, report, target = [*sys.argv[1:], "late"][:3]
il.explore(source, target=target).report(report)
