"""What only people can say of a model: the settings of `[card]`, word for word in the card."""

from __future__ import annotations

from dataclasses import dataclass

from interlock.validate.card_blocks import Block, Missing, Quote

__all__ = ["ASKED", "Said", "said_blocks"]


@dataclass(frozen=True, slots=True)
class Said:
    """What people said; empty where they did not.

    Args:
        description: What the model does, in a sentence or two.
        owner: Who provides it and answers for it.
        contact: Where to ask.
        licence: Under which it may be used.
        citation: How to cite it, and what it rests on.
        intended_use: What it is for.
        users: Who uses it, and who is affected.
        out_of_scope: What it must not be used for.
        integration: The systems around it, and how people meet its answers.
        hardware: What it is to run on.
        data_provenance: Where the rows are from, how they were collected and labelled, and for what.
        design_choices: What was assumed and weighed up.
        human_oversight: Who can step in, when, and how.
        planned_changes: What will change without a new assessment.
        cybersecurity: What guards it.
        metric_choice: Why these metrics are the right ones for the purpose.
        risks: Whom a wrong prediction harms, and how.
        limitations: Where it is known to fail.
        recommendations: What users should watch.
        changes: What was changed since the version before, and why.
        monitoring_plan: Who looks at the alarms, how often, and what they do then.
        environment: What making and running it consumes, where that was measured.
    """

    description: str = ""
    owner: str = ""
    contact: str = ""
    licence: str = ""
    citation: str = ""
    intended_use: str = ""
    users: str = ""
    out_of_scope: str = ""
    integration: str = ""
    hardware: str = ""
    data_provenance: str = ""
    design_choices: str = ""
    human_oversight: str = ""
    planned_changes: str = ""
    cybersecurity: str = ""
    metric_choice: str = ""
    risks: str = ""
    limitations: str = ""
    recommendations: str = ""
    changes: str = ""
    monitoring_plan: str = ""
    environment: str = ""


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
