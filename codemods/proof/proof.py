"""The checks that one rewritten file must pass before anybody sees it; `table.py` names them, and those over files."""

from __future__ import annotations

import ast
import builtins
import sys
from collections import Counter, deque
from collections.abc import Collection, Iterable, Iterator
from functools import partial

from codemods.model import Fault
from codemods.orders import Order
from codemods.reading.contract import module_candidates
from codemods.reading.outline import reading
from codemods.reading.scopes import Module, last_name
from codemods.reading.source import Source, UnreadableError, first_line, read_source, uncompilable
from codemods.reading.walking import walk
from codemods.settings import Settings

COROUTINES = {"publish_message", "subscribe_to_marketdata", "subscribe_to_engine_logic", "get_dual_bus_client"}
BUILT_IN = {*dir(builtins), "__file__", "__name__", "__doc__", "__path__", "__spec__"}
BLOCKS = ("body", "orelse", "handlers", "finalbody", "cases")
"""Where statements hold others; an expression that has such a field holds no list in it."""
END = object()  # of a node or a list, on the stack


def read_result(path: str, data: bytes) -> Source | Fault:
    """The new bytes of a file as a source; the check that they fail where no Python runs them."""
    try:
        after = read_source(path, data)
    except UnreadableError as error:
        return _broken(error)
    fault = uncompilable(after)
    return after if fault is None else _broken(fault)


def _broken(error: UnreadableError) -> Fault:
    return Fault("compiles", error.path, error.line, f"the result {error.cause}")


def prove(before: Source, module: Module, orders: list[Order]) -> Fault | None:
    """The first check that a file's result, which is this module, fails; None where all hold."""
    after = module.source
    checks = (
        partial(_unclaimed, before, after, orders),
        partial(_undefined, before, module),
        partial(_too_early, before, module),
        partial(_unawaited, before, after),
    )
    return next((fault for check in checks if (fault := check()) is not None), None)


def prove_imports(before: Source, after: Source, texts: Collection[str], settings: Settings) -> Fault | None:
    """The first new import of what is no module of the target, nor of Python; or that no file answers; or None."""
    known = {_imported(node) for node in _statements(before.tree)}
    for node in _statements(after.tree):
        for level, module in _imported(node) - {each for imported in known for each in imported}:
            top = module.split(".")[0]
            if not _is_target(module, settings.target.module) and (level or top not in sys.stdlib_module_names):
                said = f"{'.' * level}{module} is imported, which is neither the target nor a module of Python"
                return Fault("target", after.path, getattr(node, "lineno", 1), said)
    return _unanswered(after, texts, settings)


def _imported(node: ast.AST) -> frozenset[tuple[int, str]]:
    """The modules that a statement imports, each with its dots."""
    if isinstance(node, ast.ImportFrom):
        return frozenset([(node.level, node.module or "")])
    return frozenset((0, alias.name) for alias in node.names) if isinstance(node, ast.Import) else frozenset()


def _unanswered(after: Source, texts: Collection[str], settings: Settings) -> Fault | None:
    path, statements = after.path, list(_statements(after.tree))
    tried = {inner: node for node in statements if isinstance(node, ast.Try) for inner in _statements(node)}
    missing: list[ast.ImportFrom] = []
    found: set[ast.AST | None] = set()
    for node in statements:
        if isinstance(node, ast.ImportFrom) and _is_target(node.module or "", settings.target.module):
            roots = ["/".join(path.split("/")[: -node.level])] if node.level else [settings.source_root, ""]
            if any(file in texts for root in roots for file in module_candidates(node.module or "", root)):
                found.add(tried.get(node))  # one of several ways to import it is enough
            else:
                missing.append(node)
    for node in missing:
        if node not in tried or tried[node] not in found:
            dotted = "." * node.level + (node.module or "")
            return Fault("target", path, node.lineno, f"no file of the repository is the module {dotted}")
    return None


def _statements(tree: ast.AST) -> Iterator[ast.AST]:
    """The tree and every statement in it, with handlers and cases; the outer ones first. Expressions hold none."""
    pending = deque([tree])
    while pending:
        node = pending.popleft()
        yield node
        for name in BLOCKS:
            block = getattr(node, name, None)
            pending += block if isinstance(block, list) else ()


def _is_target(module: str, target: str) -> bool:
    return module == target or module.endswith(f".{target}")


def _unclaimed(before: Source, after: Source, orders: list[Order]) -> Fault | None:
    """A statement that no order touches must stand in the result as often as before, tree for tree."""
    claimed = {above for order in orders for above in _around(order)}
    for order in orders:
        for gone in (*order.consumes, *order.claims):
            claimed.update(walk(gone))
    changed, new = _changed(before, after, claimed)
    kept = Counter(_print(node) for top in changed for node in _whole(top) if node not in claimed)
    lost = kept - Counter(_print(node) for top in new for node in _whole(top))
    if not lost:
        return None
    node = next(n for top in changed for n in _whole(top) if n not in claimed and _print(n) in lost)
    said = "a statement that nothing claims was changed"
    shown = "".join(before.lines[first_line(node) - 1 : node.end_lineno])
    return Fault("statements", before.path, node.lineno, said, before=shown)


