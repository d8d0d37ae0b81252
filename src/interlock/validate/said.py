"""The blocks of the card in which people speak: what they said, or that it is not provided."""

from __future__ import annotations

from interlock.said import Said
from interlock.validate.card_blocks import Block, Missing, Quote

__all__ = ["ASKED", "said_blocks"]


#: What each setting answers, as the card asks for it.
ASKED = {
    "description": "what the model does",
    "owner": "who provides it and answers for it",
    "contact": "where to ask",
    "licence": "the licence",
    "citation": "how to cite it, and what it rests on",
    "intended_use": "what it is for",
    "users": "who uses it, and who is affected",
    "out_of_scope": "what it must not be used for",
    "integration": "the systems around it, and how people meet its answers",
    "hardware": "the hardware that it is meant to run on",
    "data_provenance": "where the rows are from, how they were collected and labelled",
    "design_choices": "what was assumed and weighed up",
    "human_oversight": "who can step in, when and how",
    "planned_changes": "changes that are foreseen from the start",
    "cybersecurity": "what guards the service",
    "metric_choice": "why these metrics are the right ones for the purpose",
    "risks": "whom a wrong prediction harms, and how",
    "limitations": "where it is known to fail",
    "recommendations": "what users should watch",
    "changes": "what was changed since the version before, and why",
    "monitoring_plan": "who looks at the alarms, how often, and what follows",
    "environment": "energy and emissions, which nobody measured here",
}


def said_blocks(said: Said, *keys: str) -> tuple[Block, ...]:
    """Return what people said on some questions, and what they did not.

    Args:
        said: All that they said.
        keys: Names of its fields.

    Example:
        >>> said_blocks(Said(licence="MIT"), "licence", "contact")
        (Quote(key='licence', what='the licence', text='MIT'), Missing(what='where to ask', key='contact'))
    """
    return tuple(
        Quote(key, ASKED[key], text) if (text := getattr(said, key).strip()) else Missing(ASKED[key], key)
        for key in keys
    )
