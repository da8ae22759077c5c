"""What `**options` gives a call: the items of a table of the same module that nothing changes."""

from __future__ import annotations

import ast

from codemods.reading.constants import Constants
from codemods.reading.flow import Program
from codemods.reading.scopes import Module


def spread(program: Program, module: Module, call: ast.Call) -> ast.Call:
    """The call with the items of each known table in the place of its stars; what is not known stays."""
    if all(keyword.arg is not None for keyword in call.keywords):
        return call
    keywords = [each for keyword in call.keywords for each in _items(program, module, keyword)]
    names = [each.arg for each in keywords if each.arg is not None]
    is_plain = len(names) == len(set(names))  # Python takes no argument twice
    return ast.copy_location(ast.Call(call.func, call.args, keywords), call) if is_plain else call


def _items(program: Program, module: Module, keyword: ast.keyword) -> list[ast.keyword]:
    if keyword.arg is not None:
        return [keyword]
    is_display = isinstance(keyword.value, ast.Dict | ast.Call)
    found = (module, keyword.value) if is_display else Constants(program).collection(module, keyword.value)
    items = _written_out(module, found[1]) if found is not None and found[0] is module else None
    return items if items is not None else [keyword]


def _written_out(module: Module, table: ast.expr) -> list[ast.keyword] | None:
    """The items of a dict display, or of `dict(name=value)`, whose keys are texts that are written out."""
    if isinstance(table, ast.Call) and isinstance(table.func, ast.Name) and table.func.id == "dict":
        is_builtin = module.scope_of[table.func].find("dict") is None
        named = not table.args and all(each.arg is not None for each in table.keywords)
        return table.keywords if is_builtin and named else None
    if not isinstance(table, ast.Dict):
        return None
    names = [key.value if isinstance(key, ast.Constant) else None for key in table.keys]
    items = [ast.keyword(n, v) for n, v in zip(names, table.values, strict=True) if isinstance(n, str)]
    return items if len(items) == len(names) else None