def _changed(before: Source, after: Source, claimed: Collection[ast.AST] = ()) -> tuple[list[ast.stmt], list[ast.stmt]]:
    """The statements at the top of both files without those that stand in both, and hold nothing that is claimed.

    The same text is the same tree. What shares its first line with another statement is never taken for the same.
    """
    lines = {line for node in claimed if (line := getattr(node, "lineno", 0))}
    there = Counter(text for node in after.tree.body if (text := _text(after, node)))
    same: Counter[str] = Counter()
    changed: list[ast.stmt] = []
    for node in before.tree.body:
        text = _text(before, node)
        if there[text] > same[text] and lines.isdisjoint(range(first_line(node), (node.end_lineno or 0) + 1)):
            same[text] += 1
        else:
            changed.append(node)
    new: list[ast.stmt] = []
    for node in after.tree.body:
        text = _text(after, node)
        if same[text]:
            same[text] -= 1
        else:
            new.append(node)
    return changed, new


def _text(source: Source, node: ast.stmt) -> str:
    """The lines of a statement; empty where another one may stand before it in them."""
    return "" if node.col_offset else "".join(source.lines[first_line(node) - 1 : node.end_lineno])


def _around(order: Order) -> list[ast.AST]:
    return [order.node, *order.module.ancestors(order.node)]


def _whole(top: ast.stmt) -> Iterator[ast.stmt]:
    return (node for node in _statements(top) if isinstance(node, ast.stmt))


def _print(node: ast.AST) -> str:
    """A tree as text, as `ast.dump` has it, which ends at a sum of 500 terms."""
    parts: list[str] = []
    pending: list[object] = [node]
    while pending:
        item = pending.pop()
        if item is END:
            parts.append(")")
        elif isinstance(item, ast.AST):
            parts.append(f"{type(item).__name__}(")
            pending += [END, *(getattr(item, name, None) for name in reversed(item._fields))]
        elif isinstance(item, list):
            parts.append("(")
            pending += [END, *reversed(item)]
        else:
            parts.append(f"{item!r},")
    return "".join(parts)


def _undefined(before: Source, after: Module) -> Fault | None:
    """A name that was bound, or not used, before, and is bound nowhere now."""
    found = {name: line for name, line in _unbound(after).items() if name not in BUILT_IN}
    if not found:
        return None
    with reading(before) as module:
        known = _unbound(module)
    for name in sorted(found.keys() - known.keys()):
        said = f"the result uses the name `{name}`, which nothing binds"
        return Fault("bound", after.path, found[name], said)
    return None


def _unbound(module: Module) -> dict[str, int]:
    """The names that are read and bound nowhere, each with its first line."""
    found: dict[str, int] = {}
    for node, scope in module.nodes():
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and scope.find(node.id) is None:
            found[node.id] = min(node.lineno, found.get(node.id, node.lineno))
    return found


def _too_early(before: Source, after: Module) -> Fault | None:
    """A name that the file uses while it is read, above the import that binds it, where it did not before."""
    found = sorted(_above_imports(after))
    if not found:
        return None
    with reading(before) as module:
        known = {name for _, name in _above_imports(module)}
    for line, name in found:
        if name not in known:
            return Fault("early", after.path, line, f"the result uses `{name}` above its import")
    return None


def _above_imports(module: Module) -> Iterator[tuple[int, str]]:
    """The names, each after its line, that are used at the top of a file above every import that binds them."""
    first: dict[str, int] = {}
    for node in _statements(module.source.tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                name = (alias.asname or alias.name).split(".")[0]
                first[name] = min(node.lineno, first.get(name, node.lineno))
    for name, line in first.items():
        for used in [node for node in module.named(name) if isinstance(node, ast.Name) and node.lineno < line]:
            scope = module.scope_of[used]
            binds = scope.find(name)
            is_read_at_once = scope.function() is None and binds is not None and binds.kind == "module"
            if isinstance(used.ctx, ast.Load) and is_read_at_once and _is_only_imported(module, name):
                yield used.lineno, name


def _is_only_imported(module: Module, name: str) -> bool:
    return all(isinstance(node, ast.Import | ast.ImportFrom) for node in module.bound(module.root, name))


def _unawaited(before: Source, after: Source) -> Fault | None:
    """A coroutine of the target as a statement of its own, not awaited, that was not there before."""
    changed, new = _changed(before, after)
    known = Counter(_print(node) for node, _ in _bare_calls(changed))
    for node, name in _bare_calls(new):
        known[_print(node)] -= 1
        if known[_print(node)] < 0:
            return Fault("awaits", after.path, node.lineno, f"{name}() is not awaited")
    return None


def _bare_calls(tops: Iterable[ast.stmt]) -> Iterator[tuple[ast.Expr, str]]:
    """The statements that call what is named like a coroutine of the target, with that name."""
    for node in (node for top in tops for node in _statements(top)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            name = last_name(node.value.func)
            if name in COROUTINES:
                yield node, name
