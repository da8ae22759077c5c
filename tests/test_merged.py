"""Whether an engine is merged: told by a scan of the base, whatever way its change came there."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from gitrepo import commit_files, git
from tinyplatform import ASKING, CONFIG, PUBLISHER, tiny_platform

from migrator.cli import cli
from migrator.errors import WRONG_USAGE, MigrateError
from migrator.ground import open_campaign, read_ground
from migrator.merged import Merged, acceptance, merged
from migrator.scan import scan_ground

SERVICE = "backend/engines/strategy/service.py"
BRANCH = "dual-bus/phase-2/strategy"
NATIVE = """\
from dual_messagebus_client import EngineType, MessageType, get_dual_bus_client


class Engine:
    async def start(self) -> None:
        self.bus = await get_dual_bus_client(EngineType.STRATEGY)

    async def signal(self) -> None:
        await self.bus.publish_message(MessageType.STRATEGY_SIGNAL, {"symbol": "A"})
"""
LISTENER = """\

    async def listen(self) -> None:
        import redis
        listener = redis.Redis(host="localhost", port=6379).pubsub()
        listener.subscribe("news")
"""
NEWS = f"{SERVICE}:Engine.listen:redis.Redis"
QUESTION = "route:portfolio.weights.*"


def accepting(**accepted: str) -> str:
    listed = ", ".join(f'"{key}": {reason}' for key, reason in accepted.items())
    return CONFIG.replace("engine_type: STRATEGY}", f"engine_type: STRATEGY, accepted: {{{listed}}}}}")


def look(root: Path, engine: str = "strategy") -> Merged:
    """What a scan of the base says of the engine."""
    repository, campaign = open_campaign(str(root), None)
    scanned = scan_ground(read_ground(repository, campaign, None), None, (), lambda *_: None)
    return next(merged(campaign.engine(engine), scan) for scan in scanned.campaign if scan.engine == engine)


def of(tmp_path: Path, code: str, config: str = CONFIG) -> Merged:
    return look(tiny_platform(tmp_path, strategy=code, config=config))


def keys(found: Merged) -> list[tuple[str, str]]:
    return [(each.key, each.accepted) for each in found.left]


def test_an_engine_that_can_be_moved_is_not_merged(tmp_path: Path) -> None:
    found = of(tmp_path, PUBLISHER)
    why = f"the legacy client at {SERVICE}:3 can be moved and is not"
    assert (found.merged, found.reason, keys(found)) == (False, why, [("", "")])


WAYS = {
    "merge": (("merge", "--no-ff", "--message", "Merge", BRANCH),),
    "fast-forward": (("merge", "--ff-only", BRANCH),),
    "squash": (("merge", "--squash", BRANCH), ("commit", "--message", "Everything about strategy")),
    "rebase": (
        ("commit", "--allow-empty", "--message", "Something else"),
        ("rebase", "main", BRANCH),
        ("checkout", "main"),
        ("merge", "--ff-only", BRANCH),
    ),
    "cherry-pick": (("commit", "--allow-empty", "--message", "Something else"), ("cherry-pick", BRANCH)),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_branch_that_came_to_the_base_is_merged_whatever_the_way(tmp_path: Path, way: str) -> None:
    root = tiny_platform(tmp_path, strategy=PUBLISHER)
    assert CliRunner().invoke(cli, ["--engine", "strategy", "--repo", str(root)]).exit_code == 0
    assert not look(root).merged
    for command in WAYS[way]:
        git(root, *command)
    assert look(root) == Merged("strategy", True, "it uses the target, and no legacy bus use is left in it")


def test_a_change_that_a_person_wrote_is_merged_too(tmp_path: Path) -> None:
    assert of(tmp_path, NATIVE).merged


def test_an_engine_without_any_bus_use_is_not_merged(tmp_path: Path) -> None:
    """Perhaps nothing was found because engines.yaml names the wrong paths."""
    found = of(tmp_path, "LIMIT = 3\n")
    why = "it does not use the target; if nothing of it is to move, say so with `deferred: reason` on strategy"
    assert (found.merged, found.reason, found.left) == (False, why, ())


def test_what_is_refused_stays_open_until_it_is_accepted(tmp_path: Path) -> None:
    found = of(tmp_path / "open", NATIVE + LISTENER)
    assert (found.merged, found.reason) == (False, f'it is not accepted that "{NEWS}" stays legacy')
    assert (keys(found), found.open) == ([(NEWS, "")], found.left)
    assert acceptance(found.left) == f'accepted:\n  "{NEWS}": why it may stay\n'
    found = of(tmp_path / "accepted", NATIVE + LISTENER, accepting(**{NEWS: "news end in May"}))
    assert (found.merged, keys(found), found.open) == (True, [(NEWS, "news end in May")], ())
    assert found.reason == "it uses the target, and what is legacy in it is accepted (1)"


def test_an_engine_of_which_nothing_can_be_moved_is_deferred_and_not_accepted(tmp_path: Path) -> None:
    """An acceptance would be asked for first, and `deferred` after it."""
    found = of(tmp_path, f"class Engine:{LISTENER}")
    why = "nothing of it can be moved by the tool; a person moves it, or say so with `deferred: reason` on strategy"
    assert (found.merged, found.reason, keys(found), found.uses_target) == (False, why, [(NEWS, "")], False)


def test_an_acceptance_stays_when_lines_move(tmp_path: Path) -> None:
    config = accepting(**{NEWS: "news end in May"})
    assert of(tmp_path, "# one\n# two\n" + NATIVE + "\n# three\n" + LISTENER, config).merged


def test_one_acceptance_does_not_cover_a_second_client_beside_the_first(tmp_path: Path) -> None:
    twice = LISTENER + LISTENER.partition("import redis\n")[2].replace("listener", "other")
    root = tiny_platform(tmp_path, strategy=NATIVE + twice, config=accepting(**{NEWS: "news end in May"}))
    with pytest.raises(MigrateError, match=f'; did you mean "{NEWS} x2"'):
        look(root)
    both = accepting(**{f"{NEWS} x2": "news end in May"})
    (root / "engines.yaml").write_text(both)
    found = look(root)
    assert (found.merged, keys(found)) == (True, [(f"{NEWS} x2", "news end in May")])


def test_a_question_is_accepted_by_its_id(tmp_path: Path) -> None:
    found = of(tmp_path / "open", ASKING)
    assert (found.merged, keys(found)) == (False, [(QUESTION, "")])
    assert found.reason == f'it is not accepted that "{QUESTION}" stays legacy'
    found = of(tmp_path / "accepted", ASKING, accepting(**{QUESTION: "nobody reads it"}))
    assert (found.merged, found.open) == (False, ())
    assert found.reason.startswith("it does not use the target")


def test_what_could_be_moved_cannot_be_accepted(tmp_path: Path) -> None:
    key = f"{SERVICE}:Engine.start:BufferedMessageBusClient"
    root = tiny_platform(tmp_path, strategy=PUBLISHER, config=accepting(**{key: "no time"}))
    with pytest.raises(MigrateError) as caught:
        look(root)
    sentence = f'engines.yaml:18: nothing that is asked or refused in strategy is called "{key}"; take it out'
    assert (str(caught.value), caught.value.exit_code) == (sentence, WRONG_USAGE)


def test_a_comment_with_a_reason_is_an_acceptance_and_one_without_is_none(tmp_path: Path) -> None:
    kept = LISTENER.replace("6379).pubsub()", "6379).pubsub()  # migrate: keep the desk reads it")
    kept = kept.replace('"news")', '"news")  # migrate: keep the desk reads it')
    found = of(tmp_path / "with", NATIVE + kept)
    assert (found.merged, keys(found)) == (True, [("", "the desk reads it")])
    found = of(tmp_path / "without", NATIVE + kept.replace(" the desk reads it", ""))
    assert (found.merged, keys(found)) == (False, [("", "")])
    why = f"it is not accepted that {found.left[0].where} (kept by a comment without a reason) stays legacy"
    assert found.reason == why


def test_a_file_that_cannot_be_read_leaves_it_open(tmp_path: Path) -> None:
    found = of(tmp_path, NATIVE + "\nimport redis\ndef broken(:\n", accepting(anything="it may be called so"))
    assert not found.merged
    assert found.reason.startswith(f"what it uses is not known: {SERVICE}:12: ")


def test_a_merged_engine_is_not_merged_any_more_when_legacy_use_comes_back(tmp_path: Path) -> None:
    root = tiny_platform(tmp_path, strategy=NATIVE)
    assert look(root).merged
    commit_files(root, {SERVICE: NATIVE + LISTENER})
    assert not look(root).merged


def test_a_scan_tells_an_acceptance_that_fits_nothing(tmp_path: Path) -> None:
    wrong = NEWS.replace("listen", "hear")
    root = tiny_platform(tmp_path, strategy=NATIVE + LISTENER, config=accepting(**{wrong: "news end in May"}))
    result = CliRunner().invoke(cli, ["scan", "--repo", str(root)])
    mend = f'nothing that is asked or refused in strategy is called "{wrong}"; did you mean "{NEWS}"?'
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", f"migrate: engines.yaml:18: {mend}\n")
