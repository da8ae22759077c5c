"""YAML with lines: what is no YAML, what YAML can do besides values, and secrets that stay secret."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from configs import FULL, MINIMAL, campaign_of, error_of, faults_of, written
from hypothesis import given, settings
from hypothesis import strategies as st

from migrator.errors import WRONG_USAGE

NOT_EVEN_YAML: dict[str, tuple[str | bytes, list[str]]] = {
    "empty": ("# nothing\n", ['1: the file is empty; start with "version: 1", or type "migrate init"']),
    "latin-1": (b"version: 1\n# caf\xe9\n", ["2: the byte 0xe9 is not UTF-8; save the file as UTF-8"]),
    "utf-16": ("version: 1".encode("utf-16"), ["1: the byte 0xff is not UTF-8; save the file as UTF-8"]),
    "control character": (b"version: 1\n\n\x00", ["3: the character 0x00 has no place in YAML; take it out"]),
    "tab": (
        "version: 1\nengines:\n\tml: 1\n",
        [
            "3: this is not YAML (found character that cannot start any token); look at the indent and the quotes",
        ],
    ),
    "open quote": (
        "version: 1\nbase: 'main\n",
        ["3: this is not YAML (found unexpected end of stream); look at the indent and the quotes"],
    ),
    "too deep": (
        "version: " + "[" * 200_000,
        ["1: this is not YAML (too many levels); look at the indent and the quotes"],
    ),
    "list": ("- version\n", ["1: the file is a list, but must be a mapping (key: value), one entry or more"]),
    "text": ("hello\n", ['1: the file is "hello", but must be a mapping (key: value), one entry or more']),
}


@pytest.mark.parametrize("name", NOT_EVEN_YAML)
def test_what_is_no_yaml_is_said_with_its_line(tmp_path: Path, name: str) -> None:
    text, expected = NOT_EVEN_YAML[name]
    assert faults_of(tmp_path, text) == expected


TOP_KEYS = "base, source_root, branch, target, legacy, routes, shared, streams, edges, servers, keep, answers"

MAGIC = {
    "second document": (f"{MINIMAL}---\nx: 1\n", ["4: a second document starts here; keep one of them"]),
    "tag": (
        f"{MINIMAL}base: !!str main\n",
        ['4: base: tags such as "tag:yaml.org,2002:str" are not read here; take it out'],
    ),
    "python tag": (
        f"{MINIMAL}base: !!python/object/apply:os.getcwd []\n",
        [
            "4: base is an empty list, but must be a branch, tag or commit of the repository",
            '4: base: tags such as "tag:yaml.org,2002:python/object/apply:os.getcwd" are not read here; take it out',
        ],
    ),
    "anchor": (
        f"{MINIMAL}shared: &a [b]\nroutes: *a\n",
        [
            "4: shared: anchors and aliases are not read here; write it out",
            "5: routes: anchors and aliases are not read here; write it out",
        ],
    ),
    "anchor that holds itself": (
        f"{MINIMAL}shared: &a [*a]\n",
        [
            "4: shared: anchors and aliases are not read here; write it out",
            "4: shared[0]: anchors and aliases are not read here; write it out",
        ],
    ),
    "duplicate key": (f"{MINIMAL}version: 1\n", ["4: version stands here again, after line 1; keep one of them"]),
    "duplicate engine": (
        f"{MINIMAL}  ml: {{phase: 1, port: 1, paths: [x], engine_type: X}}\n",
        ["4: engines.ml stands here again, after line 3; keep one of them"],
    ),
    "number for a key": (
        f"{MINIMAL}  1: {{phase: 1, port: 1, paths: [x], engine_type: X}}\n",
        ['4: the key "1" in engines must be text; put it in quotes'],
    ),
    "list for a key": (f"{MINIMAL}? [a, b]\n: 1\n", ["4: the key a list in the file must be text; put it in quotes"]),
    "odd text for a key": (
        f'{MINIMAL}no key: 1\n"\\0": 2\n',
        [
            f'4: the file has no key "no key"; it may have: {TOP_KEYS}',
            f'5: the file has no key " "; it may have: {TOP_KEYS}',
        ],
    ),
    "merge key": (f"{MINIMAL}<<: {{base: x}}\n", ['4: the key "<<" in the file must be text; put it in quotes']),
    "date": (
        f"{MINIMAL}base: 2024-01-31\n",
        ['4: base is "2024-01-31", which readers of YAML take differently; put it in quotes'],
    ),
}


@pytest.mark.parametrize("name", MAGIC)
def test_what_yaml_can_do_besides_values_is_refused(tmp_path: Path, name: str) -> None:
    text, expected = MAGIC[name]
    assert faults_of(tmp_path, text) == expected


DECIMAL = "write a decimal number, or put it in quotes"
TWO_READINGS = {
    "octal": ("010", DECIMAL),
    "octal below zero": ("-017", DECIMAL),
    "hexadecimal": ("0x20", DECIMAL),
    "binary": ("0b11", DECIMAL),
    "underscores": ("1_000", DECIMAL),
    "base 60": ("12:30", DECIMAL),
    "base 60 with a fraction": ("190:20:30.15", DECIMAL),
    "infinity": (".inf", DECIMAL),
    "no number": (".NaN", DECIMAL),
    "a fraction alone": (".5", DECIMAL),
    "yes": ("yes", "write true or false, or put it in quotes"),
    "off": ("Off", "write true or false, or put it in quotes"),
    "a time": ("2001-12-14t21:59:43.10-05:00", "put it in quotes"),
}


@pytest.mark.parametrize("name", TWO_READINGS)
def test_what_readers_of_yaml_take_differently_is_named_and_not_guessed(tmp_path: Path, name: str) -> None:
    text, mend = TWO_READINGS[name]
    fault = f'4: answers.x is "{text}", which readers of YAML take differently; {mend}'
    assert faults_of(tmp_path, f"{MINIMAL}answers: {{x: {text}}}\n") == [fault]


def test_what_they_all_read_alike_is_taken(tmp_path: Path) -> None:
    answers = "{a: 0, b: -12, c: 1.5, d: 2.5e+3, e: True, f: null, g: ~, h: 'yes', i: \"010\", j: 0o10}"
    campaign = campaign_of(tmp_path, f"{MINIMAL}answers: {answers}\n")
    assert list(campaign.settings.answers.values()) == [0, -12, 1.5, 2500.0, True, None, None, "yes", "010", "0o10"]


# Secrets


SECRETS = (
    "redis://:hunter2@redis:6379",
    "redis://user:hunter2 with spaces@redis",
    "user:hunter2@redis:6379",
    "redis://redis:6379/0?password=hunter2",
    "rediss://u:a@hunter2@redis",
)


def places(value: Any, keys: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value of a file, mappings and lists included."""
    yield keys
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        yield from places(each, (*keys, key))


