"""Works out what is asked for, and carries clients on: which rules are applied, and until nothing changes.

Two things make a rule worth applying. Its target was asked for: then every place that may fill it is read, found by
the words that it must contain. Or its source carries something legacy: then every place that names the cell it goes
to is read. Everything else in a file stays unread.
"""

from __future__ import annotations

import ast
from collections import defaultdict, deque
from typing import TYPE_CHECKING

from codemods.reading import atoms, legacy
from codemods.reading.atoms import ANYTHING, Atom, Value
from codemods.reading.callers import call_sites, mentions
from codemods.reading.evaluation import TARGET_FACTORIES, Evaluator, made_by
from codemods.reading.rules import MAKERS, Rule, defaults, imported, rules_of
from codemods.reading.scopes import Function, Module, last_name

if TYPE_CHECKING:
    from codemods.reading.flow import Cell, FunctionFacts, Program

MOST = 12  # texts, or symbols, that a cell may hold; with more it counts as unknown. `node = node.next` has no end
COUNTED = (atoms.TEXT, atoms.SYMBOL)
NAMED = {atoms.FUNCTION, atoms.CLASS, atoms.LINK}
CARRIED = {atoms.CLIENT, atoms.CONFIG, atoms.DUAL, atoms.DUAL_RAW, atoms.PIPELINE, atoms.PUBSUB}


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
        self._rules: dict[ast.AST, list[Rule]] = {}
        self._active: set[Rule] = set()
        self._fresh: list[Rule | Mention] = []  # active, and not applied yet
        self._lacking: dict[Rule | Mention, None] = {}  # applied while something that they read held nothing yet
        self._wanted: list[Cell] = []
        self._open: dict[FunctionFacts, set[str]] = defaultdict(set)  # parameters whose callers are to be found
        self._readers: dict[Cell, dict[Rule | Mention, None]] = defaultdict(dict)
        self._reading: set[Cell] | None = None
        self._is_working = False
        self._is_warmer = True  # there are names that were not looked for yet
        self.behind: dict[Module, None] = dict.fromkeys(program.modules.values())  # more was read than taken in
        for module in program.modules.values():
            module.on_read = self.behind.setdefault
        self._taken: dict[str, list[int]] = {path: [0, 0, 0] for path in program.modules}
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

    def refresh(self) -> None:
        """Take in what was read meanwhile, and what follows from it."""
        if self.behind and not self._is_working:
            self._complete()

    def track(self, module: Module, node: ast.expr, atom: Atom) -> None:
        """Carry an atom, which this expression makes, as far as it goes."""
        if atom not in self.tracked:
            self.tracked.add(atom)
            for cell in [cell for cell, held in self.program.cells.items() if atom in held]:
                self._warm(cell)
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
            while self._open:
                self._open_parameters()
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
                self._fill(self._wanted.pop())
            self.take_in()
            if not self._fresh and not self._wanted:
                self.program.rough = worked or bool(self._open)
                return self.program.rough
            fresh, self._fresh, worked = self._fresh, [], True
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
        for kind in COUNTED:
            if sum(atom.kind == kind for atom in held | fresh) > MOST:
                fresh = frozenset(atom for atom in fresh if atom.kind != kind) | (ANYTHING - held)
        held |= fresh
        for atom in fresh:
            if atom.kind == atoms.LINK:
                self._links["name", atom.path, "", atom.name].append(cell)
            if atom.kind in NAMED and cell[0] != "result":
                self.holders[atom].add(cell[-1])
        if any(self._is_carried(atom) for atom in fresh):
            self._warm(cell)
        return bool(fresh)

    # forward: what carries

    def _is_carried(self, atom: Atom) -> bool:
        if atom.kind in CARRIED or atom in self.tracked:
            return True
        if atom.kind == atoms.FUNCTION:
            return ("result", atom.path, atom.name) in self.warm
        if atom.kind == atoms.LINK:
            return ("name", atom.path, "", atom.name) in self.warm
        return atom.kind == atoms.SYMBOL and self._is_legacy(atom.name)

    def _is_legacy(self, dotted: str) -> bool:
        if legacy.flavour(dotted):
            return True
        whole, settings = f".{dotted}.", self.program.settings
        return any(f".{name}." in whole for name in (settings.target.module, *(w.module for w in settings.wrappers)))

    def _warm(self, cell: Cell) -> None:
        """A cell turned out to hold something legacy: read every place that names it."""
        if cell in self.warm:
            return
        self.warm.add(cell)
        self._is_warmer = True
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
        atom = Atom(atoms.FUNCTION, facts.qualified, facts.module.path)
        for cell in [cell for cell, held in self.program.cells.items() if atom in held]:
            self._warm(cell)

    def read_word(self, word: str, is_member: bool = False) -> None:
        """Read every place that has a word, or has it behind a dot."""
        if (word, is_member) not in self._searched:
            self._searched.add((word, is_member))
            for module in self.program.modules.values():
                if is_member:
                    module.read_member(word)
                else:
                    module.read_word(word)

    def _mention(self, module: Module, node: ast.expr) -> None:
        if node not in self.mentioned:
            self.mentioned[node] = Mention(module, node)
            self._fresh.append(self.mentioned[node])

    def _carry(self, mention: Mention) -> None:
        """Apply every rule around an expression that carries something, up to its statement."""
        module, node = mention.module, mention.node
        if isinstance(getattr(node, "ctx", None), ast.Store) or not any(
            self._is_carried(atom) for atom in self.program.value(module, node)
        ):
            return
        inside: ast.AST = node
        while not isinstance(inside, ast.stmt):
            self.carrying.add(inside)
            above = module.parent[inside]
            if isinstance(above, ast.arg):
                self.ask(("name", module.path, module.scope_of[above].qualified, above.arg))
                return
            self._activate(module, above)
            inside = above

    def _activate(self, module: Module, node: ast.AST, only: object = None) -> None:
        """Apply the rules of a node from now on; with `only`, those that fill this target."""
        if type(node) not in MAKERS:
            return
        if node not in self._rules:
            self._rules[node] = rules_of(self.program, module, node)
        for rule in self._rules[node]:
            if rule not in self._active and (only is None or rule.target is only or rule.target == only):
                self._active.add(rule)
                self._fresh.append(rule)
            elif only is None and isinstance(node, ast.Call):
                self._fresh.append(rule)  # another of its arguments carries something now

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
        self._taken[path] = [len(module.classes), len(module.functions), len(module.imports)]
        for node in classes:
            self.program.classes[path, module.inner[node].qualified] = (module, node)
        for node in classes:
            self._define(module, node, Atom(atoms.CLASS, module.inner[node].qualified, path))
        for function in functions:
            self.program.facts(module, function)
            if module.scope_of[function].kind != "class":
                self._define(module, function, Atom(atoms.FUNCTION, module.inner[function].qualified, path))
        for statement in imports:
            for cell, value in imported(self.program, module, statement):
                self._tell(cell, value)
        for kind, words, index in (("name", self.names[path], module.names), ("", self.attributes, module.attributes)):
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
            self._tell(cell, frozenset({atom}))

    def _tell(self, cell: Cell, value: Value) -> None:
        """Fill a cell outside of the rules, and have those who read it already read it again."""
        if self._hold(cell, value):
            self._fresh += self._readers.get(cell, ())

    # backwards: what fills a cell

    def _fill(self, cell: Cell) -> None:
        """Activate everything that may fill a cell."""
        fillers = {"name": self._fill_name, "attribute": self._fill_attribute, "state": self._fill_state}
        if cell[0] == "result":
            facts = self.program.functions[cell[1], cell[2]]
            facts.module.read_function(facts.header)
            for node in facts.module.returns.get(facts.module.inner[facts.header], ()):
                self._activate(facts.module, node)
        else:
            fillers[cell[0]](cell)

    def _fill_name(self, cell: Cell) -> None:
        module, name = self.program.module(cell[1]), cell[-1]
        if module is None:
            return
        scope = module.root if not cell[2] else self.program.scopes.get((cell[1], cell[2]))
        if scope is None:
            return
        for node in list(module.bound(scope, name)):
            if isinstance(node, ast.arg):
                self._fill_parameter(module, scope.node, cell)
            else:
                self._activate_around(module, node, cell)
        if scope is module.root:
            self._fill_from_stores(name, [other for other in self.program.modules.values() if other is not module])

    def _fill_parameter(self, module: Module, node: ast.AST, cell: Cell) -> None:
        self._activate(module, node, cell)
        if isinstance(node, Function):
            facts = self.program.facts(module, node)
            if any(parameter.arg == cell[-1] for parameter in (*facts.parameters, *node.args.kwonlyargs)):
                self.words.add(node.name if node.name != "__init__" or facts.owner is None else _class_name(facts))
                self._open[facts].add(cell[-1])
                for place, mention in list(mentions(facts)):
                    above = place.parent[mention]
                    if isinstance(above, ast.Call) and above.func is mention:
                        self._activate(place, above)
                        self._fresh += self._rules[above]
                    elif isinstance(above, ast.Assign | ast.AnnAssign):
                        self._activate(place, above)

    def _fill_attribute(self, cell: Cell) -> None:
        key, name = (cell[1], cell[2]), cell[-1]
        for path, qualified in self.program.relatives(key):
            module, node = self.program.classes[path, qualified]
            if (path, qualified) == key:
                self.words.add(node.name)
            for binder in list(module.bound(module.inner[node], name)):
                self._activate_around(module, binder, cell)
        self._fill_from_stores(name, list(self.program.modules.values()))

    def _fill_state(self, cell: Cell) -> None:
        self._fill_from_stores(cell[-1], list(self.program.modules.values()))

    def _fill_from_stores(self, name: str, modules: list[Module]) -> None:
        """Whatever stores an attribute of this name, of any object."""
        for module in modules:
            module.read_stored(name)
            for node in list(module.attributes.get(name, ())):
                if isinstance(node.ctx, ast.Store):
                    self._activate_around(module, node, node)

    def _activate_around(self, module: Module, node: ast.AST, target: object) -> None:
        """The rules of the statement or expression that binds a node."""
        wanted = node if isinstance(node, ast.Name | ast.Attribute) else target
        while type(node) not in MAKERS and not isinstance(node, ast.stmt):
            node = module.parent[node]
        if not isinstance(node, Function | ast.ClassDef):
            self._activate(module, node, wanted)

    # parameters that somebody unknown may fill

    def _open_parameters(self) -> None:
        """What annotations and frameworks promise, and UNKNOWN where something besides the known calls may call."""
        before = len(self.asked)
        are_open = {facts: _is_open(facts) for facts in self._open}
        if len(self.asked) > before:
            return  # who calls is known only when what was asked for now has been worked out
        opened, self._open = self._open, defaultdict(set)
        for facts, names in opened.items():
            is_open = are_open[facts]
            for parameter in (*facts.parameters, *facts.header.args.kwonlyargs):
                if parameter.arg not in names:
                    continue
                cell = ("name", facts.module.path, facts.qualified, parameter.arg)
                promised = _annotated(self.program, facts.module, parameter)
                if not atoms.of(frozenset(self.program.cells[cell]), atoms.CLIENT):
                    self._tell(cell, frozenset(promised))
                if is_open and not promised and not _is_injected(facts, parameter):
                    self._tell(cell, ANYTHING)


