"""Who joined a lane, from where on, and which of them an entry is written for.

One lane serves all edges between the same two streams, or each entry would be put there twice. But each edge begins
where its own reader stood, and not all come at once: a second reader of a raw stream may move in a later phase. So:

- The edges whose readers are found on the target together join as one party. It has a group of its own on the source,
  which begins at the place of that of its readers who stands furthest back.
- A party writes what one of its edges wants: what came after that reader's last, or what it had not acknowledged.
- What an earlier party wants is that one's to write. So a later reader who stands further ahead brings nothing that
  was carried before, and one who stands further back brings what lies before the earlier ones' beginning.
- The new group of a later reader may begin behind copies that were written before it was there (`$`). Up to the newest
  of them it would miss what it did not read where it was, so that much is carried again, with the same origin.
- Who joined stays: a bridge carries for every party of its lanes, even where engines.yaml asks for fewer edges by now,
  since each leaves to earlier ones what they want.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from msgspec import Struct, json

from migrator.bridging.forms import Fields, Form, converted
from migrator.bridging.ids import ZERO, Order, before, order
from migrator.bridging.lanes import ANY_GROUP, read_by


class Member(Struct, frozen=True, dict=True):
    """One edge as it joined."""

    edge: str
    form: Form
    begin: str  # the last id that its reader was given on the source
    pending: tuple[str, ...] = ()  # ids up to there that the reader had not acknowledged
    missed: str = ZERO.decode()  # up to this id of the source, copies were there before the reader's new group
    groups: str = ANY_GROUP  # as of Reader

    @property
    def first(self) -> bytes:
        """The id behind which its entries begin."""
        return before(self.pending[0].encode()) if self.pending else self.begin.encode()

    @cached_property
    def _pending(self) -> frozenset[bytes]:
        return frozenset(each.encode() for each in self.pending)

    @cached_property
    def _begin(self) -> Order:
        return order(self.begin.encode())

    @cached_property
    def _missed(self) -> Order:
        return order(self.missed.encode())

    def may_miss(self, at: Order) -> bool:
        """Whether a copy of the entry that stands there may stand before the reader's new group."""
        return at <= self._missed

    def made_of(self, at: Order, number: bytes, fields: Fields, origin: bytes) -> dict[bytes, bytes] | None:
        """The entry in the form that the reader expects; None where the reader does not want it."""
        if at <= self._begin and number not in self._pending:
            return None
        return converted(self.form, fields, origin)


class Party(Struct, frozen=True):
    """The edges that joined together."""

    rank: int  # 1 for those that came first
    members: tuple[Member, ...]

    @property
    def edges(self) -> tuple[str, ...]:
        """Its edges, in words."""
        return tuple(member.edge for member in self.members)

    @property
    def first(self) -> bytes:
        """The id behind which its group begins."""
        return min((member.first for member in self.members), key=order)

    def made_of(
        self, at: Order, number: bytes, fields: Fields, origin: bytes, earlier: Sequence[Party] = ()
    ) -> dict[bytes, bytes] | None:
        """What this party writes of an entry; None where nobody wants it, or an earlier party writes it."""
        taken: bool | None = None
        for member in self.members:
            made = member.made_of(at, number, fields, origin)
            if made is not None:
                if taken is None:
                    taken = any(each.made_of(at, number, fields, origin) is not None for each in earlier)
                if not taken or member.may_miss(at):
                    return made
        return None

    def is_read(self, names: Iterable[str]) -> bool:
        """Whether one of its readers has a group among these of the target."""
        return any(read_by(member.groups, names) for member in self.members)


def encoded(members: Sequence[Member]) -> bytes:
    """The members of a party as the source keeps them."""
    return json.encode(members)


def parties_of(kept: Mapping[bytes, bytes]) -> list[Party]:
    """The parties of a lane, in the order in which they came; `kept` is what the source keeps of it."""
    found = [
        Party(int(field), json.decode(value, type=tuple[Member, ...]))
        for field, value in kept.items()
        if field.isdigit()
    ]
    return sorted(found, key=lambda party: party.rank)
