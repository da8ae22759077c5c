"""Works out what is asked for, and carries clients on: which rules are applied, and until nothing changes.

Two things make a rule worth applying. Its target was asked for: then every place that may fill it is read, found by
the words that it must contain. Or its source carries something legacy: then every place that names the cell it goes
to is read. Everything else in a file stays unread.
"""

from __future__ import annotations

import ast
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from codemods.reading import atoms, legacy, promises
from codemods.reading.atoms import ANYTHING, Atom, Value
from codemods.reading.by_name import IMPORTING
from codemods.reading.containers import ENTRIES, KEEPING
from codemods.reading.evaluation import Evaluator
from codemods.reading.factories import TARGET_FACTORIES
from codemods.reading.filling import Filling
from codemods.reading.rules import MAKERS, Rule, imported, rules_of
from codemods.reading.scopes import Function, Module, is_stored

if TYPE_CHECKING:
    from codemods.reading.flow import Cell, FunctionFacts, Program

MOST = 12  # texts, or symbols, that a cell may hold; with more it counts as unknown. `node = node.next` has no end
COUNTED = (atoms.TEXT, atoms.SYMBOL)
NAMED = {atoms.FUNCTION, atoms.CLASS, atoms.LINK}


TAKING = (ast.Call, ast.Dict, ast.List, ast.Tuple, ast.Set, ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)

AROUND_TEXTS = (ast.arg, ast.AnnAssign, ast.FunctionDef, ast.AsyncFunctionDef, ast.Subscript, ast.BinOp, ast.Tuple)
"""What a text that is an annotation, or a part of one, may stand in."""


class Mention:
    """A name or attribute that may carry something legacy: where it does, what it flows into is applied."""

    __slots__ = ("module", "node")

    def __init__(self, module: Module, node: ast.expr) -> None:
        self.module, self.node = module, node


