"""Which function may run which: reach forwards and backwards, the order of calls, and what is made."""

from __future__ import annotations

import ast

import pytest
from engines_of_one import slug
from programs import program

from codemods.reading.calls import CallGraph, Runner
from codemods.reading.flow import FunctionFacts, Program

HEAD = "import redis\nc = redis.Redis()\n"


def graph_of(texts: dict[str, str] | str) -> tuple[Program, CallGraph]:
    """The program of these texts, which are read because they name redis, and its graph."""
    files = {"app/main.py": texts} if isinstance(texts, str) else texts
    found = program({path: HEAD + text for path, text in files.items()})
    for module in found.modules.values():
        module.read_all()
    found.demand.refresh()
    return found, CallGraph(found)


def facts_of(found: Program, name: str) -> FunctionFacts:
    (facts,) = (facts for facts in found.functions.values() if facts.node.name == name)
    return facts


def named(found: Program, nodes: set[Runner]) -> list[str]:
    """The names of the functions among these; a lambda has none."""
    return sorted(facts.node.name for facts in found.functions.values() if facts.node in nodes)


REACH = {
    "nothing but itself": ("def a(): pass\ndef z(): pass\n", ["a"]),
    "a call": ("def a(): z()\ndef z(): pass\n", ["a", "z"]),
    "a call of a call": ("def a(): b()\ndef b(): z()\ndef z(): pass\n", ["a", "b", "z"]),
    "an awaited call": ("async def a(): await z()\nasync def z(): pass\n", ["a", "z"]),
    "a call in an argument": ("def a(): print(str(z()))\ndef z(): pass\n", ["a", "z"]),
    "a call in a comprehension": ("def a(): [z() for _ in 'ab']\ndef z(): pass\n", ["a", "z"]),
    "itself": ("def a(): a()\ndef z(): pass\n", ["a"]),
    "each other": ("def a(): z()\ndef z(): a()\n", ["a", "z"]),
    "one that it defines": ("def a():\n  def z(): pass\n", ["a", "z"]),
    "one that it defines and calls": ("def a():\n  def b(): z()\n  b()\ndef z(): pass\n", ["a", "b", "z"]),
    "what a lambda of it calls": ("def a(): return lambda: z()\ndef z(): pass\n", ["a", "z"]),
    "one that it hands on": ("def a(): g(z)\ndef z(): pass\n", ["a", "z"]),
    "one that it keeps": ("def a(): x = [z]\ndef z(): pass\n", ["a", "z"]),
    "one under another name": ("def a():\n  y = z\n  y()\ndef z(): pass\n", ["a", "z"]),
    "a method of its own": ("class K:\n  def a(self): self.z()\n  def z(self): pass\n", ["a", "z"]),
    "a method that it hands on": ("class K:\n  def a(self): g(self.z)\n  def z(self): pass\n", ["a", "z"]),
    "a method of what it makes": ("class K:\n  def z(self): pass\ndef a(): K().z()\n", ["a", "z"]),
    "an inherited method": (
        "class B:\n  def z(self): pass\nclass K(B):\n  def a(self): self.z()\n",
        ["a", "z"],
    ),
    "a method that overrides the one it calls": (
        "class B:\n  def a(self): self.b()\n  def b(self): pass\nclass K(B):\n  def b(self): z()\ndef z(): pass\n",
        ["a", "b", "b", "z"],
    ),
    "a constructor": ("class K:\n  def __init__(self): z()\ndef a(): K()\ndef z(): pass\n", ["__init__", "a", "z"]),
    "what the unknown does": ("def a(): g()\ndef z(): pass\n", ["a"]),
    "a method of the unknown": ("def a(k): k.z()\nclass K:\n  def z(self): pass\n", ["a"]),
    "what a module calls": ("def a(): pass\ndef z(): pass\nz()\n", ["a"]),
}


@pytest.mark.parametrize("name", REACH, ids=slug)
def test_a_function_reaches(name: str) -> None:
    text, reached = REACH[name]
    found, graph = graph_of(text)
    assert named(found, graph.reached_from([facts_of(found, "a")])) == reached


@pytest.mark.parametrize("name", REACH, ids=slug)
def test_what_is_reached_names_what_reaches_it(name: str) -> None:
    text, reached = REACH[name]
    found, graph = graph_of(text)
    for facts in found.functions.values():
        assert ("a" in named(found, graph.reaching([facts]))) is (facts.node.name in reached)


ABOVE = {
    "a method": (
        "class B:\n  def b(self): pass\nclass K(B):\n  def a(self): super().b()\n  def b(self): z()\ndef z(): pass\n",
        ["a", "b"],
    ),
    "a constructor": (
        "class B:\n  def __init__(self): pass\nclass K(B):\n  def __init__(self): z()\ndef a(): B()\ndef z(): pass\n",
        ["__init__", "a"],
    ),
}


@pytest.mark.parametrize("name", ABOVE, ids=slug)
def test_what_a_class_above_is_asked_for_does_not_reach_the_class_below(name: str) -> None:
    text, reached = ABOVE[name]
    found, graph = graph_of(text)
    assert named(found, graph.reached_from([facts_of(found, "a")])) == reached


