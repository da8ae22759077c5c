"""Orders into new text: what is ordered changes, and every byte outside its statement stays."""

from __future__ import annotations

import ast

import pytest
from engines_of_one import change, text_after
from hypothesis import given
from hypothesis import strategies as st
from orders import block, module_of, no_names, orders_for, rewritten, rewritten_bytes

from codemods.orders import Order
from codemods.rewriting import RewriteError, rewrite

CASES = {
    "a statement": ("a()\nb.stop()  # why\nc()\n", "a()\nb.close()  # why\nc()\n"),
    "two orders in one statement": ("f(b.stop(1), [c.stop()])\n", "f(b.close(1), [c.close()])\n"),
    "one order within another": ("b.stop(c.stop(fetch()))\n", "b.close(c.close(await fetch()))\n"),
    "an awaited call that is used": ("x = fetch().y + (fetch())\n", "x = (await fetch()).y + (await fetch())\n"),
    "non-ASCII before": ("größe, 'é😀', b.stop(), 'ü'\n", "größe, 'é😀', b.close(), 'ü'\n"),
    "a header": ("if b.stop():\n    a() ;\n", "if b.close():\n    a() ;\n"),
    "a decorated def": ("@b.stop()\n# why\ndef f(): pass\n", "@b.close()\n# why\ndef f(): pass\n"),
    "a decorated def of two lines": (
        "@a\n@b.stop()\ndef f():\n  pass;pass\n",
        "@a\n@b.close()\ndef f():\n  pass;pass\n",
    ),
    "an elif": ("if a :\n    b()\nelif c.stop():\n    d()\n", "if a :\n    b()\nelif c.close():\n    d()\n"),
    "an except": ("try:\n  a()\nexcept b.stop(): c ()\n", "try:\n  a()\nexcept b.close(): c ()\n"),
    "a one-line suite": ("if a: b.stop(); c()\nd ()\n", "if a: b.close(); c()\nd ()\n"),
    "semicolons": ("a(); b.stop() ;c()\n", "a(); b.close() ;c()\n"),
    "a suite below comments": (
        "def f():\n    # one\n\n    # two\n    b.stop()\n    # three\n",
        "def f():\n    # one\n\n    # two\n    b.close()\n    # three\n",
    ),
    "tabs": ("class A:\n\tdef f(self):\n\t\tself.b.stop()\n", "class A:\n\tdef f(self):\n\t\tself.b.close()\n"),
    "indents of many kinds": (
        "if a:\n if b:\n    if c:\n      \td.stop()\n",
        "if a:\n if b:\n    if c:\n      \td.close()\n",
    ),
    "a comment that stands further out": (
        "if a:\n    b(\n# why\n    c.stop())\n",
        "if a:\n    b(\n# why\n    c.close())\n",
    ),
    "a text over lines": (
        "if a:\n    x = '''\nb.stop()\n''' + b.stop()\n",
        "if a:\n    x = '''\nb.stop()\n''' + b.close()\n",
    ),
    "no final newline": ("a()\nif b:\n    b.stop()", "a()\nif b:\n    b.close()"),
    "form feeds around": ("\x0ca()\n\x0c\nb.stop()\n\x0c\nc()\x0c\n", "\x0ca()\n\x0c\nb.close()\n\x0c\nc()\x0c\n"),
    "separators in a string": ("a = '\u2028\x85\x1c'\nb.stop('\u2028')\n", "a = '\u2028\x85\x1c'\nb.close('\u2028')\n"),
    "a match": (
        "match a.stop():\n  case [b, *_] if b.stop(): c()\n",
        "match a.close():\n  case [b, *_] if b.close(): c()\n",
    ),
    "an async header": (
        "async def f():\n  async with b.stop() as c:\n    pass\n",
        "async def f():\n  async with b.close() as c:\n    pass\n",
    ),
    "nothing": ("a ()\n", "a ()\n"),
    "a removed statement": ("a()\ngone()\nb()\n", "a()\nb()\n"),
    "a removed statement's comments": ("a()\n# above\ngone()  # why\nb()\n", "a()\n# above\nb()\n"),
    "a removed statement's directive": ("a()\ngone()  # noqa: E501\nb()\n", "a()\nb()\n"),
    "a suite that is emptied": ("if a:\n    gone()\nb()\n", "if a:\n    pass\nb()\n"),
    "a suite that is emptied of all": (
        "def f():\n    gone()\n    # why\n    gone()\n",
        "def f():\n    pass\n    # why\n",
    ),
    "a suite that keeps something": ("def f():\n    gone()\n    a()\n", "def f():\n    a()\n"),
    "an emptied else": ("if a:\n    b()\nelse:\n    gone()\n", "if a:\n    b()\nelse:\n    pass\n"),
    "an emptied try": (
        "try:\n    gone()\nexcept E:\n    gone()\nfinally:\n    gone()\n",
        "try:\n    pass\nexcept E:\n    pass\nfinally:\n    pass\n",
    ),
    "an emptied case": ("match a:\n    case 1:\n        gone()\n", "match a:\n    case 1:\n        pass\n"),
    "an emptied loop": ("while a:\n    gone()  # why\n", "while a:\n    pass\n"),
    "an emptied module": ("gone()\n", ""),
}


