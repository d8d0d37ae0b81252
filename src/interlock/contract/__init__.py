"""What a row must look like: learned once, edited by people, executed in training, service and monitoring.

- `model`: `Contract`, `Column`, `Policy`: the values.
- `learn`: a contract from a profile and a few declarations; with `domain` and `task`.
- `validity`: what makes a contract contradict itself.
- `toml`: the file that people read and edit; `canonical`: the bytes that are digested.
- `judge`: what one value means to one column; `check` and `decode`: its two faces, columns and JSON rows;
  `encode`: what a batch's columns are read as.
- `step`: a cleaning step as a value; `cleaning`: what it does to a value, with `numerals`, `dates`, `moment`;
  `description`: in words; `merge`: an edited contract follows a changed step.
- `labels`: the target of a training table as numbers.
"""

from interlock.contract.canonical import canonical, digest
from interlock.contract.check import Checked, CheckedRow, Checker, Coded, Violation
from interlock.contract.decode import Decoder
from interlock.contract.judge import Flag
from interlock.contract.labels import label, labels
from interlock.contract.learn import learn
from interlock.contract.model import (
    MISSING,
    Action,
    Code,
    Column,
    Contract,
    Personal,
    Policy,
    Role,
    Task,
    Type,
)
from interlock.contract.step import Step
from interlock.contract.toml import from_toml, read, to_toml, write

__all__ = [
    "MISSING",
    "Action",
    "Checked",
    "CheckedRow",
    "Checker",
    "Code",
    "Coded",
    "Column",
    "Contract",
    "Decoder",
    "Flag",
    "Personal",
    "Policy",
    "Role",
    "Step",
    "Task",
    "Type",
    "Violation",
    "canonical",
    "digest",
    "from_toml",
    "label",
    "labels",
    "learn",
    "read",
    "to_toml",
    "write",
]
