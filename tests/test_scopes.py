"""Which binding a name means, compared with what Python's own compiler says, over the standard library's sources."""

from __future__ import annotations

import ast
import random
import symtable
import sys
import sysconfig
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from codemods.reading.outline import read_module
from codemods.reading.scopes import Module, Scope
from codemods.reading.source import UnreadableError, read_source

STDLIB = Path(sysconfig.get_path("stdlib"))
SAMPLE = random.Random(7).sample(sorted(p for p in STDLIB.rglob("*.py") if "site-packages" not in p.parts), 150)
INLINED = sys.version_info >= (3, 12)
"""From 3.12 on (PEP 709) the compiler's tables show no list, set and dict comprehensions, and show type
parameters as scopes: what has any is left out."""
COMPREHENSIONS = {"listcomp", "setcomp", "dictcomp", "genexpr"}

HARD = {
    "a class declares a global": "def f():\n x = 1\n class C:\n  global x\n  def m(self):\n   return x\n",
    "a class hides its names from methods": "x = 0\nclass C:\n x = 1\n y = x\n def m(self):\n  return x\n",
    "a comprehension in a class": "n = 1\nclass C:\n n = [1]\n a = [n for _ in n for m in n]\n b = {k: n for k in n}\n",
    "nested comprehensions": "def f(a):\n return [[(i, j, a) for i in j] for j in a if (a := j)]\n",
    "a walrus in a comprehension": "def f(a):\n any((hit := x) for x in a)\n return hit, [y := 1, y ** 2]\n",
    "a walrus under a global": "def f(a):\n global hit\n return [hit := x for x in a], hit\n",
    "a walrus in a lambda": "def f(a):\n return lambda: [(y := x) for x in a] + [y]\n",
    "nonlocal through two functions": (
        "def f():\n x = 1\n def g():\n  def h():\n   nonlocal x\n   x = 2\n  return h, x\n return g, x\n"
    ),
    "global between two functions": (
        "def f():\n x = 1\n def g():\n  global x\n  def h():\n   return x\n  return h\n return g\n"
    ),
    "a name that is only deleted": "x = 1\ndef f():\n del x\n return x\n",
    "a global that only a function names": "def f():\n global made\n made = 1\ndef g():\n return made\n",
    "an annotation without a value": "x = 1\ndef f():\n x: int\n return x\n",
    "defaults and decorators": (
        "x = 1\ndef f(x=x, *, y=lambda x=x: x) -> x:\n return x, y\n@(lambda f: f)\nclass C(f(x)): x = x\n"
    ),
    "arguments of all kinds": "def f(a, /, b, *c, d, **e):\n return lambda a, *f, **g: (a, b, c, d, e, f, g)\n",
    "match": (
        "def f(v):\n match v:\n  case {'a': a, **rest}: return a, rest\n  case [b, *c] as d: return b, c, d\n"
        "  case e: return e\n"
    ),
    "except and with": "def f():\n try: pass\n except E as e: return e\n with a as (b, c[0]), d as x.y: return b, c\n",
    "except stars": "def f():\n try: pass\n except* E as e: return lambda: e\n",
    "imports": (
        "import a.b, c.d as e\nfrom f import g, h as i\nfrom j import *\n"
        "def k():\n import a\n return a, c, d, e, g, h, i\n"
    ),
    "loops": (
        "def f():\n async def g():\n  async for i in h():\n   async with i as j: yield j\n for [k, *m] in n: k += m\n"
    ),
}


def is_comparable(text: str | bytes) -> bool:
    inlined = ast.ListComp | ast.SetComp | ast.DictComp
    nodes = ast.walk(ast.parse(text)) if INLINED else ()
    return not any(isinstance(node, inlined) or getattr(node, "type_params", ()) for node in nodes)


def table_kind(table: symtable.SymbolTable) -> str:
    kind = table.get_type()  # a text up to Python 3.12, a member of an enum from 3.13 on
    return "comprehension" if table.get_name().strip("<>") in COMPREHENSIONS else str(getattr(kind, "value", kind))


def paired(module: Module, table: symtable.SymbolTable) -> Iterator[tuple[Scope, symtable.SymbolTable]]:
    """Each scope with the compiler's table of the same kind, name and place, in the order of the text."""
    module.read_all()
    children: dict[Scope | None, list[Scope]] = defaultdict(list)
    for scope in module.inner.values():
        children[scope.parent].append(scope)
    pending = [(module.root, table)]
    while pending:
        scope, its_table = pending.pop()
        yield scope, its_table
        ours, theirs = defaultdict(list), defaultdict(list)
        for child in children[scope]:
            ours[child.kind, getattr(child.node, "lineno", 0)].append(child)
        for below in its_table.get_children():
            theirs[table_kind(below), below.get_lineno()].append(below)
        assert {key: len(of) for key, of in ours.items()} == {key: len(of) for key, of in theirs.items()}, scope
        for key, scopes in ours.items():
            scopes.sort(key=lambda s: (s.node.lineno, s.node.col_offset))  # type: ignore[attr-defined]
            if len(scopes) == 1:  # of several on one line the compiler's order is not the text's
                pending.append((scopes[0], theirs[key][0]))


