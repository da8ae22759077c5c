"""One engine's failure stays its own, and a change that is not sound becomes no branch."""

from __future__ import annotations

from pathlib import Path

import pytest
from changes import CHANGE, SERVICE
from gitrepo import commit_files
from msgspec.structs import replace
from tinyplatform import tiny_platform

from codemods.model import Fault, Ledger
from migrator.attempt import Attempt, attempt, disagreements, failed_proofs, faults_of, with_links
from migrator.errors import MigrateError
from migrator.ground import Ground, open_campaign, read_ground

FAULT = Fault("awaits", SERVICE, 3, "publish_message() is not awaited", clients=("a.py:1 Bus",))
STRATEGY = "strategy"


@pytest.fixture
def ground(tmp_path: Path) -> Ground:
    """The tiny platform, with a symbolic link among the engine's files."""
    folder = tmp_path / "platform/backend/engines/strategy"
    root = tiny_platform(tmp_path)
    (folder / "linked.py").symlink_to("/etc/passwd")
    commit_files(root, {}, "Link")
    return read_ground(*open_campaign(str(root), None), None)


def test_work_that_goes_well_gives_its_value() -> None:
    assert attempt("ml", lambda: 7) == Attempt(7)


def test_a_sentence_for_people_is_kept_with_the_engine_before_it() -> None:
    def work() -> None:
        raise MigrateError("the contract lacks ML")

    assert attempt("ml", work) == Attempt(problems=("ml: the contract lacks ML",))


def test_the_unexpected_names_its_line_and_keeps_its_traceback() -> None:
    def work() -> None:
        raise KeyError("client")

    result = attempt("ml", work)
    line = work.__code__.co_firstlineno + 1
    assert result.problems == (
        f"ml: internal error at tests/test_attempt.py:{line} (KeyError: 'client'); nothing was written for it. "
        "Please report this with the traceback.",
    )
    assert result.trace.splitlines()[0] == "Traceback (most recent call last):"
    assert result.trace.splitlines()[-1] == "KeyError: 'client'"


def test_an_interruption_is_nobodys_failure() -> None:
    def work() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        attempt("ml", work)


FAULTS = {
    "none for a sound change": (CHANGE, ()),
    "none for a failed proof, which took its client back": (replace(CHANGE, faults=(FAULT,)), ()),
    "a ledger that lost a site": (
        replace(CHANGE, ledger=replace(CHANGE.ledger, found=8)),
        (
            "strategy: internal error: the ledger does not add up (Ledger(found=8, rewrite=2, ask=1, keep=1, refuse=3, "
            "suppressed=0)); nothing was written for it",
        ),
    ),
    "a ledger that is not the one of the sites": (
        replace(CHANGE, ledger=Ledger(found=7, rewrite=7)),
        (
            "strategy: internal error: the ledger does not add up (Ledger(found=7, rewrite=7, ask=0, keep=0, refuse=0, "
            "suppressed=0)); nothing was written for it",
        ),
    ),
    "a file whose sites are counted with another": (
        replace(CHANGE, found={SERVICE: 6, "backend/engines/strategy/old.py": 1}),
        tuple(
            f"strategy: internal error: the ledger of backend/engines/strategy/{file}.py does not add up "
            f"(Ledger(found={found}, {counted}, suppressed=0)); nothing was written for it"
            for file, found, counted in (
                ("old", 1, "rewrite=0, ask=0, keep=0, refuse=0"),
                ("service", 6, "rewrite=2, ask=1, keep=1, refuse=3"),
            )
        ),
    ),
    "a file of another engine": (
        replace(CHANGE, texts={"backend/engines/strategy_two/service.py": b""}),
        (
            "strategy: internal error: backend/engines/strategy_two/service.py would change, and belongs neither to it "
            "nor to `shared`",
        ),
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_faults(ground: Ground, name: str) -> None:
    change, faults = FAULTS[name]
    assert faults_of(change, ground.campaign.engine(STRATEGY), ground) == faults


def test_a_failed_proof_names_the_clients_that_stay_and_whose_fault_it_is() -> None:
    start = f"strategy: the proof failed: {SERVICE}:3: awaits: publish_message() is not awaited. So"
    end = "This is a fault of migrate, not of the code: please report it with the lines below"
    two = replace(FAULT, clients=("a.py:1 Bus", "b.py:2 Redis"))
    assert failed_proofs(replace(CHANGE, faults=(FAULT, two))) == (
        f"{start} a.py:1 Bus stays whole as before. {end}",
        f"{start} a.py:1 Bus and b.py:2 Redis stay whole as before. {end}",
    )


def test_a_text_that_is_the_old_one_is_a_fault(ground: Ground) -> None:
    same = replace(CHANGE, texts={SERVICE: ground.texts[SERVICE]})
    assert faults_of(same, ground.campaign.engine(STRATEGY), ground) == (
        f"strategy: internal error: {SERVICE} is said to change, and does not",
    )


def test_two_engines_must_change_a_shared_file_alike() -> None:
    assert disagreements(CHANGE, {SERVICE: ("ml", b"moved = True\n")}) == ()
    assert disagreements(CHANGE, {SERVICE: ("ml", b"moved = 1\n")}) == (
        f"strategy: {SERVICE} would change otherwise than on the branch of ml; migrate both engines by hand there, "
        "or take the file out of `shared`",
    )


def test_a_symbolic_link_is_not_read_and_is_noted(ground: Ground) -> None:
    link = "backend/engines/strategy/linked.py"
    assert link not in ground.texts
    assert with_links(CHANGE, ground.campaign.engine(STRATEGY), ground).notes == (
        *CHANGE.notes,
        f"{link} is a symbolic link; it was not read and stays as it is",
    )
