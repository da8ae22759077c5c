"""`migrate status`: the state of an engine at each turn of a campaign, and what to type next."""

from __future__ import annotations

from pathlib import Path

import pytest
from gitrepo import commit_files, git, write_files
from statuses import (
    BRANCH,
    LATER,
    ONE_PHASE,
    OTHER,
    SERVICE,
    campaign,
    edited_by_hand,
    migrate,
    states,
    strategy,
    typed,
)
from tinyplatform import ASKING, CONFIG, PUBLISHER

RUN = ["migrate --engine strategy"]
MERGE = ["git switch main", f"git merge --no-ff {BRANCH}"]
NO_LEGACY = "it uses the target, and no legacy bus use is left in it"
OTHER_FILE = "backend/engines/strategy/other.py"
STREAMS_FILE = "backend/engines/strategy/streams.py"
STREAMS = """\
import redis.asyncio as redis


class Orders:
    async def start(self) -> None:
        self.client = redis.Redis(host="localhost", port=6379)

    async def order(self) -> None:
        await self.client.xadd("orders", {"lot": "1"})
"""
PUBSUB = 'import redis\n\nclient = redis.Redis(host="localhost", port=6379)\nclient.publish("orders", "1")\n'


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The campaign once the engine's branch is there."""
    root = campaign(tmp_path)
    typed(root, RUN)
    return root


def test_who_types_what_is_said_comes_to_the_end(tmp_path: Path) -> None:
    root = campaign(tmp_path)
    seen = []
    while strategy(root)[2]:
        seen.append(strategy(root))
        typed(root, seen[-1][2])
    assert [*seen, strategy(root)] == [
        ("not started", "6 sites can be rewritten", RUN),
        ("branch ready", f"branch {BRANCH}", MERGE),
        ("merged", f"{NO_LEGACY}, and branch {BRANCH} is still there", [f"git branch -D {BRANCH}"]),
        ("merged", NO_LEGACY, []),
    ]


def test_an_open_question_comes_before_a_run(tmp_path: Path) -> None:
    assert strategy(campaign(tmp_path, strategy=ASKING)) == (
        "questions open",
        "1 question, for which 6 sites wait; 0 sites can be rewritten",
        ["migrate questions --engine strategy"],
    )


def test_what_is_refused_beside_a_question_does_not_wait_for_its_answer(tmp_path: Path) -> None:
    both = f"{ASKING}\n\n{PUBSUB}"
    _, detail, _ = strategy(campaign(tmp_path, strategy=both))
    assert detail.startswith("1 question, for which 6 sites wait; ")
    assert detail.endswith(" refused; 0 sites can be rewritten")


def test_an_engine_of_which_all_is_refused_is_left_to_a_person(tmp_path: Path) -> None:
    state, detail, steps = strategy(campaign(tmp_path, strategy=PUBSUB))
    assert (state, steps) == ("refusals only", ["migrate scan --engine strategy"])
    assert detail.startswith(f"legacy use at {SERVICE}:4 (")


def test_engines_without_bus_use_deferred_ones_and_those_that_cannot_be_read_are_told_apart(tmp_path: Path) -> None:
    config = ONE_PHASE.replace("engine_type: STRATEGY", "engine_type: STRATEGY, deferred: next year")
    root = campaign(tmp_path, config=config)
    found = states(root)
    assert {name: each["state"] for name, each in found.items()} == {
        "portfolio": "nothing to move",
        "strategy": "deferred",
        "risk": "merged",
    }
    assert migrate(root, "status").exit_code == 0
    commit_files(root, {SERVICE: "import redis\nbroken = (\n"})
    assert strategy(root)[0::2] == ("not judged", ["migrate scan --engine strategy"])
    assert f"{SERVICE}:2" in strategy(root)[1]
    assert migrate(root, "status").exit_code == 1


