"""The texts that are sent along with a task: which at first, and how the work finds out that it wants more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from codemods.reading.contract import module_candidates
from codemods.reading.lots import Lot, walk
from migrator.looking import Look


class WantedError(BaseException):
    """The work needs texts that were not sent. No failure of the work, so that nothing takes it for one on its way."""

    def __init__(self, paths: Iterable[str]) -> None:
        super().__init__()
        self.paths = frozenset(paths)


class Parcel(Mapping[str, bytes]):
    """Path -> bytes, with every path that there is; a look at bytes that were not sent raises WantedError."""

    def __init__(self, paths: Iterable[str], sent: Mapping[str, bytes]) -> None:
        self._paths = dict.fromkeys(paths)
        self._sent = sent  # of these paths, and maybe of others

    def __getitem__(self, path: str) -> bytes:
        if path not in self._paths:
            raise KeyError(path)
        if path not in self._sent:
            raise WantedError([path])
        return self._sent[path]

    def lots(self, paths: Iterable[str]) -> Iterator[Lot]:
        """The texts of many paths, in this order; all that were not sent are wanted at once."""
        wanted = tuple(paths)
        missing = [path for path in wanted if path not in self._sent and path in self._paths]
        if missing:
            raise WantedError(missing)
        return (Lot.of(path, self[path]) for path in wanted)

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)

    def __contains__(self, path: object) -> bool:
        return path in self._paths


def for_all(look: Look) -> dict[str, bytes]:
    """The texts that the work on any engine may read: those with one of the first words, and both sides' own clients.

    A rewrite reads all of them: any may take a name from a file that changes.
    """
    root = look.settings.source_root
    modules = [look.settings.target.module, *(wrapper.module for wrapper in look.settings.wrappers)]
    own = {path for module in modules for path in module_candidates(module, root)}
    return dict(walk(look.texts, sorted(path for path in look.index.named | own if path in look.texts)))


def for_one(look: Look) -> set[str]:
    """The paths of the texts that the work on this engine will read, where it finds anything to do.

    These are its own files, and those outside that may import one of them. What else it reads shows as it goes.
    """
    engine, texts, index = look.engine, look.texts, look.index
    if not engine.owned(index.named) and not index.borrowers(engine, texts):
        return set()
    return engine.owned(texts) | (index.importers_of(engine) & texts.keys())
