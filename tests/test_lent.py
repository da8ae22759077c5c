"""Files that several engines read are parsed once; what is found in them is the same for each of them."""

from __future__ import annotations

import ast
import pickle

import pytest

from codemods.reading.lent import LEAST, MOST, Lent
from codemods.reading.outline import read_module
from codemods.reading.scopes import Function
from codemods.reading.source import UnreadableError, read_source

FILLER = b"# what fills the file\n" * (LEAST // 20)
SHARED = b"import redis\n\n\ndef get():\n    return redis.Redis()\n\n\ndef double(n):\n    return 2 * n\n" + FILLER


def test_the_same_bytes_give_the_same_source_and_other_bytes_another() -> None:
    lent = Lent()
    first = lent.source("shared.py", SHARED)
    assert lent.source("shared.py", SHARED) is first
    assert ("shared.py" in lent, "other.py" in lent) == (True, False)
    assert lent.source("shared.py", SHARED + b"x = 1\n").text == (SHARED + b"x = 1\n").decode()


@pytest.mark.parametrize("data", [b"x = 1\n", b"x = 1\n" * (MOST // 6 + 1)])
def test_what_is_small_or_very_large_is_not_kept(data: bytes) -> None:
    lent = Lent()
    assert lent.source("shared.py", data) is not lent.source("shared.py", data)
    assert "shared.py" not in lent


def test_no_more_is_kept_than_memory_is_there_for() -> None:
    lent = Lent()
    for number in range(MOST // len(SHARED) + 1):
        lent.source(f"m{number}.py", SHARED)
    assert "m0.py" in lent
    assert f"m{MOST // len(SHARED)}.py" not in lent


def test_a_file_that_does_not_parse_is_told_each_time() -> None:
    lent = Lent()
    for _ in range(2):
        with pytest.raises(UnreadableError, match=r"shared\.py:1: does not parse"):
            lent.source("shared.py", b"def f(:\n" + FILLER)


def test_no_tree_is_sent_to_another_process() -> None:
    lent = Lent()
    lent.source("shared.py", SHARED)
    assert "shared.py" not in pickle.loads(pickle.dumps(lent))


def test_a_lean_module_keeps_the_functions_with_a_word_and_gives_the_others_back_when_they_are_read() -> None:
    module = read_module(read_source("shared.py", SHARED), "shared", lean=True, words=("redis",))
    functions = {region.node.name: region for region in module.regions if isinstance(region.node, Function)}
    assert {name: region.is_lean for name, region in functions.items()} == {"get": False, "double": True}
    assert functions["double"].node.body == []
    module.read_word("n")
    assert ast.unparse(functions["double"].node) == "def double(n):\n    return 2 * n"
