"""Syntax of a later Python is named with the Python that it needs, and nothing else is."""

from __future__ import annotations

import pytest

from codemods.reading.newer import needed

TYPE, PARAMETER, DEFAULT = "a type statement", "a type parameter", "a default of a type parameter"
STRING, TEMPLATE, SEVERAL = "an f-string like this", "a t-string", "several exceptions without brackets"
NEWER = {
    "type Pair = tuple[int, int]": (TYPE, "3.12"),
    "    type Pair[T] = tuple[T, T]": (TYPE, "3.12"),
    "def first[T](items: list[T]) -> T:": (PARAMETER, "3.12"),
    "    async def first[**P](call):": (PARAMETER, "3.12"),
    "class Box[T]:": (PARAMETER, "3.12"),
    "class Box[T = int]:": (DEFAULT, "3.13"),
    "def first[T=int](items, more=1): ...": (DEFAULT, "3.13"),
    "type Pair[T = int] = tuple[T, T]": (DEFAULT, "3.13"),
    'print(f"{prices[\'a\']} {prices["b"]}")': (STRING, "3.12"),
    "key = f'{prices['a']}'": (STRING, "3.12"),
    'key = rf"{names["a"]}.{x}"': (STRING, "3.12"),
    "key = f'{": (STRING, "3.12"),
    "text = t'{price}'": (TEMPLATE, "3.14"),
    'text = rt"{price}"': (TEMPLATE, "3.14"),
    "except ValueError, KeyError:": (SEVERAL, "3.14"),
    "    except* ValueError, KeyError, OSError:": (SEVERAL, "3.14"),
    "lazy import json": ("a lazy import", "3.15"),
    "lazy from json import loads": ("a lazy import", "3.15"),
}


@pytest.mark.parametrize("line", NEWER)
def test_a_line_of_a_later_python_is_named_with_it(line: str) -> None:
    name, version = NEWER[line]
    assert needed(line, "invalid syntax", (3, 11)) == f"; {name} needs Python {version}, and migrate runs on 3.11"


@pytest.mark.parametrize("line", NEWER)
def test_a_python_that_knows_it_does_not_blame_its_age(line: str) -> None:
    major, minor = NEWER[line][1].split(".")
    assert needed(line, "invalid syntax", (int(major), int(minor))) == ""


@pytest.mark.parametrize("part", ["a backslash", "'#'"])
def test_what_an_older_f_string_could_not_hold_is_told_by_its_message(part: str) -> None:
    message = f"f-string expression part cannot include {part}"
    told = "; an f-string like this needs Python 3.12, and migrate runs on 3.11"
    assert needed("key = f'{x}'", message, (3, 11)) == told
    assert needed("key = f'{x}'", "f-string: invalid syntax", (3, 11)) == ""


@pytest.mark.parametrize(
    "line",
    [
        "",
        "b = = 2",
        "type = = 1",
        "type(a = b = c",
        "typed Pair = int",
        "def first(items[0]):",
        "class Box(Generic[T]:",
        "print 'text'",
        "print f",
        "except OSError, error:",
        "except (OSError, ValueError), error:",
        'f"{a[}"',
        "set'a'",
        "lazily import json",
        "import lazy import",
    ],
)
def test_what_no_later_python_takes_is_only_a_syntax_error(line: str) -> None:
    assert needed(line, "invalid syntax", (3, 11)) == ""