@pytest.mark.parametrize(("before", "after"), CASES.values(), ids=CASES.keys())
def test_what_is_ordered_changes_and_nothing_else(before: str, after: str) -> None:
    assert rewritten(before) == after


@pytest.mark.parametrize("newline", [b"\r\n", b"\r"], ids=["CRLF", "CR"])
@pytest.mark.parametrize(("before", "after"), CASES.values(), ids=CASES.keys())
def test_newlines_are_the_files_own(before: str, after: str, newline: bytes) -> None:
    assert rewritten_bytes(before.encode().replace(b"\n", newline)) == after.encode().replace(b"\n", newline)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"\xef\xbb\xbfb.stop()\n", b"\xef\xbb\xbfb.close()\n"),
        (b"# coding: latin-1\n'\xe9'; b.stop()\n", b"# coding: latin-1\n'\xe9'; b.close()\n"),
        (b"a()\r\nif b:\n\tb.stop()\r\nc()\r", b"a()\r\nif b:\n\tb.close()\r\nc()\r"),
    ],
    ids=["byte order mark", "latin-1", "mixed newlines"],
)
def test_bytes_outside_the_statement_stay(before: bytes, after: bytes) -> None:
    assert rewritten_bytes(before) == after


def test_a_long_sum_beside_the_statement_does_not_matter() -> None:
    total = f"total = {' + '.join(['x'] * 500)}\n"
    assert rewritten(f"{total}b.stop()\nif a:\n    {total}    b.stop()\n") == (
        f"{total}b.close()\nif a:\n    {total}    b.close()\n"
    )


def test_code_that_is_deeper_than_pythons_stack_keeps_its_bytes_through_all_checks() -> None:
    deep = f"total = {' + '.join(['x'] * 900)}\nquery = q{'.where(1)' * 300}\nif total:\n    pass\n" + "".join(
        f"elif total == {number}:\n    pass\n" for number in range(300)
    )
    before = f"""\
from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig

{deep}

async def start():
    bus = BufferedMessageBusClient(MessageBusConfig(redis_host="localhost", redis_port=6379))
    await bus.start()
"""
    assert (
        text_after(change(before), before)
        == f"""\
from dual_messagebus_client import EngineType, get_dual_bus_client

{deep}

async def start():
    bus = await get_dual_bus_client(EngineType.PORTFOLIO)
"""
    )


NEIGHBOURS = [
    "a()",
    "x = {'k': [1,2]}  # c",
    "if a :\n    pass",
    "def f( ):\n\treturn   1",
    "\x0c",
    "",
    "# é",
    "y=lambda:0",
]


@given(
    st.lists(st.sampled_from(NEIGHBOURS)), st.lists(st.sampled_from(NEIGHBOURS)), st.sampled_from(["\n", "\r\n", "\r"])
)
def test_neighbours_of_any_kind_keep_their_bytes(above: list[str], below: list[str], newline: str) -> None:
    def text(call: str) -> str:
        return newline.join(line for part in [*above, call, *below, ""] for line in part.split("\n"))

    assert rewritten(text("b.stop()")) == text("b.close()")


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        pytest.param(
            f"b.stop({' + '.join(['x'] * 900)})\n",
            "a.py:1: LibCST cannot read this statement (RecursionError)",
            id="too deep",
        ),
        pytest.param(
            "a()\n\x0cb.stop()\n", "a.py:2: LibCST does not print this statement back byte for byte", id="form feed"
        ),
    ],
)
def test_a_statement_that_cannot_be_rewritten_is_named(text: str, cause: str) -> None:
    module = module_of(text)
    orders = orders_for(module)
    with pytest.raises(RewriteError) as raised:
        rewrite(module, orders, no_names)
    assert str(raised.value) == cause
    assert raised.value.orders == orders


def test_an_order_whose_node_is_not_found_is_named() -> None:
    module = module_of("x = 'a' 'b'\n")
    (assign,) = module.source.tree.body
    assert isinstance(assign, ast.Assign)
    order = Order("annotations", module, assign.value)
    with pytest.raises(RewriteError, match=r"a\.py:1: the node of an order for `annotations` was not found again"):
        rewrite(module, [order], no_names)


def test_a_second_pass_has_nothing_to_do() -> None:
    text = block(
        """
        async def f(self):
            try:
                self.b.stop()
            finally:
                gone()
        """
    )
    once = rewritten(text)
    assert rewritten(once) == once
