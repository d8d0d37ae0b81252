"""Exploration: what a table holds, what it needs, and what goes with the target.

- `exploration`: `explore` and its result. `survey`: the one pass over the rows, within a `budget`; `sample`
  is drawn in it, `exactness` says how far to trust it. `summary`, `pages`, `pictures`: for people.
- Findings: `quality`, `outliers`, `placeholders`, `mixed`, `duplicates`, `target`, `leakage`.
- Statistics: `estimate`, `midranks`, `auc`, `cramers_v`, `correlation_ratio`, `spearman`, `discoveries`;
  `association` chooses among them, `relation` shows the strongest. The later stages use the first ones, too.
- Hypothesis tests, one verb each: `compare`, `correlate`, `equivalence`, `power` and `sample_size`, `adjust`.
- Models by formula: `models`, one verb each.
- Over time: `series`, `statistics/long_run`, `statistics/cycle`; findings from `over_time` and `clocks`.
- `pairs` and `completeness`: columns with each other, and rows by their gaps. `narrative`: the story.
- Times, text and images, and folders of images: `content`.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from interlock.explore.association import Association
    from interlock.explore.content.content import Content
    from interlock.explore.content.images import open_images
    from interlock.explore.content.pixels import pixel_row, pixels
    from interlock.explore.exploration import Exploration, explore
    from interlock.explore.findings.finding import Finding
    from interlock.explore.models import (
        Model,
        compare_models,
        logit,
        mixed,
        negative_binomial,
        ols,
        poisson,
        quantile,
    )
    from interlock.explore.narrative import story
    from interlock.explore.relation import Relation
    from interlock.explore.statistics.adjust import Adjusted, adjust
    from interlock.explore.statistics.compare import compare
    from interlock.explore.statistics.compare_columns import Comparisons, compare_columns
    from interlock.explore.statistics.compare_proportions import compare_proportions
    from interlock.explore.statistics.correlate import correlate
    from interlock.explore.statistics.equivalence import equivalence, equivalence_proportions
    from interlock.explore.statistics.power import Plan, detectable_effect, power, sample_size
    from interlock.explore.statistics.result import Result

__all__ = [
    "Adjusted",
    "Association",
    "Comparisons",
    "Content",
    "Exploration",
    "Finding",
    "Model",
    "Plan",
    "Relation",
    "Result",
    "adjust",
    "compare",
    "compare_columns",
    "compare_models",
    "compare_proportions",
    "correlate",
    "detectable_effect",
    "equivalence",
    "equivalence_proportions",
    "explore",
    "logit",
    "mixed",
    "negative_binomial",
    "ols",
    "open_images",
    "pixel_row",
    "pixels",
    "poisson",
    "power",
    "quantile",
    "sample_size",
    "story",
]

#: Where each name lives. It is imported when it is first asked for, so that the later stages can use one
#: statistic (`statistics.estimate`) without the whole exploration, and exploring without the models.
_LATER = {
    "Association": "association",
    "Content": "content.content",
    "Exploration": "exploration",
    "explore": "exploration",
    "Finding": "findings.finding",
    "Relation": "relation",
    "open_images": "content.images",
    "pixel_row": "content.pixels",
    "pixels": "content.pixels",
    "Model": "models",
    "compare_models": "models",
    "logit": "models",
    "mixed": "models",
    "negative_binomial": "models",
    "ols": "models",
    "poisson": "models",
    "quantile": "models",
    "story": "narrative",
    "Adjusted": "statistics.adjust",
    "adjust": "statistics.adjust",
    "compare": "statistics.compare",
    "Comparisons": "statistics.compare_columns",
    "compare_columns": "statistics.compare_columns",
    "compare_proportions": "statistics.compare_proportions",
    "correlate": "statistics.correlate",
    "equivalence": "statistics.equivalence",
    "equivalence_proportions": "statistics.equivalence",
    "Plan": "statistics.power",
    "detectable_effect": "statistics.power",
    "power": "statistics.power",
    "sample_size": "statistics.power",
    "Result": "statistics.result",
}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_LATER[name]}"), name)
