from __future__ import annotations

import copy
from typing import Any

import pytest
from tests.deploy.restricted import violations

GOOD: dict[str, Any] = {
    "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
    "containers": [
        {
            "name": "a",
            "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
        }
    ],
    "volumes": [{"name": "v", "emptyDir": {}}],
}


def test_what_the_standard_allows_is_allowed() -> None:
    assert violations(GOOD) == []


@pytest.mark.parametrize(
    ("path", "value", "found"),
    [
        (("hostNetwork",), True, "hostNetwork"),
        (("volumes", 0), {"name": "v", "hostPath": {"path": "/"}}, "volume v"),
        (("securityContext", "runAsNonRoot"), False, "a: runAsNonRoot"),
        (("securityContext", "seccompProfile", "type"), "Unconfined", "a: seccompProfile"),
        (("securityContext", "sysctls"), [{"name": "kernel.msgmax", "value": "1"}], "sysctl kernel.msgmax"),
        (("containers", 0, "securityContext", "privileged"), True, "a: privileged"),
        (("containers", 0, "securityContext", "runAsUser"), 0, "a: runAsUser"),
        (
            ("containers", 0, "securityContext", "allowPrivilegeEscalation"),
            True,
            "a: allowPrivilegeEscalation",
        ),
        (("containers", 0, "securityContext", "capabilities"), {}, "a: capabilities are not dropped"),
        (
            ("containers", 0, "securityContext", "capabilities", "add"),
            ["SYS_ADMIN"],
            "a: capabilities are added",
        ),
        (("containers", 0, "ports"), [{"containerPort": 1, "hostPort": 1}], "a: hostPort"),
    ],
)
def test_each_of_its_rules_is_looked_at(path: tuple[Any, ...], value: Any, found: str) -> None:
    pod = copy.deepcopy(GOOD)
    place: Any = pod
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    assert violations(pod) == [found]
