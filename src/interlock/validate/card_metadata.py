"""The metadata at the top of `card.md`, in the form that hubs and catalogues read.

Source:
    Hugging Face, model card metadata (the hub's documentation): `model-index` holds results.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from interlock.said import Said
from interlock.validate.evidence import Evidence, Measurement

__all__ = ["metadata"]

_TASKS = {
    "binary": "tabular-classification",
    "multiclass": "tabular-classification",
    "regression": "tabular-regression",
}
#: What hubs call a metric.
_CALLED = {"auc": "roc_auc", "macro_f1": "f1", "brier": "brier_score", "rmse": "rmse", "r2": "r_squared"}
_SHOWN = (
    "auc",
    "average_precision",
    "log_loss",
    "brier",
    "accuracy",
    "precision",
    "recall",
    "macro_f1",
    "rmse",
    "mae",
    "r2",
)


def metadata(evidence: Evidence, said: Said) -> str:
    """Return the block in YAML, between its two lines of dashes.

    Every text is written as JSON does, which YAML reads as well, so that no name can break out of it.

    Args:
        evidence: What validation found; each result names it as its source.
        said: What people said: the licence.
    """
    return "\n".join(["---", *_lines(evidence, said), "---"])


def _lines(evidence: Evidence, said: Said) -> Iterator[str]:
    task = _TASKS[evidence.task]
    shown = [each for each in evidence.measurements if each.name in _SHOWN]
    if said.licence:
        yield f"license: {_text(said.licence)}"
    yield "library_name: onnx"
    yield f"pipeline_tag: {task}"
    yield "tags:"
    yield from (f"- {tag}" for tag in ("interlock", "onnx", "tabular", task))
    yield "metrics:"
    yield from (f"- {_CALLED.get(each.name, each.name)}" for each in shown)
    yield "model-index:"
    yield f"- name: {_text(evidence.target)}"
    yield "  results:"
    yield "  - task:"
    yield f"      type: {task}"
    yield "    dataset:"
    yield "      name: the sealed holdout"
    yield f"      type: {_text(evidence.digests['dataset'])}"
    yield "    metrics:"
    for each in shown:
        yield from _result(each)
    yield "    source:"
    yield "      name: evidence.json"
    yield "      url: evidence.json"


def _result(each: Measurement) -> Iterator[str]:
    yield f"    - type: {_CALLED.get(each.name, each.name)}"
    yield f"      name: {_text(each.label)}"
    yield f"      value: {json.dumps(each.value)}"


def _text(text: str) -> str:
    return json.dumps(text)