def changed(value: Any, keys: tuple[Any, ...], secret: str, *, key: bool) -> Any:
    """A copy with the secret in place of the value at these keys, or of its key."""
    if not keys:
        return secret
    copy, first = value.copy(), keys[0]
    if len(keys) == 1 and key and isinstance(copy, dict):
        copy[secret] = copy.pop(first)
    else:
        copy[first] = changed(copy[first], keys[1:], secret, key=key)
    return copy


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("key", [False, True])
def test_password_is_never_echoed_wherever_it_stands(tmp_path: Path, secret: str, key: bool) -> None:
    full = yaml.safe_load(FULL)
    for keys in places(full):
        text = yaml.safe_dump(changed(full, keys, secret, key=key), sort_keys=False)
        assert "hunter2" not in str(error_of(written(tmp_path, text))), keys


# Any text at all


WORDS = (
    *("version", "engines", "routes", "1", "{", "}", "[", "]", ":", ": ", "- ", "\n", "\n  ", "a", "phase", "&a", "*a"),
    *("!!int", "'", '"', "null", "true", "2001-99-99", "<<", "? ", "|", ">", "#", ",", "---", "%", "0x_", "\t", "\x85"),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(WORDS)).map("".join) | st.text())
def test_any_text_gives_a_campaign_or_faults_with_lines(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "engines.yaml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    error = error_of(path)
    if error is not None:
        assert error.exit_code == WRONG_USAGE
        assert all(re.match(r"engines\.yaml:[1-9]\d*: .*\S", line) for line in str(error).split("\n"))
