"""What only people can say of a model: `[card]` of the settings, word for word in the model card."""

from __future__ import annotations

import msgspec

__all__ = ["Said"]


class Said(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What people said; the card marks as not provided what is empty.

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
