"""The checks that a rewritten file must pass before anybody sees it.

(a) each fragment printed back byte for byte: in `rewriting`, before it is changed; (b) the result compiles;
(c) every statement that no order names is the same tree; (d) a second pass is empty: in `work`, over all files;
(e) what is imported of the target is a file of the repository; (f) no name is used that nothing binds, or above its
import, and every coroutine of the target is awaited; (g) what other files take from a changed one is still there: in
`exports`; (h) every call of a function that became async is awaited, in all files: in `awaits`.
"""

from __future__ import annotations

import ast
import builtins
from collections import Counter
from collections.abc import Collection, Iterator

from codemods.orders import Order
from codemods.reading.contract import module_candidates
from codemods.reading.outline import read_module
from codemods.reading.scopes import Module, last_name
from codemods.reading.source import Source, UnreadableError, read_source, uncompilable
from codemods.settings import Settings

COROUTINES = {"publish_message", "subscribe_to_marketdata", "subscribe_to_engine_logic", "get_dual_bus_client"}
END = object()  # of a node or a list, on the stack


def prove(before: Source, data: bytes, orders: list[Order]) -> str | None:
    """The first check that the new bytes of a file fail, as a sentence; None where all hold."""
    try:
        after = read_source(before.path, data)
    except UnreadableError as error:
        return f"{error.path}:{error.line}: proof: the result {error.cause}"
    fault = uncompilable(after)
    if fault is not None:
        return f"{fault.path}:{fault.line}: proof: the result {fault.cause}"
    checks = (_undefined, _too_early, _unawaited)
    faults = (check(before, after) for check in checks)
    return _unclaimed(before, after, orders) or next((fault for fault in faults if fault is not None), None)


def prove_imports(path: str, data: bytes, texts: Collection[str], settings: Settings) -> str | None:
    """The first import of the target that no file of the repository answers, as a sentence; None where all do."""
    tree = read_source(path, data).tree
    tried = {id(inner): node for node in ast.walk(tree) if isinstance(node, ast.Try) for inner in ast.walk(node)}
    missing: list[ast.ImportFrom] = []
    found: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and _is_target(node.module or "", settings.target.module):
            roots = ["/".join(path.split("/")[: -node.level])] if node.level else [settings.source_root, ""]
            if any(file in texts for root in roots for file in module_candidates(node.module or "", root)):
                found.add(id(tried.get(id(node))))  # one of several ways to import it is enough
            else:
                missing.append(node)
    for node in missing:
        if id(node) not in tried or id(tried[id(node)]) not in found:
            dotted = "." * node.level + (node.module or "")
            return f"{path}:{node.lineno}: proof: no file of the repository is the module {dotted}"
    return None


def _is_target(module: str, target: str) -> bool:
    return module == target or module.endswith(f".{target}")


def _unclaimed(before: Source, after: Source, orders: list[Order]) -> str | None:
    """A statement that no order touches must stand in the result as often as before, tree for tree."""
    claimed = {id(above) for order in orders for above in _around(order)}
    for order in orders:
        for gone in (*order.consumes, *order.claims):
            claimed |= {id(node) for node in ast.walk(gone)}
    kept = Counter(_print(node) for node in ast.walk(before.tree) if _is_whole(node) and id(node) not in claimed)
    there = Counter(_print(node) for node in ast.walk(after.tree) if _is_whole(node))
    lost = kept - there
    if not lost:
        return None
    node = next(n for n in ast.walk(before.tree) if _is_whole(n) and id(n) not in claimed and _print(n) in lost)
    assert isinstance(node, ast.stmt)
    return f"{before.path}:{node.lineno}: proof: a statement that nothing claims was changed"


def _around(order: Order) -> list[ast.AST]:
    return [order.node, *order.module.ancestors(order.node)]


def _is_whole(node: ast.AST) -> bool:
    return isinstance(node, ast.stmt)


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


def _undefined(before: Source, after: Source) -> str | None:
    """A name that was bound, or not used, before, and is bound nowhere now."""
    known = _unbound(before) | set(dir(builtins)) | {"__file__", "__name__", "__doc__", "__path__", "__spec__"}
    for name in sorted(_unbound(after) - known):
        return f"{after.path}:1: proof: the result uses the name `{name}`, which nothing binds"
    return None


def _unbound(source: Source) -> set[str]:
    module = read_module(source, "")
    return {
        node.id
        for node, scope in module.nodes()
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and scope.find(node.id) is None
    }


def _too_early(before: Source, after: Source) -> str | None:
    """A name that the file uses while it is read, above the import that binds it, where it did not before."""
    known = {name for name, _ in _above_imports(before)}
    for name, line in _above_imports(after):
        if name not in known:
            return f"{after.path}:{line}: proof: the result uses `{name}` above its import"
    return None


def _above_imports(source: Source) -> Iterator[tuple[str, int]]:
    """The names, with their lines, that are used at the top of a file above every import that binds them."""
    module = read_module(source, "")
    imports: dict[str, list[int]] = {}
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                imports.setdefault((alias.asname or alias.name).split(".")[0], []).append(node.lineno)
    for node, scope in module.nodes():
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in imports:
            binds = scope.find(node.id)
            is_read_at_once = scope.function() is None and binds is not None and binds.kind == "module"
            if is_read_at_once and node.lineno < min(imports[node.id]) and _is_only_imported(module, node.id):
                yield node.id, node.lineno


def _is_only_imported(module: Module, name: str) -> bool:
    return all(isinstance(node, ast.Import | ast.ImportFrom) for node in module.bound(module.root, name))


def _unawaited(before: Source, after: Source) -> str | None:
    """A coroutine of the target as a statement of its own, not awaited, that was not there before."""
    known = Counter(_print(node) for node, _ in _bare_calls(before))
    for node, name in _bare_calls(after):
        known[_print(node)] -= 1
        if known[_print(node)] < 0:
            return f"{after.path}:{node.lineno}: proof: {name}() is not awaited"
    return None


def _bare_calls(source: Source) -> Iterator[tuple[ast.Expr, str]]:
    """The statements that call what is named like a coroutine of the target, with that name."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            name = last_name(node.value.func)
            if name in COROUTINES:
                yield node, name
