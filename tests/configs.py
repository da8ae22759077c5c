"""Small files to read as engines.yaml, and what the reading says."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from migrator.config import Campaign, load
from migrator.errors import WRONG_USAGE, MigrateError

ROOT = Path(__file__).parent.parent
SAMPLE = ROOT / "engines.yaml"

MINIMAL = """\
version: 1
engines:
  ml: {phase: 1, port: 8400, paths: [engines/ml], engine_type: ML}
"""

FULL = """\
version: 1
base: v1.2
source_root: ./src/
branch: "move/{engine}"
target: {module: bus.dual, buses: {marketdata: 7000, engine_logic: 7001}}
legacy:
  redis: ["[::1]:6379", cache.internal:6400]
  wrappers:
    - module: old.bus
      client: [Client, Other]
      config: Config
      message: [Message]
      priority: Urgency
      methods: {emit: publish, close: start}
      matching: prefix
      handler_errors: raise
      plain_json: true
routes:
  - {match: "a.*", message_type: A, probe: true}
  - match: b
    bus: marketdata
engines:
  b:
    phase: 2
    port: 2
    paths: [e//b/, ./tests/b]
    engine_type: B
    deferred: waits for the vendor
  a: {phase: 1, port: 1, paths: [e/a.py], engine_type: A, test_command: make test}
  m: {migrated: true, port: 3, paths: [e/m], engine_type: M}
shared: [e/common]
streams: {b: {mode: routed, bus: marketdata}}
edges:
  - {from: a, to: b, stream: b, accept: nobody reads it}
  - {from: a, to: (no engine), stream: b, bridge: true}
servers: {main: {url_env: MAIN_URL}, marketdata: {url_env: MARKET_URL}}
keep: [{path: src/e/b/x.py, code: " bus = Client() ", reason: not yet}]
answers: {some-question: [1, two, {three: 3}]}
"""

MANY_FAULTS = """\
version: 3
sourc_root: backend
routes: [{match: a}, {match: b, bus: x}]
engines:
  a: {phase: 1, port: 1, paths: [a], engine_type: A, migrate: true}
  b: {phase: 3, port: 1, paths: [a/b], engine_type: B}
  b: {}
  1: {}
"""


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "engines.yaml"
    path.write_bytes(text if isinstance(text, bytes) else dedent(text).encode())
    return path


def campaign_of(folder: Path, text: str) -> Campaign:
    return load(written(folder, text))


def error_of(path: Path) -> MigrateError | None:
    """What loading a file raises, where it does."""
    try:
        load(path)
    except MigrateError as error:
        return error
    return None


def faults_of(folder: Path, text: str | bytes) -> list[str]:
    """The lines of the error, each without the name of the file."""
    with pytest.raises(MigrateError) as caught:
        load(written(folder, text))
    assert caught.value.exit_code == WRONG_USAGE
    lines = str(caught.value).split("\n")
    assert all(line.startswith("engines.yaml:") for line in lines)
    return [line.removeprefix("engines.yaml:") for line in lines]
