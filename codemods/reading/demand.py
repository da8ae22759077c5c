"""Works out what is asked for, and carries clients on: which rules are applied, and until nothing changes.

Two things make a rule worth applying. Its target was asked for: then every place that may fill it is read, found by
the words that it must contain (`filling.py`). Or its source carries something legacy: then every place that names the
cell it goes to is read (`warming.py`). Everything else in a file stays unread.
"""

from __future__ import annotations

import ast
from collections import defaultdict, deque
from collections.abc import Callable, Collection, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from codemods.reading import atoms
from codemods.reading.atoms import ANYTHING, Atom, Value
from codemods.reading.carrying import Mention, carry
from codemods.reading.filling import Filling
from codemods.reading.intake import Intake
from codemods.reading.rules import MAKERS, Rule, rules_of
from codemods.reading.scopes import Module
from codemods.reading.warming import Warming
from codemods.reading.words import words_in

if TYPE_CHECKING:
    from codemods.reading.flow import Cell, Program

MOST = 12  # texts, or symbols, that a cell may hold; with more it counts as unknown. `node = node.next` has no end
COUNTED = (atoms.TEXT, atoms.SYMBOL)

TAKING = (ast.Call, ast.Dict, ast.List, ast.Tuple, ast.Set, ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)
"""What takes several values, of which one may carry something legacy before another does."""


class Demand:
    """The state of one program's analysis."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.asked: set[Cell] = set()
        self.warm: set[Cell] = set()  # the cells that hold something legacy
        self.carrying: set[ast.AST] = set()  # the expressions that do
        self.words: set[str] = set()  # what may decide a value that was asked for, wherever it is named
        self.mentioned: dict[ast.expr, Mention] = {}
        self.mentioned_in: dict[Module, list[ast.expr]] = defaultdict(list)
        self.holders: dict[Atom, set[str]] = defaultdict(set)  # what functions and classes are called anywhere
        self.rules: dict[ast.AST, list[Rule]] = {}
        self.fresh: list[Rule | Mention] = []  # active, and not applied yet
        self.filling = Filling(self)
        self.warming = Warming(self)
        self.intake = Intake(self)
        self._active: set[Rule] = set()
        self._lacking: dict[Rule | Mention, None] = {}  # applied while something that they read held nothing yet
        self._wanted: list[Cell] = []
        self._searched: set[tuple[str, bool]] = set()
        self._readers: dict[Cell, dict[Rule | Mention, None]] = defaultdict(dict)
        self._reading: set[Cell] | None = None
        self._is_working = False

    def start(self) -> None:
        """Carry everything legacy as far as it goes."""
        self._read_words(sorted(self.warming.attributes))
        self.intake.take_in()
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
        if self.intake.behind and not self._is_working:
            self._complete()

    def track(self, module: Module, node: ast.expr, atom: Atom) -> None:
        """Carry an atom, which this expression makes, as far as it goes."""
        if atom not in self.warming.tracked:
            self.warming.carry_on(atom)
            self.mention(module, node)
            self._complete()

    def mentions(self) -> list[tuple[Module, ast.expr]]:
        """Every expression that has the name of something that is carried."""
        return [(mention.module, node) for node, mention in self.mentioned.items()]

    # what reading finds, and what follows from it

    def read_word(self, word: str, is_member: bool = False) -> None:
        """Read every place that has a word, or has it behind a dot."""
        if (word, is_member) not in self._searched:
            self._searched.add((word, is_member))
            for module in self.program.where.holding(word):
                if is_member:
                    module.read_member(word)
                else:
                    module.read_word(word)

    def _read_words(self, words: Sequence[str]) -> None:
        """Read every place that has one of these words: each module is searched once for all, and has few of them."""
        find = _search_of(*words)
        self._searched.update((word, False) for word in words)
        for module in self.program.where.holding(*words):
            module.read_words(words, find)

    def mention(self, module: Module, node: ast.expr) -> None:
        """Apply what stands around an expression, as soon as it carries something legacy."""
        if node not in self.mentioned:
            self.mentioned[node] = Mention(module, node)
            self.mentioned_in[module].append(node)
            self.fresh.append(self.mentioned[node])

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

    def tell(self, cell: Cell, value: Value) -> None:
        """Fill a cell outside of the rules, and have those who read it already read it again."""
        if self._hold(cell, value):
            self.fresh += self._readers.get(cell, ())

    def look_again(self, cell: Cell) -> None:
        """Apply again what names a cell that was read already, when its value, the same as now, led to nothing."""
        self.fresh += [reader for reader in self._readers.get(cell, ()) if isinstance(reader, Mention)]

    def rename(self, old: tuple[str, str], new: tuple[str, str]) -> None:
        """A family goes by another class from now on: what is known of its attributes goes along."""
        for cell in [cell for cell in self.program.cells if cell[0] == "attribute" and cell[1:3] == old]:
            renamed = ("attribute", *new, cell[-1])
            self.fresh += self._readers.get(cell, ())
            self.tell(renamed, self.program.cells[cell])
            if cell in self.asked and renamed not in self.asked:
                self.asked.add(renamed)
                self._wanted.append(renamed)

    # to the fixed point

    def _complete(self) -> None:
        """First on what is known to arrive, then with what calls from outside may bring, then for good."""
        self._is_working, self.program.is_settled = True, False
        while self._run():
            while self.filling.opened or self.filling.promises:
                if self.filling.opened:
                    self.filling.open_parameters()
                else:
                    self.filling.keep_promise()
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
                self.filling.fill(self._wanted.pop())
            self.intake.take_in()
            if not self.fresh and not self._wanted:
                self.program.rough = worked or bool(self.filling.opened or self.filling.promises)
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
            carry(self, rule)
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
        self.program.cells[cell] = held | fresh
        self.warming.take(cell, fresh)
        return bool(fresh)


@lru_cache(4)
def _search_of(*words: str) -> Callable[[bytes], Collection[bytes]]:
    """The search for words with which every program of a campaign begins."""
    return words_in([word.encode() for word in words])
