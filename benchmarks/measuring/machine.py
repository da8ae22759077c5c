"""What the figures were measured on: cores, CPU, load, Python and git."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from pathlib import Path

from migrator.workers.sizing import cores


def machine() -> str:
    """One line, as `2 cores of AMD EPYC (load 0.4), Python 3.11.7, git 2.39.2`."""
    git = subprocess.run(["git", "--version"], capture_output=True, text=True, check=True).stdout.split()[2]
    load = os.getloadavg()[0]
    return f"{cores()} cores of {_cpu()} (load {load:.1f}), Python {platform.python_version()}, git {git}"


def _cpu() -> str:
    path = Path("/proc/cpuinfo")
    found = re.search(r"^model name\s*:\s*(.+)$", path.read_text(), re.MULTILINE) if path.exists() else None
    return found[1].strip() if found else platform.machine()
