"""Takes in what reading brought: definitions, imports, and the names that carry something legacy."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from codemods.reading import atoms, promises
from codemods.reading.atoms import Atom
from codemods.reading.rules import imported
from codemods.reading.scopes import Function, Module

if TYPE_CHECKING:
    from codemods.reading.demand import Demand

AROUND_TEXTS = (ast.arg, ast.AnnAssign, ast.FunctionDef, ast.AsyncFunctionDef, ast.Subscript, ast.BinOp, ast.Tuple)
"""What a text that is an annotation, or a part of one, may stand in."""


class Intake:
    """Takes in each definition, import and name of the program's modules once, as reading comes upon it."""

    def __init__(self, demand: Demand) -> None:
        self.demand, self.program, self.warming = demand, demand.program, demand.warming
        self.behind: dict[Module, None] = dict.fromkeys(self.program.modules.values())  # more was read than taken in
        for module in self.program.modules.values():
            module.on_read = self.behind.setdefault
        self._taken: dict[Module, tuple[int, int, int, int]] = {}  # how many classes, functions, imports and texts
        self._quoted: dict[str, dict[str, list[ast.Constant]]] = defaultdict(lambda: defaultdict(list))
        self._looked_at: dict[tuple[str, str, str], int] = {}

    def take_in(self) -> None:
        """Take in what was read since the last time: definitions, imports, and names that carry."""
        while self.behind or self.warming.is_warmer:
            modules = list(self.program.modules.values()) if self.warming.is_warmer else list(self.behind)
            self.behind.clear()
            self.warming.is_warmer = False
            self.program.forget_bases()
            for module in modules:
                self._take_in_module(module)

    def _take_in_module(self, module: Module) -> None:
        done = self._taken.get(module, (0, 0, 0, 0))
        self._taken[module] = (len(module.classes), len(module.functions), len(module.imports), len(module.strings))
        classes, functions = module.classes[done[0] :], module.functions[done[1] :]
        imports, strings = module.imports[done[2] :], module.strings[done[3] :]
        self._take_classes(module, classes)
        for function in functions:
            self.program.facts(module, function)
            if module.scope_of[function].kind != "class":
                self._define(module, function, Atom(atoms.FUNCTION, module.inner[function].qualified, module.path))
        for statement in imports:
            for cell, value in imported(self.program, module, statement):
                self.demand.tell(cell, value)
        for text in strings:
            self._take_text(module, text)
        self._take_names(module)

    def _take_classes(self, module: Module, classes: Sequence[ast.ClassDef]) -> None:
        for node in classes:
            key = (module.path, module.inner[node].qualified)
            self.program.classes[key] = (module, node)
            if len(node.bases) > 1:
                self.program.several.append(key)
        for node in classes:
            self._define(module, node, Atom(atoms.CLASS, module.inner[node].qualified, module.path))

    def _take_text(self, module: Module, text: ast.Constant) -> None:
        """A text may be an annotation, or name a legacy module that is imported by it."""
        if type(module.parent[text]) in AROUND_TEXTS and promises.is_annotation(module, text):
            for word in promises.words_of(text):
                self._quoted[module.path][word].append(text)
        if text.value in self.warming.modules:
            self.demand.mention(module, text)

    def _take_names(self, module: Module) -> None:
        """Mention whatever has a name that carries, and was not looked at for it yet."""
        named = self.warming.names[module.path]
        indices: tuple[tuple[str, set[str], Mapping[str, Sequence[ast.AST]]], ...] = (
            ("name", named, module.names),
            ("attribute", self.warming.attributes, module.attributes),
            ("text", named, self._quoted[module.path]),
        )
        for kind, words, index in indices:
            for word in words & index.keys():
                nodes, key = index[word], (module.path, kind, word)
                seen = self._looked_at.get(key, 0)
                self._looked_at[key] = len(nodes)
                for found in nodes[seen:]:
                    if isinstance(found, ast.expr):
                        self.demand.mention(module, found)

    def _define(self, module: Module, node: Function | ast.ClassDef, atom: Atom) -> None:
        cell = self.program.name_cell(module, module.scope_of[node], node.name)
        if cell:
            self.demand.tell(cell, frozenset({atom}))
