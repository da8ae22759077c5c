"""Where a program begins: under `if __name__ == "__main__":`, or in a `__main__.py`."""

from __future__ import annotations

import ast

from codemods.reading.scopes import Module

LOOPS = ast.For | ast.AsyncFor | ast.While | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


def is_entry(module: Module, node: ast.AST) -> bool:
    """Whether a node stands where a program begins: under `if __name__ == "__main__":`, or in a `__main__.py`."""
    if module.scope_of[node].kind != "module":
        return False
    below, is_main = node, module.path.endswith("/__main__.py")
    for above in module.ancestors(node):
        if isinstance(above, LOOPS):
            return False
        is_main = is_main or (isinstance(above, ast.If) and below in above.body and _is_guard(above.test))
        below = above
    return is_main


def _is_guard(test: ast.expr) -> bool:
    if not isinstance(test, ast.Compare) or not isinstance(test.ops[0], ast.Eq) or len(test.ops) > 1:
        return False
    sides = {ast.unparse(side).strip("'\"") for side in (test.left, *test.comparators)}
    return sides == {"__name__", "__main__"}
