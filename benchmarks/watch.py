"""Runs a Python script in this process; the last line on stderr is its own peak in MB and the packages it imported.

`ru_maxrss` of a finished child would count git's memory too: git keeps up to 96 MB of blobs that others build on.
"""

from __future__ import annotations

import json
import resource
import runpy
import sys


def main(script: str) -> None:
    """Run the script as `python script ...` would, and report at its end, however it ends."""
    sys.argv = sys.argv[1:]
    try:
        runpy.run_path(script, run_name="__main__")
    finally:
        megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
        packages = sorted({name.partition(".")[0] for name in sys.modules})
        print(json.dumps({"megabytes": megabytes, "packages": packages}), file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1])
