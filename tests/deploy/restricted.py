"""The level "restricted" of Kubernetes' pod security standards, as the standard's page lists it.

Source: https://kubernetes.io/docs/concepts/security/pod-security-standards/ (v1.35)
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

_VOLUMES = {
    *("configMap", "csi", "downwardAPI", "emptyDir"),
    *("ephemeral", "persistentVolumeClaim", "projected", "secret"),
}
_SYSCTLS = {
    *("kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.ip_unprivileged_port_start"),
    *("net.ipv4.tcp_syncookies", "net.ipv4.ping_group_range", "net.ipv4.tcp_keepalive_time"),
}


def violations(pod: dict[str, Any]) -> list[str]:
    """Return what of a pod's spec the level does not allow."""
    return [
        *_of_pod(pod),
        *(each for container in _containers(pod) for each in _of_container(container, pod)),
    ]


def _containers(pod: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for key in ("containers", "initContainers", "ephemeralContainers"):
        yield from pod.get(key, ())


def _of_pod(pod: dict[str, Any]) -> Iterator[str]:
    for key in ("hostNetwork", "hostPID", "hostIPC"):
        if pod.get(key):
            yield key
    for volume in pod.get("volumes", ()):
        if not {*volume} - {"name"} <= _VOLUMES:
            yield f"volume {volume['name']}"
    for sysctl in pod.get("securityContext", {}).get("sysctls", ()):
        if sysctl["name"] not in _SYSCTLS:
            yield f"sysctl {sysctl['name']}"


def _of_container(container: dict[str, Any], pod: dict[str, Any]) -> Iterator[str]:
    name, own = container["name"], container.get("securityContext", {})
    both = {**pod.get("securityContext", {}), **own}
    if own.get("privileged"):
        yield f"{name}: privileged"
    if own.get("allowPrivilegeEscalation") is not False:
        yield f"{name}: allowPrivilegeEscalation"
    if both.get("runAsNonRoot") is not True:
        yield f"{name}: runAsNonRoot"
    if both.get("runAsUser") == 0:
        yield f"{name}: runAsUser"
    if both.get("seccompProfile", {}).get("type") not in ("RuntimeDefault", "Localhost"):
        yield f"{name}: seccompProfile"
    if both.get("procMount", "Default") != "Default":
        yield f"{name}: procMount"
    capabilities = own.get("capabilities", {})
    if "ALL" not in capabilities.get("drop", ()):
        yield f"{name}: capabilities are not dropped"
    if {*capabilities.get("add", ())} - {"NET_BIND_SERVICE"}:
        yield f"{name}: capabilities are added"
    if any(port.get("hostPort") for port in container.get("ports", ())):
        yield f"{name}: hostPort"
