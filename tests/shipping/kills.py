"""A process that is killed where it is."""

from __future__ import annotations

import signal
import subprocess
import sys
import time


def is_killed(code: str, lines: int, seconds: float) -> bool:
    """Run code, and kill it so long after it has printed so many lines; whether it was still running."""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        for _ in range(lines):
            process.stdout.readline()
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)
    return process.returncode == -signal.SIGKILL
