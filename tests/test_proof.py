"""Each check of the proof catches the wrong result that it is there for, and lets the right one pass."""

from __future__ import annotations

import ast

import pytest
from engines_of_one import told

from codemods.model import Fault
from codemods.orders import Order
from codemods.proof.proof import prove, prove_imports, read_result
from codemods.reading.outline import read_module
from codemods.reading.scopes import Module
from codemods.reading.source import read_source
from codemods.settings import Settings, Target

PATH = "engine.py"
BEFORE = """\
from enhanced_messagebus_client import BufferedMessageBusClient


async def tell(bus, order):
    limit = 3
    await bus.publish("a", order)
    return limit
"""
AFTER = BEFORE.replace(
    "enhanced_messagebus_client import BufferedMessageBusClient", "dual_messagebus_client import A"
).replace('publish("a", order)', "publish_message(A, order)")


def module_of(text: str = BEFORE) -> Module:
    return read_module(read_source(PATH, text.encode()), "engine")


def orders_in(module: Module) -> list[Order]:
    """An order for the import, and one for the publish."""
    imported = module.source.tree.body[0]
    calls = [node for node in ast.walk(module.source.tree) if isinstance(node, ast.Call)]
    return [Order("imports", module, imported, consumes=(imported,)), Order("publishing", module, calls[0])]


def proof_of(module: Module, after: bytes, orders: list[Order]) -> str | None:
    """What the proof says of these bytes in the place of the module's."""
    result = read_result(PATH, after)
    return told(result if isinstance(result, Fault) else prove(module.source, read_module(result, ""), orders))


def proved(after: str | bytes) -> str | None:
    """What the proof says of this result."""
    module = module_of()
    return proof_of(module, after if isinstance(after, bytes) else after.encode(), orders_in(module))


def test_the_right_result_passes() -> None:
    assert proved(AFTER) is None


