"""A phase that must not begin yet, and why: engines that it waits for, and streams that it would cut."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from migrator.errors import FAILED, MigrateError
from migrator.planning.cuts import Cut


class Waiting(Struct, frozen=True):
    """An engine that a later phase waits for."""

    engine: str
    phase: int
    why: str  # it is not merged


class Gate(Struct, frozen=True):
    """A phase that must not begin yet, and why."""

    phase: int
    waiting: tuple[Waiting, ...]
    cuts: tuple[Cut, ...]  # open ones

    def reasons(self, engine: str | None = None) -> Iterator[str]:
        """One sentence for each, without a full stop; of the cuts, those of one engine where it is named."""
        for each in self.waiting:
            yield f"{each.engine} of phase {each.phase} is not merged: {each.why}"
        for name, cut in {cut.name: cut for cut in self.cuts}.items():
            if engine is None or engine in (cut.edge.publisher, cut.edge.consumer):
                until = f"until phase {cut.joined}" if cut.joined else "for good"
                held = f" ({cut.staying})" if cut.held else ""
                yield f"{name} would be cut {until}, and lose its messages{held}"

    @property
    def summary(self) -> str:
        """The same in one sentence, without the reasons."""
        names = [each.engine for each in self.waiting]
        waits = f"is merged after {_listed(names)}" if names else ""
        cuts = f"cuts {_listed([cut.name for cut in self.cuts])}, and nothing is done about it" if self.cuts else ""
        return f"phase {self.phase} {' and '.join(part for part in (waits, cuts) if part)}"


def _listed(names: Sequence[str]) -> str:
    *others, last = dict.fromkeys(names)
    return f"{', '.join(others)} and {last}" if others else last


def refusal(gates: Sequence[Gate]) -> MigrateError:
    """What a run says that must not begin."""
    lines = [f"phase {gate.phase} must wait: {reason}" for gate in gates for reason in gate.reasons()]
    mends = []
    if any(gate.waiting for gate in gates):
        mends.append("merge what it waits for, or say `deferred: reason` on the engine")
    if any(gate.cuts for gate in gates):
        mends.append('bridge or accept what it cuts under `edges` ("migrate plan" prints the lines)')
    mend = "; ".join(mends)
    return MigrateError("\n".join([*lines, f'{mend}; or add "--force", and each commit says so']), FAILED)
