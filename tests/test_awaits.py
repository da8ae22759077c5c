"""The proof finds every call of a function that became async and is not awaited, in whatever file it stands."""

from __future__ import annotations

import ast

import pytest
from engines_of_one import slug, told
from programs import program

from codemods.orders import Order
from codemods.proof.awaits import prove_awaits

BEFORE = """\
import redis
link = redis.Redis()


class Engine:
    def tell(self):
        link.xadd("a", {})

    def work(self):
        self.tell()
"""
AFTER = BEFORE.replace("    def ", "    async def ").replace("self.tell()", "await self.tell()")
OTHER = "from main import Engine\nimport redis\nredis.Redis()\n\n\n"


def proved(after: str, other: str = "") -> str | None:
    """What the proof says of this result, where both methods were to become async."""
    (module,) = program(BEFORE).modules.values()
    methods = [node for node in ast.walk(module.source.tree) if isinstance(node, ast.FunctionDef)]
    orders = [Order("asynchrony", module, node, {"async": True}) for node in methods]
    return told(prove_awaits(program({"app/main.py": after, "app/other.py": OTHER + other}), orders))


def test_a_result_in_which_all_is_awaited_passes() -> None:
    assert proved(AFTER) is None


RIGHT = {
    "a caller in another file": "async def go():\n    await Engine().work()\n",
    "an entry": 'import asyncio\n\nif __name__ == "__main__":\n    asyncio.run(Engine().work())\n',
    "a method of the same name of another class": "class Own:\n    def work(self):\n        pass\n\n\nOwn().work()\n",
}


@pytest.mark.parametrize("name", RIGHT, ids=slug)
def test_passes(name: str) -> None:
    assert proved(AFTER, RIGHT[name]) is None


def test_a_call_in_the_same_file_that_awaits_nothing_is_found() -> None:
    assert proved(AFTER.replace("await ", "")) == "app/main.py:10: awaits: tell() is not awaited"


def test_a_call_below_lines_that_moved_is_found() -> None:
    assert proved("\n\n" + AFTER.replace("await ", "")) == "app/main.py:12: awaits: tell() is not awaited"


WRONG = {
    "a statement": "def go():\n    Engine().work()\n",
    "an argument": "def go():\n    print(Engine().work())\n",
    "a value that is kept": "async def go():\n    kept = Engine().work()\n    await kept\n",
}


@pytest.mark.parametrize("name", WRONG, ids=slug)
def test_a_call_in_another_file_that_awaits_nothing_is_found(name: str) -> None:
    assert proved(AFTER, WRONG[name]) == "app/other.py:7: awaits: work() is not awaited"