class Demand:
    """The state of one program's analysis."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.asked: set[Cell] = set()
        self.warm: set[Cell] = set()  # the cells that hold something legacy
        self.carrying: set[ast.AST] = set()  # the expressions that do
        self.tracked: set[Atom] = set()  # further atoms that are to be carried like clients
        self.words: set[str] = set()  # what may decide a value that was asked for, wherever it is named
        self.names: dict[str, set[str]] = defaultdict(set)  # by path: names that may carry
        self.attributes: set[str] = _first_attributes(program)
        self.mentioned: dict[ast.expr, Mention] = {}
        self.holders: dict[Atom, set[str]] = defaultdict(set)  # what functions and classes are called anywhere
        self._searched: set[tuple[str, bool]] = set()
        self.rules: dict[ast.AST, list[Rule]] = {}
        self._active: set[Rule] = set()
        self.fresh: list[Rule | Mention] = []  # active, and not applied yet
        self._lacking: dict[Rule | Mention, None] = {}  # applied while something that they read held nothing yet
        self._wanted: list[Cell] = []
        self._filling = Filling(self)
        self._quoted: dict[str, dict[str, list[ast.Constant]]] = defaultdict(lambda: defaultdict(list))
        self._readers: dict[Cell, dict[Rule | Mention, None]] = defaultdict(dict)
        self._reading: set[Cell] | None = None
        self._legacy: dict[str, bool] = {}  # by dotted name
        self._is_working = False
        self._is_warmer = True  # there are names that were not looked for yet
        self._module_names = _named_modules(program)
        self.behind: dict[Module, None] = dict.fromkeys(program.modules.values())  # more was read than taken in
        for module in program.modules.values():
            module.on_read = self.behind.setdefault
        self._taken: dict[str, list[int]] = {path: [0, 0, 0, 0] for path in program.modules}
        self._looked_at: dict[tuple[str, str, str], int] = {}
        self._links: dict[Cell, list[Cell]] = defaultdict(list)

    def start(self) -> None:
        """Carry everything legacy as far as it goes."""
        for name in sorted(self.attributes):
            self.read_word(name)
        self.take_in()
        self._complete()

    def ask(self, cell: Cell) -> None:
        """Have a cell worked out: at once, or within the work that is going on."""
        if self._reading is not None:
            self._reading.add(cell)
        if cell not in self.asked:
            self.asked.add(cell)
            self._wanted.append(cell)
            if not self._is_working:
                self._complete()

    def note(self, cell: Cell) -> None:
        """Have what is going on done again when the cell holds more."""
        if self._reading is not None:
            self._reading.add(cell)

    def refresh(self) -> None:
        """Take in what was read meanwhile, and what follows from it."""
        if self.behind and not self._is_working:
            self._complete()

    def track(self, module: Module, node: ast.expr, atom: Atom) -> None:
        """Carry an atom, which this expression makes, as far as it goes."""
        if atom not in self.tracked:
            self._carry_on(atom)
            self._mention(module, node)
            self._complete()

    def mentions(self) -> list[tuple[Module, ast.expr]]:
        """Every expression that has the name of something that is carried."""
        return [(mention.module, node) for node, mention in self.mentioned.items()]

    # to the fixed point

    def _complete(self) -> None:
        """First on what is known to arrive, then with what calls from outside may bring, then for good."""
        self._is_working, self.program.is_settled = True, False
        while self._run():
            while self._filling.opened or self._filling.promises:
                if self._filling.opened:
                    self._filling.open_parameters()
                else:
                    self._filling.keep_promise()
                self._run()
            self.program.rough = False  # only now: what merely comes later in the text is not unknown
            self.program.forget_bases()
            lacking, self._lacking = self._lacking, {}
            self._apply_all(deque(lacking))
        self.program.forget_bases()
        self._is_working, self.program.is_settled = False, True

    def _run(self) -> bool:
        """Apply whatever is new, until nothing is; whether anything was."""
        self.program.rough, worked = True, False
        while True:
            while self._wanted:
                self._filling.fill(self._wanted.pop())
            self.take_in()
            if not self.fresh and not self._wanted:
                self.program.rough = worked or bool(self._filling.opened or self._filling.promises)
                return self.program.rough
            fresh, self.fresh, worked = self.fresh, [], True
            self.program.forget_bases()
            self._apply_all(deque(fresh))

    def _apply_all(self, pending: deque[Rule | Mention]) -> None:
        queued = set(pending)
        while pending:
            rule = pending.popleft()
            queued.discard(rule)
            for reader in self._apply(rule):
                if reader not in queued:
                    pending.append(reader)
                    queued.add(reader)

    def _apply(self, rule: Rule | Mention) -> list[Rule | Mention]:
        """Apply one rule; the rules that read what it changed."""
        self._reading, self.program.lacks = set(), False
        found = list(rule.apply(self.program)) if isinstance(rule, Rule) else []
        if isinstance(rule, Mention):
            self._carry(rule)
        for cell in self._reading:
            self._readers[cell][rule] = None
        self._reading = None
        if self.program.lacks:
            self._lacking[rule] = None
        return [reader for cell, value in found if self._hold(cell, value) for reader in self._readers[cell]]

    def _hold(self, cell: Cell, value: Value) -> bool:
        """Add atoms to a cell; whether any was new."""
        held = self.program.cells[cell]
        fresh = value - held
        if not fresh:
            return False
        for kind in COUNTED if len(held) + len(fresh) > MOST else ():
            if sum(atom.kind == kind for atom in held | fresh) > MOST:
                fresh = frozenset(atom for atom in fresh if atom.kind != kind) | (ANYTHING - held)
        held |= fresh
        for atom in fresh:
            if atom.kind == atoms.LINK:
                self._links["name", atom.path, "", atom.name].append(cell)
            if atom.kind in NAMED and cell[0] != "result":
                self.holders[atom].add(cell[-1])
        if any(self.is_carried(atom) for atom in fresh):
            self._heat(cell)
        return bool(fresh)

    # forward: what carries

    def is_carried(self, atom: Atom) -> bool:
        """Whether it is legacy, or leads to what is."""
        if atom.kind in atoms.CARRIED or atom in self.tracked:
            return True
        if atom.kind == atoms.FUNCTION:
            return ("result", atom.path, atom.name) in self.warm
        if atom.kind == atoms.LINK:
            return ("name", atom.path, "", atom.name) in self.warm
        if atom.kind == atoms.TEXT:
            return atom.name in self._module_names
        return atom.kind == atoms.SYMBOL and self._is_legacy(atom.name)

    def _is_legacy(self, dotted: str) -> bool:
        if dotted not in self._legacy:
            whole, settings = f".{dotted}.", self.program.settings
            modules = (settings.target.module, *(w.module for w in settings.wrappers))
            self._legacy[dotted] = bool(legacy.flavour(dotted)) or any(f".{name}." in whole for name in modules)
        return self._legacy[dotted]

    def _warm(self, cell: Cell) -> None:
        """A cell turned out to hold something legacy: read every place that names it."""
        if cell in self.warm:
            return
        self.warm.add(cell)
        self._is_warmer = True
        # What names it may have been looked at while its value, the same as now, led to nothing legacy yet.
        self.fresh += [reader for reader in self._readers.get(cell, ()) if isinstance(reader, Mention)]
        for linked in self._links.get(cell, ()):
            self._warm(linked)
        if cell[0] == "result":
            self._warm_function(self.program.functions[cell[1], cell[2]])
            return
        name = cell[-1]
        if cell[0] == "name" and cell[2]:
            self.names[cell[1]].add(name)
            scope = self.program.scopes[cell[1], cell[2]]
            if isinstance(scope.node, Function):
                self.program.modules[cell[1]].read_function(scope.node)
        else:
            self.attributes.add(name)
            self.read_word(name)
        if cell[0] != "state":
            self.names[cell[1]].add(name)

    def _warm_function(self, facts: FunctionFacts) -> None:
        name = facts.header.name
        self.attributes.add(name)
        self.names[facts.module.path].add(name)
        self.read_word(name)
        if name in ENTRIES and facts.owner is not None:
            self._warm_class(*self.program.classes[facts.module.path, facts.owner])
        atom = Atom(atoms.FUNCTION, facts.qualified, facts.module.path)
        for cell in [cell for cell, held in self.program.cells.items() if atom in held]:
            self._heat(cell)

    def _heat(self, cell: Cell) -> None:
        """What a cell holds turned out to be legacy: read what names the cell, or the container that it is within."""
        if cell[0] == "inside":
            self._warm_box(cell)
        elif cell != KEEPING:
            self._warm(cell)

    def _warm_box(self, cell: Cell) -> None:
        """Something legacy was put into a container: carry the container as well."""
        box, module, node = self.program.boxes[cell[:3]]  # without a position
        if box not in self.tracked:
            self._carry_on(box)
            if isinstance(node, ast.expr):
                self._mention(module, node)
        self.tell(KEEPING, frozenset({box}))

    def _carry_on(self, atom: Atom) -> None:
        self.tracked.add(atom)
        for cell in [cell for cell, held in self.program.cells.items() if atom in held]:
            self._heat(cell)

    def _warm_class(self, module: Module, node: ast.ClassDef) -> None:
        """An instance of this class is a client, or gives one to `with`: carry the class and its instances."""
        name = module.inner[node].qualified
        instance = Atom(atoms.INSTANCE, name, module.path)
        if instance in self.tracked:
            return
        self.attributes.add(node.name)
        self.names[module.path].add(node.name)
        self.read_word(node.name)
        self._is_warmer = True
        self._carry_on(instance)
        self._carry_on(Atom(atoms.CLASS, name, module.path))

    def _warm_derived(self, module: Module, node: ast.ClassDef) -> None:
        """A class that is derived from a client's: in its methods, the instance is a client."""
        self._warm_class(module, node)
        self.names[module.path].add("super")
        for item in node.body:
            if isinstance(item, Function):
                facts = self.program.facts(module, item)
                module.read_function(item)
                if facts.is_method and (first := [*item.args.posonlyargs, *item.args.args][:1]):
                    self.ask(("name", module.path, facts.qualified, first[0].arg))

    def read_word(self, word: str, is_member: bool = False) -> None:
        """Read every place that has a word, or has it behind a dot."""
        if (word, is_member) not in self._searched:
            self._searched.add((word, is_member))
            for module in self.program.where.holding(word):
                if is_member:
                    module.read_member(word)
                else:
                    module.read_word(word)

    def _mention(self, module: Module, node: ast.expr) -> None:
        if node not in self.mentioned:
            self.mentioned[node] = Mention(module, node)
            self.fresh.append(self.mentioned[node])

    def _carry(self, mention: Mention) -> None:
        """Apply every rule around an expression that carries something, up to its statement."""
        module, node = mention.module, mention.node
        if is_stored(node) or not self._carries(module, node):
            return
        inside: ast.AST = node
        while not isinstance(inside, ast.stmt):
            self.carrying.add(inside)
            above = module.parent[inside]
            if isinstance(above, ast.arg):
                self.ask(("name", module.path, module.scope_of[above].qualified, above.arg))
                return
            if isinstance(above, ast.AnnAssign) and above.annotation is inside:
                cells = Evaluator(self.program, module).target_cells(above.target)
                self._filling.promise(list(cells), module, above.annotation, above.annotation)
            if isinstance(above, Function) and above.returns is inside:
                cell = ("result", module.path, self.program.facts(module, above).qualified)
                self._filling.promise([cell], module, above.returns, above.returns)
            if isinstance(above, ast.ClassDef) and inside in above.bases:
                self._warm_derived(module, above)
            self.activate(module, above)
            inside = above

    def _carries(self, module: Module, node: ast.expr) -> bool:
        """Whether an expression may hold something legacy; of a text in an annotation, its promise will show."""
        if isinstance(node, ast.Constant) or (isinstance(node, ast.Name) and node.id == "super"):
            return True
        return any(map(self.is_carried, self.program.value(module, node)))

    def activate(self, module: Module, node: ast.AST, only: object = None) -> None:
        """Apply the rules of a node from now on; with `only`, those that fill this target."""
        if type(node) not in MAKERS:
            return
        if node not in self.rules:
            self.rules[node] = rules_of(self.program, module, node)
        for rule in self.rules[node]:
            if rule not in self._active and (only is None or rule.target is only or rule.target == only):
                self._active.add(rule)
                self.fresh.append(rule)
            elif only is None and isinstance(node, TAKING):
                self.fresh.append(rule)  # something else in it carries now

    # what reading brought

    def take_in(self) -> None:
        """Take in what was read since the last time: definitions, imports, and names that carry."""
        while self.behind or self._is_warmer:
            modules = list(self.program.modules.values()) if self._is_warmer else list(self.behind)
            self.behind.clear()
            self._is_warmer = False
            self.program.forget_bases()
            for module in modules:
                self._take_in_module(module.path, module)

    def _take_in_module(self, path: str, module: Module) -> None:
        done = self._taken[path]
        classes, functions, imports = module.classes[done[0] :], module.functions[done[1] :], module.imports[done[2] :]
        self._taken[path] = [len(found) for found in (module.classes, module.functions, module.imports, module.strings)]
        for node in classes:
            self.program.classes[path, module.inner[node].qualified] = (module, node)
            if len(node.bases) > 1:
                self.program.several.append((path, module.inner[node].qualified))
        for node in classes:
            self._define(module, node, Atom(atoms.CLASS, module.inner[node].qualified, path))
        for function in functions:
            self.program.facts(module, function)
            if module.scope_of[function].kind != "class":
                self._define(module, function, Atom(atoms.FUNCTION, module.inner[function].qualified, path))
        for statement in imports:
            for cell, value in imported(self.program, module, statement):
                self.tell(cell, value)
        for text in module.strings[done[3] :]:
            if type(module.parent[text]) in AROUND_TEXTS and promises.is_annotation(module, text):
                for word in promises.words_of(text):
                    self._quoted[path][word].append(text)
            if text.value in self._module_names:
                self._mention(module, text)
        named = self.names[path]
        indices: tuple[tuple[str, set[str], Mapping[str, Sequence[ast.AST]]], ...] = (
            ("name", named, module.names),
            ("", self.attributes, module.attributes),
            ("text", named, self._quoted[path]),
        )
        for kind, words, index in indices:
            for word in words & index.keys():
                nodes = index[word]
                seen = self._looked_at.get((path, kind, word), 0)
                self._looked_at[path, kind, word] = len(nodes)
                for found in nodes[seen:]:
                    if isinstance(found, ast.expr):
                        self._mention(module, found)

    def _define(self, module: Module, node: Function | ast.ClassDef, atom: Atom) -> None:
        cell = self.program.name_cell(module, module.scope_of[node], node.name)
        if cell:
            self.tell(cell, frozenset({atom}))

    def tell(self, cell: Cell, value: Value) -> None:
        """Fill a cell outside of the rules, and have those who read it already read it again."""
        if self._hold(cell, value):
            self.fresh += self._readers.get(cell, ())

    def rename(self, old: tuple[str, str], new: tuple[str, str]) -> None:
        """A family goes by another class from now on: what is known of its attributes goes along."""
        for cell in [cell for cell in self.program.cells if cell[0] == "attribute" and cell[1:3] == old]:
            renamed = ("attribute", *new, cell[-1])
            self.fresh += self._readers.get(cell, ())
            self.tell(renamed, frozenset(self.program.cells[cell]))
            if cell in self.asked and renamed not in self.asked:
                self.asked.add(renamed)
                self._wanted.append(renamed)


def _first_attributes(program: Program) -> set[str]:
    """The words by which everything legacy, and everything of the target, is first named."""
    settings = program.settings
    words = {"redis", "aioredis", settings.target.module.rsplit(".", 1)[-1], *TARGET_FACTORIES}
    for wrapper in settings.wrappers:
        words |= {wrapper.module.rsplit(".", 1)[-1], *wrapper.client, *wrapper.config, *wrapper.message}
        words |= set(wrapper.priority)
    return words


def _named_modules(program: Program) -> frozenset[str]:
    """The legacy modules that some text may name, where modules are imported by their names at all."""
    if not any(word in module.source.text for module in program.modules.values() for word in IMPORTING):
        return frozenset()
    return frozenset({*legacy.MODULES, *(wrapper.module for wrapper in program.settings.wrappers)})