def meaning(scope: Scope, name: str) -> str:
    found = scope.find(name)
    if found is None or found.kind == "module":
        return "global"
    return "local" if found is scope else "free"


def compiler_meaning(symbol: symtable.Symbol) -> str:
    return "global" if symbol.is_global() else "free" if symbol.is_free() else "local"


def differences(path: str, data: bytes) -> list[tuple[str, int, str, str]]:
    """Every name of a file that we read otherwise than the compiler does."""
    module = read_module(read_source(path, data), "m")
    tables = dict(paired(module, symtable.symtable(module.source.text, path, "exec")))
    found = []
    for node, scope in module.nodes():
        if isinstance(node, ast.Name) and scope in tables and not node.id.startswith("__"):
            table = tables[scope]
            if INLINED and node.id not in table.get_identifiers():
                continue  # a name of an annotation without a value: the compiler drops it
            ours, theirs = meaning(scope, node.id), compiler_meaning(table.lookup(node.id))
            if ours != theirs:
                found.append((node.id, node.lineno, ours, theirs))
    return found


COMPARABLE = {name: text for name, text in HARD.items() if is_comparable(text)}


@pytest.mark.parametrize("text", COMPARABLE.values(), ids=COMPARABLE.keys())
def test_hard_scopes_are_read_as_the_compiler_reads_them(text: str) -> None:
    assert differences("hard.py", text.encode()) == []


@pytest.mark.parametrize("part", range(3))
def test_names_mean_what_the_compiler_says_they_mean(part: int) -> None:
    for path in SAMPLE[part::3]:
        data = path.read_bytes()
        try:
            compile(data, str(path), "exec", dont_inherit=True)
        except (SyntaxError, ValueError):
            continue
        if is_comparable(data):
            assert differences(str(path), data) == [], path


def test_every_node_has_a_scope_and_a_parent() -> None:
    for path in SAMPLE[:20]:
        try:
            source = read_source(str(path), path.read_bytes())
        except UnreadableError:
            continue
        module = read_module(source, "m")
        module.read_all()
        wanted = {n for n in ast.walk(source.tree) if isinstance(n, ast.expr | ast.stmt | ast.arg)}
        assert wanted <= set(module.scope_of)
        below = {child: node for node in ast.walk(source.tree) for child in ast.iter_child_nodes(node)}
        assert all(module.parent[node] is below[node] for node in wanted)


def test_a_long_sum_and_many_elifs_are_no_deeper_than_any_other_code() -> None:
    text = f"total = {' + '.join(['x'] * 900)}\nif a:\n  b\n" + "".join(f"elif a == {i}:\n  b\n" for i in range(300))
    module = read_module(read_source("a.py", text.encode()), "a")
    assert sum(isinstance(node, ast.Name) for node, _ in module.nodes()) == 1 + 900 + 1 + 1 + 300 + 300


def read(text: str) -> Module:
    module = read_module(read_source("pkg/a.py", text.encode()), "pkg.a")
    module.read_all()
    return module


def name(module: Module, wanted: str) -> ast.Name:
    return next(n for n in module.scope_of if isinstance(n, ast.Name) and n.id == wanted)


def test_a_scope_has_a_name_of_its_own() -> None:
    module = read("class A:\n    def f(self): return [lambda: x for x in self]\n    def f(self): pass\n")
    assert sorted(scope.qualified for scope in module.inner.values()) == [
        "",
        "/A@1:0",
        "/A@1:0/f@2:4",
        "/A@1:0/f@2:4/<comprehension>@2:24",
        "/A@1:0/f@2:4/<comprehension>@2:24/<lambda>@2:25",
        "/A@1:0/f@3:4",
    ]


def test_a_module_says_what_is_around_a_node() -> None:
    module = read("def f():\n    if a:\n        return g(b)\n\nclass C:\n    d = e\n\nh\n")
    b = name(module, "b")
    assert module.path == "pkg/a.py"
    assert [type(above).__name__ for above in module.ancestors(b)] == ["Call", "Return", "If", "FunctionDef", "Module"]
    assert type(module.statement(b)).__name__ == "Return"
    assert module.statement(module.source.tree.body[0]) is module.source.tree.body[0]
    assert module.function_of(b) is module.source.tree.body[0]
    assert module.function_of(name(module, "e")) is None
    assert module.function_of(name(module, "h")) is None
    assert module.inner[module.source.tree.body[0]].module() is module.root
