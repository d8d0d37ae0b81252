"""What a cluster would be given."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import yaml

Objects = dict[str, dict[str, Any]]


def built(folder: Path) -> Objects:
    """Return what `kubectl kustomize` makes of an overlay, by kind."""
    command = ["kubectl", "kustomize", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return {each["kind"]: each for each in yaml.safe_load_all(done.stdout)}