def test_reach_goes_through_several_files() -> None:
    found, graph = graph_of(
        {
            "app/main.py": "from app.steps import b\ndef a(): b()\n",
            "app/steps.py": "from app import last\ndef b(): last.z()\ndef other(): pass\n",
            "app/last.py": "def z(): pass\n",
        }
    )
    assert named(found, graph.reached_from([facts_of(found, "a")])) == ["a", "b", "z"]
    assert named(found, graph.reaching([facts_of(found, "z")])) == ["a", "b", "z"]


def test_several_starts_reach_what_each_of_them_reaches() -> None:
    found, graph = graph_of("def a(): x()\ndef b(): y()\ndef x(): pass\ndef y(): pass\ndef z(): pass\n")
    assert named(found, graph.reached_from([facts_of(found, "a"), facts_of(found, "b")])) == ["a", "b", "x", "y"]
    assert graph.reached_from([]) == set()
    assert graph.reaching([]) == set()


MANAGER = """\
class K:
    async def __aenter__(self): return x()
    async def __aexit__(self, *e): y()
def x(): pass
def y(): pass
"""
ENTERED = {
    "on the spot": "async def a():\n    async with K():\n        pass\n",
    "by a name": "async def a():\n    k = K()\n    async with k as it:\n        pass\n",
    "by a stack": "async def a(stack):\n    await stack.enter_async_context(K())\n",
}


@pytest.mark.parametrize("name", ENTERED, ids=slug)
def test_with_enters_and_exits_its_object(name: str) -> None:
    found, graph = graph_of(MANAGER + ENTERED[name])
    reached = [facts_of(found, "a")]
    assert named(found, graph.reached_from(reached)) == ["__aenter__", "__aexit__", "a", "x", "y"]
    assert named(found, graph.reaching([facts_of(found, "y")])) == ["__aexit__", "a", "y"]
    assert [ast.unparse(node) for _, node in graph.mentioned(facts_of(found, "__aexit__"))] in (["K()"], ["k"])


def test_with_exits_behind_its_last_statement() -> None:
    found, graph = graph_of(
        MANAGER + "async def a():\n    async with K():\n        one()\n        two()\n    three()\n"
    )
    entered = [(ast.unparse(n), [f.node.name for f in fs]) for _, n, fs in graph.calls(facts_of(found, "a").node)]
    assert entered == [
        ("K()", []), ("K()", ["__aenter__"]), ("one()", []), ("two()", []), ("two()", ["__aexit__"]), ("three()", []),
    ]  # fmt: skip


def test_with_enters_nothing_of_an_object_that_is_not_known() -> None:
    found, graph = graph_of(MANAGER + "async def a(k):\n    async with k:\n        K()\n")
    assert named(found, graph.reaching([facts_of(found, "y")])) == ["__aexit__", "y"]


def shown(graph: CallGraph, owner: Runner) -> list[str]:
    return [ast.unparse(call) for _, call, _ in graph.calls(owner)]


def test_the_calls_of_a_function_come_in_the_order_of_the_text() -> None:
    found, graph = graph_of("def a():\n  if one(): two(three())\n  def b(): four()\n  return [five() for _ in six()]\n")
    assert shown(graph, facts_of(found, "a").node) == ["one()", "two(three())", "three()", "five()", "six()"]
    assert shown(graph, facts_of(found, "b").node) == ["four()"]
    assert shown(graph, None) == ["redis.Redis()"]


def test_what_a_class_or_a_default_calls_is_called_where_it_is_defined() -> None:
    found, graph = graph_of("class K:\n  x = one()\n  def a(self, y=two()): three()\n")
    assert shown(graph, facts_of(found, "a").node) == ["three()"]
    assert shown(graph, None) == ["redis.Redis()", "one()", "two()"]


def test_the_calls_of_modules_come_by_file() -> None:
    _, graph = graph_of({"app/b.py": "two()\n", "app/a.py": "one()\n"})
    assert shown(graph, None) == ["redis.Redis()", "one()", "redis.Redis()", "two()"]


def test_a_call_names_the_functions_that_it_may_run() -> None:
    found, graph = graph_of("def a(): (b if x else z)()\ndef b(): pass\ndef z(): pass\n")
    ((_, _, callees),) = graph.calls(facts_of(found, "a").node)
    assert sorted(callee.node.name for callee in callees) == ["b", "z"]


def test_instances_are_counted_for_the_family_of_their_class() -> None:
    text = "class B: pass\nclass K(B): pass\nclass L: pass\nB()\nK()\nk = K\n[k() for _ in 'ab']\n"
    found, graph = graph_of(text)
    made = {node.name: [call.lineno for _, call in graph.made(key)] for key, (_, node) in found.classes.items()}
    assert made == {"B": [6, 7, 9], "K": [], "L": []}


@pytest.mark.parametrize("name", REACH, ids=slug)
def test_the_outer_calls_of_functions_are_those_of_all_modules_that_enter_them(name: str) -> None:
    text, _ = REACH[name]
    again = "z()\nK().a()\nfor y in (a, z):\n  y()\nclass L:\n  x = z()\n  def f(self, y=a()): z()\nK().z()\n"
    found, graph = graph_of({"app/main.py": text + again, "app/other.py": "from main import z\nz(), z()\n"})
    functions: set[Runner] = {facts.node for facts in found.functions.values()}
    for wanted in [functions, *({node} for node in functions)]:
        entering = [call for call in graph.calls(None) if any(facts.node in wanted for facts in call[2])]
        assert graph.outer_calls(wanted) == entering