def test_what_a_failed_run_said_is_told(tmp_path: Path) -> None:
    root = campaign(tmp_path)
    git(root, "switch", "--quiet", "--create", BRANCH)
    migrate(root, "--engine", "strategy")
    git(root, "switch", "--quiet", "main")
    state, detail, _ = strategy(root)
    assert state == "not started"
    assert f"its last run failed: strategy: branch {BRANCH} is checked out in {root}." in detail


def test_a_branch_that_the_base_has_left_behind_is_made_again(root: Path) -> None:
    commit_files(root, {"README.md": "new\n"})
    assert strategy(root) == ("behind its base", f"branch {BRANCH}, 1 commit behind main", RUN)
    typed(root, RUN)
    assert strategy(root)[0] == "branch ready"


def test_a_branch_of_ours_that_conflicts_is_made_again(root: Path) -> None:
    commit_files(root, {SERVICE: PUBLISHER.replace('redis_host="localhost", ', "")})
    assert strategy(root) == (
        "conflicts with base",
        f"branch {BRANCH}, 1 commit behind main, in conflict with main in {SERVICE}",
        RUN,
    )
    typed(root, RUN)
    assert strategy(root)[0] == "branch ready"


def test_a_branch_edited_by_hand_can_be_merged_as_it_is(root: Path) -> None:
    edited_by_hand(root)
    assert strategy(root) == ("edited by hand", f"branch {BRANCH}, 1 commit of a person's", MERGE)
    typed(root, MERGE)
    assert strategy(root)[0] == "merged"


def test_a_branch_edited_by_hand_follows_the_base_in_two_steps(root: Path) -> None:
    """The new result goes beside it, and the commits go onto that."""
    edited_by_hand(root)
    ours = git(root, "rev-parse", f"{BRANCH}~1")
    commit_files(root, {"README.md": "new\n"})
    where = f"branch {BRANCH}, 1 commit of a person's, 1 commit behind main"
    assert strategy(root) == ("edited by hand", where, RUN)
    typed(root, RUN)
    rebase = f"git rebase --onto {BRANCH}-next {ours[:12]} {BRANCH}"
    assert strategy(root) == ("edited by hand", where, [rebase])
    typed(root, [rebase])
    where = f"branch {BRANCH}, 1 commit of a person's, checked out in {root}"
    assert strategy(root) == ("edited by hand", where, MERGE)
    typed(root, MERGE)
    assert strategy(root)[0::2] == ("merged", [f"git branch -D {BRANCH} {BRANCH}-next"])
    typed(root, strategy(root)[2])
    assert git(root, "branch", "--list", "dual-bus/*") == ""


def test_a_branch_edited_by_hand_that_conflicts_goes_the_same_way(root: Path) -> None:
    edited_by_hand(root)
    commit_files(root, {SERVICE: PUBLISHER.replace('redis_host="localhost", ', "")})
    assert strategy(root)[0::2] == ("conflicts with base", RUN)
    typed(root, RUN)
    state, _, steps = strategy(root)
    assert (state, steps[0].split(" ")[:3]) == ("conflicts with base", ["git", "rebase", "--onto"])


WAYS = {
    "squash": [["merge", "--quiet", "--squash", BRANCH], ["commit", "--quiet", "--no-edit"]],
    "rebase": [["rebase", "--quiet", "main", BRANCH], ["switch", "--quiet", "main"], ["merge", "--quiet", BRANCH]],
    "cherry-pick": [["cherry-pick", BRANCH]],
}


@pytest.mark.parametrize("way", WAYS)
def test_an_engine_is_merged_however_its_change_came(root: Path, way: str) -> None:
    commit_files(root, {"README.md": "new\n"})
    for command in WAYS[way]:
        git(root, *command, **LATER)
    assert states(root)["strategy"]["moved"] == {
        "commit": git(root, "rev-parse", "main"),
        "left": 0,
        "is_back": False,
    }
    typed(root, [*strategy(root)[2]])
    assert strategy(root) == ("merged", NO_LEGACY, [])


