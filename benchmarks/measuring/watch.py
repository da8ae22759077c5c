"""Runs a Python script in this process; the last line on stderr is its own peak in MB and the packages it imported.

`ru_maxrss` of a finished child would count git's memory too: git keeps up to 96 MB of blobs that others build on. That
of the process itself begins with its parent's, which it was forked from.

It runs as a script, without the package around it, because what it imports is counted.
"""

from __future__ import annotations

import json
import runpy
import sys
from pathlib import Path


def main(script: str) -> None:
    """Run the script as `python script ...` would, and report at its end, however it ends."""
    sys.argv = sys.argv[1:]
    try:
        runpy.run_path(script, run_name="__main__")
    finally:
        status = Path("/proc/self/status").read_text()
        megabytes = int(status.partition("VmHWM:")[2].split()[0]) * 1024 / 1e6
        packages = sorted({name.partition(".")[0] for name in sys.modules})
        print(json.dumps({"megabytes": megabytes, "packages": packages}), file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1])