def _first_attributes(program: Program) -> set[str]:
    """The words by which everything legacy, and everything of the target, is first named."""
    settings = program.settings
    words = {"redis", "aioredis", settings.target.module.rsplit(".", 1)[-1], *TARGET_FACTORIES}
    for wrapper in settings.wrappers:
        words |= {wrapper.module.rsplit(".", 1)[-1], *wrapper.client, *wrapper.config, *wrapper.message}
        words |= set(wrapper.priority)
    return words


def _class_name(facts: FunctionFacts) -> str:
    assert facts.owner is not None
    return facts.program.classes[facts.module.path, facts.owner][1].name


def _is_open(facts: FunctionFacts) -> bool:
    """Whether something besides the known calls may call it."""
    if facts.header.decorator_list:
        return True
    calls, references = call_sites(facts)
    return bool(references or not calls)


def _is_injected(facts: FunctionFacts, parameter: ast.arg) -> bool:
    """Whether a framework fills the parameter, with what its default's function returns."""
    default = next((value for argument, value in defaults(facts.header.args) if argument is parameter), None)
    return isinstance(default, ast.Call) and last_name(default.func).endswith(("Depends", "Security"))


def _annotated(program: Program, module: Module, parameter: ast.arg) -> set[Atom]:
    """The client, or the instance of a class of the program, that an annotation promises."""
    if parameter.annotation is None:
        return set()
    for node in ast.walk(parameter.annotation):
        if isinstance(node, ast.Name | ast.Attribute):
            value = Evaluator(program, module).value(node)
            if classes := atoms.of(value, atoms.CLASS):
                return {atom._replace(kind=atoms.INSTANCE) for atom in classes}
            for atom in atoms.of(value, atoms.SYMBOL):
                made = made_by(program.settings.wrappers, program.settings.target.module, atom.name)
                if made is not None and made.kind == atoms.CLIENT:
                    return {made._replace(path=module.path, line=parameter.lineno, column=parameter.col_offset)}
    return set()