def test_a_merged_branch_with_a_persons_commits_is_not_offered_for_deletion(root: Path) -> None:
    git(root, "cherry-pick", BRANCH, **LATER)
    edited_by_hand(root)
    assert strategy(root)[0::2] == ("merged", [])


def test_legacy_use_that_comes_back_after_the_merge_is_told_with_its_place(root: Path) -> None:
    typed(root, [*MERGE, f"git branch -D {BRANCH}"])
    merged = git(root, "rev-parse", f"{git(root, 'rev-parse', 'main')}^2")
    commit_files(root, {OTHER_FILE: OTHER})
    state, detail, steps = strategy(root)
    assert (state, steps) == ("legacy use came back", RUN)
    assert detail == f"commit {merged[:12]} had moved it, and main has legacy use at {OTHER_FILE}:3"
    typed(root, RUN)
    assert strategy(root) == ("branch ready", f"branch {BRANCH}", MERGE)
    typed(root, MERGE)
    assert strategy(root)[0] == "merged"


def test_a_revert_brings_legacy_use_back(root: Path) -> None:
    git(root, "merge", "--quiet", "--ff-only", BRANCH)
    git(root, "revert", "--no-edit", "HEAD", **LATER)
    assert strategy(root)[0::2] == ("legacy use came back", RUN)


def test_an_engine_that_was_taken_back_may_move_again_and_no_use_of_it_came_back(root: Path) -> None:
    typed(root, [*MERGE, f"git branch -D {BRANCH}", "migrate revert --engine strategy --force"])
    typed(root, ["git merge --no-ff dual-bus/revert/strategy"])
    taken = git(root, "rev-parse", "--short=12", "dual-bus/revert/strategy")
    assert strategy(root) == ("not started", f"6 sites can be rewritten; commit {taken} took it back", RUN)
    typed(root, RUN)
    assert strategy(root) == ("branch ready", f"branch {BRANCH}; commit {taken} took it back", MERGE)
    typed(root, MERGE)
    assert strategy(root)[0] == "merged"


def test_an_engine_that_engines_yaml_keeps_whole_is_told_what_is_missing(tmp_path: Path) -> None:
    line = next(line.strip() for line in PUBLISHER.splitlines() if "BufferedMessageBusClient(" in line)
    keep = f"keep:\n  - {{path: {SERVICE}, code: '{line}', reason: the desk wants it}}\n"
    state, detail, steps = strategy(campaign(tmp_path, config=ONE_PHASE + keep))
    assert (state, steps) == ("refusals only", ["migrate scan --engine strategy"])
    missing = "if nothing of it is to move, say so with `deferred: reason` on strategy"
    assert detail == f"it does not use the target; {missing}"


def test_a_tag_with_the_name_of_a_branch_is_not_merged_in_its_place(root: Path) -> None:
    git(root, "tag", BRANCH)
    steps = strategy(root)[2]
    assert steps == ["git switch main", f"git merge --no-ff heads/{BRANCH}"]
    typed(root, steps)
    assert strategy(root)[0] == "merged"


def test_in_another_worktree_the_base_is_merged_into_where_it_is_checked_out(root: Path, tmp_path: Path) -> None:
    linked = tmp_path / "linked"
    git(root, "worktree", "add", "--quiet", "--detach", str(linked))
    assert strategy(linked)[2] == [f"git -C {root} merge --no-ff {BRANCH}"]
    typed(linked, strategy(linked)[2])
    assert strategy(linked)[0] == "merged"


def test_legacy_use_in_an_engine_that_is_said_to_be_migrated_has_come_back(tmp_path: Path) -> None:
    risk = states(campaign(tmp_path, risk=PUBLISHER))["risk"]
    assert (risk["phase"], risk["state"], risk["next"]) == (
        None,
        "legacy use came back",
        ["migrate check --engine risk"],
    )
    assert risk["detail"] == (
        "engines.yaml calls it migrated, and main has legacy use at backend/engines/risk/service.py:3"
    )


