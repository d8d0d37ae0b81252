"""Charts and pages from small values: compute first, then draw.

- `values` holds what a chart shows. `chart` draws it for a page, `image` for a file, `plot` on Matplotlib.
- `page` puts sections, tables and figures into one HTML file without a network, in the colours of `palette`.
- `format` writes numbers, `bins` cuts ranges, `spark` draws the smallest pictures as SVG.

Nothing here knows of tables or models.
"""

from __future__ import annotations

from interlock.report.bins import bin_edges
from interlock.report.page import (
    Section,
    bullets,
    cards,
    details,
    facts,
    figure,
    heading,
    item,
    join,
    notebook,
    page,
    paragraph,
    prose,
    table,
    tag,
)
from interlock.report.values import (
    Bars,
    Calibration,
    Chart,
    Compare,
    Distribution,
    Intervals,
    Line,
    Lines,
    Matrix,
    Ranking,
    Scatter,
    chart_from,
    chart_to,
)

__all__ = [
    "Bars",
    "Calibration",
    "Chart",
    "Compare",
    "Distribution",
    "Intervals",
    "Line",
    "Lines",
    "Matrix",
    "Ranking",
    "Scatter",
    "Section",
    "bin_edges",
    "bullets",
    "cards",
    "chart_from",
    "chart_to",
    "details",
    "facts",
    "figure",
    "heading",
    "item",
    "join",
    "notebook",
    "page",
    "paragraph",
    "prose",
    "table",
    "tag",
]
