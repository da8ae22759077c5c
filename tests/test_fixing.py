"""Raw streams written into engines.yaml: lines are put in, and every byte that was there stays."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
import yaml
from configs import MINIMAL, SAMPLE, written
from hypothesis import given
from hypothesis import strategies as st

from migrator.errors import FAILED, MigrateError
from migrator.planning.fixing import fix_streams, streams_yaml, with_streams
from migrator.planning.values import PlannedStream

TICKS = PlannedStream("raw-ticks", "routed", "marketdata", "its route says so", False)
ORDERS = PlannedStream("orders:*", "message", "engine_logic", "", False)
ADDED = "streams:\n  raw-ticks: {mode: routed, bus: marketdata}\n"


def test_a_file_without_the_section_gets_it_at_its_end() -> None:
    assert with_streams(MINIMAL, [TICKS]) == f"{MINIMAL}\n{ADDED}"
    assert with_streams(MINIMAL.rstrip("\n"), [TICKS]) == f"{MINIMAL}\n{ADDED}"
    assert with_streams(f"{MINIMAL}# the end\n", [TICKS]) == f"{MINIMAL}# the end\n\n{ADDED}"


FORMS = {
    "a block": (
        "streams:   # fixed in May\n    a: {mode: routed}   # by hand\n\n# after it\nanswers: {q: 1}\n",
        "streams:   # fixed in May\n    a: {mode: routed}   # by hand\n"
        "    raw-ticks: {mode: routed, bus: marketdata}\n\n# after it\nanswers: {q: 1}\n",
    ),
    "a block whose last entry is a block": (
        "streams:\n  a:\n    mode: routed\n    bus: marketdata   # as its route\n# after it\n",
        "streams:\n  a:\n    mode: routed\n    bus: marketdata   # as its route\n"
        "  raw-ticks: {mode: routed, bus: marketdata}\n# after it\n",
    ),
    "a block that ends the file without a line end": (
        "streams:\n  a: {mode: routed}",
        "streams:\n  a: {mode: routed}\n  raw-ticks: {mode: routed, bus: marketdata}\n",
    ),
    "a mapping in braces": (
        "streams: {a: {mode: routed}}   # by hand\n",
        "streams: {a: {mode: routed}, raw-ticks: {mode: routed, bus: marketdata}}   # by hand\n",
    ),
    "a mapping in braces with a comma at its end": (
        "streams: {\n  a: {mode: routed},   # by hand\n}\n",
        "streams: {\n  a: {mode: routed}, raw-ticks: {mode: routed, bus: marketdata},   # by hand\n}\n",
    ),
    "empty braces": ("streams: {}\n", "streams: {raw-ticks: {mode: routed, bus: marketdata}}\n"),
    "the end of the document marked": ("base: main\n...\n", f"base: main\n\n{ADDED}...\n"),
}


@pytest.mark.parametrize("form", FORMS)
def test_each_form_of_the_section_keeps_its_bytes(form: str) -> None:
    before, after = FORMS[form]
    assert with_streams(f"{MINIMAL}{before}", [TICKS]) == f"{MINIMAL}{after}"


def test_line_ends_and_names_are_as_they_must_be() -> None:
    made = with_streams(MINIMAL.replace("\n", "\r\n"), [TICKS, ORDERS]) or ""
    assert made.count("\r\n") == made.count("\n")
    assert yaml.safe_load(made)["streams"]["orders:*"] == {"mode": "message", "bus": "engine_logic"}


def test_a_file_in_braces_is_left_to_a_person() -> None:
    assert with_streams("{version: 1, engines: {}}\n", [TICKS]) is None


@given(st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=4, unique=True))
def test_whatever_a_stream_is_called_it_is_read_back(names: list[str]) -> None:
    streams = [PlannedStream(name, "routed", "marketdata", "", False) for name in names]
    made = with_streams(MINIMAL, streams)
    if made is not None:  # a name that YAML cannot hold on one line is left to a person
        assert list(yaml.safe_load(made)["streams"]) == names
        assert made.startswith(MINIMAL)


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_sample_keeps_every_byte_and_its_mode(tmp_path: Path) -> None:
    path = written(tmp_path, b"\xef\xbb\xbf" + SAMPLE.read_bytes())
    path.chmod(0o640)
    before = path.read_bytes()
    assert fix_streams(path, digest(path), [TICKS]) == streams_yaml([TICKS]) == ADDED
    assert path.read_bytes() == before + b"\n" + ADDED.encode()
    assert path.stat().st_mode & 0o777 == 0o640
    assert [each.name for each in tmp_path.iterdir()] == ["engines.yaml"]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    path = written(tmp_path / "there", MINIMAL)
    link = tmp_path / "engines.yaml"
    link.symlink_to(path)
    fix_streams(link, digest(path), [TICKS])
    assert link.is_symlink()
    assert path.read_text() == f"{MINIMAL}\n{ADDED}"


def test_an_edit_that_came_between_is_noticed_and_kept(tmp_path: Path) -> None:
    path = written(tmp_path, MINIMAL)
    planned = digest(path)
    path.write_text(f"{MINIMAL}# an edit\n")
    with pytest.raises(MigrateError) as caught:
        fix_streams(path, planned, [TICKS])
    sentence = f"{path} changed while the plan was made; nothing was written. Type the same again."
    assert (str(caught.value), caught.value.exit_code) == (sentence, FAILED)
    assert path.read_text() == f"{MINIMAL}# an edit\n"
    assert [each.name for each in tmp_path.iterdir()] == ["engines.yaml"]


def test_what_cannot_be_put_in_is_given_to_paste(tmp_path: Path) -> None:
    path = written(tmp_path, "{version: 1, engines: {}}\n")
    with pytest.raises(MigrateError, match="put these lines in yourself:\nstreams:\n  raw-ticks: "):
        fix_streams(path, digest(path), [TICKS])
    assert path.read_text() == "{version: 1, engines: {}}\n"
