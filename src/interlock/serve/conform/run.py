"""All checks of the protocols that are asked for."""

from __future__ import annotations

from collections.abc import Sequence

from interlock.errors import InputError
from interlock.serve.conform import azureml, kserve_v1, kserve_v2, mlflow, own, sagemaker, vertex
from interlock.serve.conform.agreement import agreement
from interlock.serve.conform.ask import Ask
from interlock.serve.conform.check import Check, Found, perform
from interlock.serve.conform.grpc import CHECKS
from interlock.serve.conform.sample import Sample

__all__ = ["PROTOCOLS", "conform"]

#: The checks of each contract.
PROTOCOLS: dict[str, tuple[Check, ...]] = {
    "own": own.CHECKS,
    "kserve_v1": kserve_v1.CHECKS,
    "kserve_v2": kserve_v2.CHECKS,
    "mlflow": mlflow.CHECKS,
    "sagemaker": sagemaker.CHECKS,
    "vertex": vertex.CHECKS,
    "azureml": azureml.CHECKS,
}


def conform(
    ask: Ask, sample: Sample, protocols: Sequence[str] = (), *, grpc: Ask | None = None
) -> list[Found]:
    """Run the checks of some protocols, and compare what they predict for one row.

    Args:
        ask: Sends a request.
        sample: What to send.
        protocols: Keys of `PROTOCOLS`; all of them where empty.
        grpc: Calls the server's gRPC port, whose checks are run too; None where it has none.

    Raises:
        InputError: If there is no such protocol, or the server does not answer.
    """
    if unknown := sorted(set(protocols) - {*PROTOCOLS}):
        raise InputError(
            "there are no checks for this protocol",
            got=", ".join(unknown),
            next_step=f"choose among {', '.join(PROTOCOLS)}",
        )
    names = [name for name in PROTOCOLS if not protocols or name in protocols]
    checks = [check for name in names for check in PROTOCOLS[name]]
    called = perform(CHECKS, grpc, sample) if grpc else []
    return [*perform([*checks, *agreement(names)], ask, sample), *called]
