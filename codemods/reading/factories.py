"""What calling a name from outside makes: a legacy client, its config, or a client of the target."""

from __future__ import annotations

from codemods.reading import atoms, legacy
from codemods.reading.atoms import Atom
from codemods.reading.contract import CLIENT as TARGET_CLIENT
from codemods.settings import Wrapper

TARGET_FACTORIES = {"get_dual_bus_client", "create_dual_bus_client", TARGET_CLIENT}


def made_by(wrappers: tuple[Wrapper, ...], target: str, dotted: str) -> Atom | None:
    """What calling this name makes: a client, a config, a client of the target; None for anything else."""
    owner, _, name = dotted.rpartition(".")
    for wrapper in wrappers:
        if owner == wrapper.module or owner.endswith(f".{wrapper.module}"):
            if name in wrapper.client:
                return Atom(atoms.CLIENT, wrapper.module)
            if name in wrapper.config:
                return Atom(atoms.CONFIG, wrapper.module)
    if (owner == target or owner.endswith(f".{target}")) and name in TARGET_FACTORIES:
        return Atom(atoms.DUAL)
    if legacy.is_client_class(dotted) or legacy.is_factory(dotted):
        return Atom(atoms.CLIENT, legacy.flavour(dotted) or legacy.SYNC)
    return None