WRONG = {
    "it does not parse": (
        AFTER.replace("publish_message(A", "publish_message(A A"),
        "engine.py:6: compiles: the result does not parse: invalid syntax. Perhaps you forgot a comma?",
    ),
    "it parses and does not compile": (
        AFTER.replace("async def", "def"),
        "engine.py:6: compiles: the result does not compile: 'await' outside async function",
    ),
    "it is no text": (
        AFTER.encode().replace(b"limit", b"\xff"),
        "engine.py:5: compiles: the result is not utf-8: invalid start byte",
    ),
    "a neighbour was changed": (
        AFTER.replace("limit = 3", "limit = 4"),
        "engine.py:5: statements: a statement that nothing claims was changed",
    ),
    "a neighbour is gone": (
        AFTER.replace("    return limit\n", ""),
        "engine.py:7: statements: a statement that nothing claims was changed",
    ),
    "a name is bound nowhere": (
        AFTER.replace("publish_message(A,", "publish_message(B,"),
        "engine.py:6: bound: the result uses the name `B`, which nothing binds",
    ),
    "a name of another scope is bound nowhere here": (
        AFTER.replace("publish_message(A, order)", "publish_message(A, message)")
        + "\n\ndef other(message):\n    return message\n",
        "engine.py:6: bound: the result uses the name `message`, which nothing binds",
    ),
    "a name is used above its import": (
        AFTER.replace("from dual", "x = A\nfrom dual"),
        "engine.py:1: early: the result uses `A` above its import",
    ),
    "a decorator is used above its import": (
        AFTER.replace("from dual", "@A\ndef f(): pass\nfrom dual"),
        "engine.py:1: early: the result uses `A` above its import",
    ),
    "a coroutine is not awaited": (
        AFTER.replace("await bus", "bus"),
        "engine.py:6: awaits: publish_message() is not awaited",
    ),
    "the factory is not awaited": (
        AFTER.replace("await bus.publish_message(A, order)", "A.get_dual_bus_client(order)"),
        "engine.py:6: awaits: get_dual_bus_client() is not awaited",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_result_is_caught(name: str) -> None:
    after, fault = WRONG[name]
    assert proved(after) == fault


def test_a_statement_that_occurs_twice_must_stay_twice() -> None:
    before = "a = 1\nb = 2\na = 1\n"
    module = module_of(before)
    orders = [Order("loops", module, module.source.tree.body[1])]
    assert proof_of(module, b"a = 1\nb = 3\na = 1\n", orders) is None
    assert proof_of(module, b"a = 1\nb = 3\n", orders) == (
        "engine.py:3: statements: a statement that nothing claims was changed"
    )


@pytest.mark.parametrize(
    ("before", "after", "line"),
    [
        ("a = 1; b = 2\nc = 3\n", "a = 1; b = 4\nc = 4\n", 1),
        ("x = (1,\n2); b = 2\nc = 3\n", "x = (0,\n2); b = 2\nc = 4\n", 1),
        ("def f():\n    a = 1\nc = 3\n", "def f():\n    a = 2\nc = 4\n", 1),
        (
            "def f():\n    a = 1\n@g\ndef f():\n    a = 1\nc = 3\n",
            "def f():\n    a = 1\ndef f():\n    a = 1\nc = 4\n",
            4,
        ),
        ("if x:\n    a = 1\nb = 2\nif x:\n    a = 1\nc = 3\n", "b = 2\nif x:\n    a = 1\nc = 4\n", 4),
        ("match x:\n    case 1:\n        a = 1\nc = 3\n", "match x:\n    case 1:\n        a = 2\nc = 4\n", 1),
        ("try:\n    a = 1\nexcept E:\n    b = 1\nc = 3\n", "try:\n    a = 1\nexcept E:\n    b = 2\nc = 4\n", 1),
    ],
    ids=["on_one_line", "across_lines", "in_a_function", "a_decorator", "one_of_two", "in_a_case", "in_a_handler"],
)
def test_a_change_beside_what_is_claimed_is_caught_wherever_it_is(before: str, after: str, line: int) -> None:
    module = module_of(before)
    orders = [Order("loops", module, module.source.tree.body[-1])]
    same = before.replace("c = 3", "c = 4").encode()
    assert proof_of(module, same, orders) is None
    fault = f"engine.py:{line}: statements: a statement that nothing claims was changed"
    assert proof_of(module, after.encode(), orders) == fault


def test_what_is_inside_a_claimed_statement_may_go_with_it() -> None:
    before = "while True:\n    a = 1\nb = 2\n"
    module = module_of(before)
    loop = module.source.tree.body[0]
    assert proof_of(module, b"b = 2\n", [Order("loops", module, loop, claims=(loop,))]) is None
    assert proof_of(module, b"b = 2\n", [Order("loops", module, loop)]) == (
        "engine.py:2: statements: a statement that nothing claims was changed"
    )


def test_a_call_of_that_name_which_was_there_before_is_none_of_the_changes_business() -> None:
    before = "mailer.publish_message(1)\na = 1\n"
    module = module_of(before)
    orders = [Order("loops", module, module.source.tree.body[1])]
    assert proof_of(module, b"mailer.publish_message(1)\na = 2\n", orders) is None
    assert proof_of(module, b"mailer.publish_message(1)\nmailer.publish_message(1)\n", orders) == (
        "engine.py:2: awaits: publish_message() is not awaited"
    )


def test_a_function_may_use_what_is_imported_below_it() -> None:
    assert proved(AFTER.replace("from dual", "def f(): return A\nfrom dual")) is None


def test_a_name_that_was_never_bound_may_stay_so() -> None:
    module = module_of("print(magic)\na = 1\n")
    orders = [Order("loops", module, module.source.tree.body[1])]
    assert proof_of(module, b"print(magic)\na = magic\n", orders) is None
    assert proof_of(module, b"print(magic)\na = __file__, len, __spec__\n", orders) is None


def test_what_python_warns_of_in_the_persons_own_code_is_no_fault_and_is_not_printed() -> None:
    """Warnings are errors in these tests."""
    before = "assert (1, 'always')\na = 1\n"
    module = module_of(before)
    orders = [Order("loops", module, module.source.tree.body[1])]
    assert proof_of(module, b"assert (1, 'always')\na = 1 is 1\n", orders) is None


def test_an_import_of_the_target_that_no_file_answers_is_caught() -> None:
    settings = Settings(source_root="backend", target=Target(module="dual"))
    texts = {"backend/dual.py", "backend/engines/ml/service.py"}
    path = "backend/engines/ml/service.py"

    def said(line: str) -> str | None:
        before = read_source(path, b"import json\nfrom elsewhere import EngineType\n")
        return told(prove_imports(before, read_source(path, f"import json\n{line}\n".encode()), texts, settings))

    assert said("from dual import EngineType") is None
    assert said("from backend.dual import EngineType") is None
    assert said("from ...dual import EngineType") is None
    assert said("from elsewhere import EngineType") is None
    assert said("from acme.dual import EngineType") == (
        f"{path}:2: target: no file of the repository is the module acme.dual"
    )
    assert said("from .dual import EngineType") == f"{path}:2: target: no file of the repository is the module .dual"