def test_what_the_merged_change_left_has_not_come_back(tmp_path: Path) -> None:
    root = campaign(tmp_path)
    commit_files(root, {STREAMS_FILE: STREAMS})
    typed(root, [*RUN, *MERGE, f"git branch -D {BRANCH}"])
    state, detail, steps = strategy(root)
    assert (state, steps) == ("partly merged", ["migrate questions --engine strategy"])
    assert detail.startswith(f"legacy use at {STREAMS_FILE}:9 (")
    route = "  - {match: orders, bus: engine_logic}\n"
    write_files(root, {"engines.yaml": ONE_PHASE.replace("routes:\n", f"routes:\n{route}")})
    assert strategy(root)[0::2] == ("partly merged", RUN)
    commit_files(root, {OTHER_FILE: OTHER})
    assert strategy(root)[0] == "legacy use came back"


def test_what_a_phase_must_wait_for_comes_first(tmp_path: Path) -> None:
    root = campaign(tmp_path, config=CONFIG, portfolio=PUBLISHER)
    assert states(root)["portfolio"]["next"] == ["migrate --engine portfolio"]
    waiting = states(root)["strategy"]
    assert (waiting["state"], waiting["next"]) == ("not started", ["migrate plan"])
    assert waiting["detail"].startswith("6 sites can be rewritten; phase 2 is merged after portfolio")
    assert migrate(root, "--engine", "strategy").exit_code == 1
    migrate(root, "--all")
    assert states(root)["strategy"]["next"] == ["migrate plan"]
    git(root, "merge", "--quiet", "--no-edit", "dual-bus/phase-1/portfolio")
    assert states(root)["strategy"]["next"] == RUN


def test_a_question_that_stands_beside_what_the_branch_moves_is_counted(tmp_path: Path) -> None:
    root = campaign(tmp_path)
    commit_files(root, {STREAMS_FILE: STREAMS})
    typed(root, RUN)
    assert strategy(root) == ("branch ready", f"branch {BRANCH}, 1 question open at main", MERGE)


def test_a_branch_that_git_cannot_read_is_one_engines_failure(root: Path) -> None:
    tip = git(root, "rev-parse", BRANCH)
    (root / ".git/objects" / tip[:2] / tip[2:]).unlink()
    found = states(root)
    assert {name: each["state"] for name, each in found.items()} == {
        "portfolio": "nothing to move",
        "strategy": "not judged",
        "risk": "merged",
    }
    assert found["strategy"]["detail"].startswith('strategy: "git rev-list" failed in ')


def test_a_branch_that_only_a_remote_has_is_seen(root: Path) -> None:
    clone = root.parent / "clone"
    git(root.parent, "clone", "--quiet", str(root), str(clone))
    assert strategy(clone) == (
        "branch ready",
        f"branch origin/{BRANCH}",
        ["git switch main", f"git merge --no-ff origin/{BRANCH}"],
    )
    typed(clone, strategy(clone)[2])
    assert strategy(clone) == ("merged", f"{NO_LEGACY}, and branch {BRANCH} is still there", [])


def test_a_branch_edited_by_hand_that_only_a_remote_has_is_fetched_before_it_follows_the_base(root: Path) -> None:
    tip = edited_by_hand(root)
    commit_files(root, {"README.md": "new\n"})
    clone = root.parent / "clone"
    git(root.parent, "clone", "--quiet", str(root), str(clone))
    assert strategy(clone)[2] == [f"git branch {BRANCH} origin/{BRANCH}"]
    typed(clone, strategy(clone)[2])
    assert git(clone, "rev-parse", BRANCH) == tip
    assert strategy(clone)[2] == RUN


def test_a_branch_of_another_history_is_left_to_a_person(root: Path) -> None:
    git(root, "branch", "--delete", "--force", BRANCH)
    git(root, "switch", "--quiet", "--orphan", BRANCH)
    commit_files(root, {"else.md": "else\n"})
    git(root, "switch", "--quiet", "main")
    state, detail, _ = strategy(root)
    assert state == "edited by hand"
    assert detail.endswith("which git cannot try to merge into main")
