"""Whatever the tool makes of the corpus's engines passes its own checks: of the proof, and of `migrate check`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from corpus_engines import every_engine, repository

from migrator.cli import cli

ENGINES = every_engine()


@pytest.mark.parametrize("name", ENGINES)
def test_nothing_is_found_in_what_becomes_of_an_engine(name: str, tmp_path: Path) -> None:
    found = repository(ENGINES[name], tmp_path)
    (said,) = found.migrate()["engines"]
    assert said["faults"] == []
    if said["commit"] is not None:
        command = ["check", "--repo", str(found.root), "--engine", name, "--json", said["branch"]]
        checked = json.loads(CliRunner().invoke(cli, command, prog_name="migrate", catch_exceptions=False).stdout)
        assert [each for each in checked["findings"] if each["rule"] != "legacy-use"] == []
