"""`migrate revert`: an engine's files as they were before it moved, on a branch, unless somebody would be cut off."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from gitrepo import commit_files, git, write_files
from tinyplatform import CONFIG, PUBLISHER, tiny_platform

from migrator.cli import cli
from migrator.config import load
from migrator.errors import MigrateError
from migrator.repo import Repository
from migrator.reverting.merging import Reverted, without_change
from migrator.reverting.naming import branch_of

SERVICE = "backend/engines/strategy/service.py"
MOVED = "dual-bus/phase-2/strategy"
BRANCH = "dual-bus/revert/strategy"
HEARS = """\
from dual_messagebus_client import EngineType, MessageType, get_dual_bus_client


class Engine:
    async def start(self) -> None:
        self.bus = await get_dual_bus_client(EngineType.RISK)
        await self.bus.subscribe_to_engine_logic([MessageType.STRATEGY_SIGNAL], self.on_signal)

    async def on_signal(self, message: dict[str, str]) -> None:
        print(message)
"""
NAME = "strategy -> risk strategy.signal.*"


def migrate(root: Path, *arguments: str) -> Result:
    words = [*arguments, "--repo", str(root)]
    return CliRunner().invoke(cli, words, prog_name="migrate", catch_exceptions=False)


def revert(root: Path, *arguments: str) -> Result:
    return migrate(root, "revert", "--engine", "strategy", *arguments)


def merged(root: Path, *way: str) -> Path:
    """The platform with strategy moved, and its branch merged in this way."""
    assert migrate(root, "--engine", "strategy").exit_code == 0
    git(root, *(way or ("merge", "--quiet", "--no-ff", "--message", "Merge strategy")), MOVED)
    return root


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return merged(tiny_platform(tmp_path))


def at(root: Path, branch: str = BRANCH, path: str = SERVICE) -> str:
    return git(root, "show", f"{branch}:{path}", strip=False)


def refs(root: Path) -> str:
    return git(root, "for-each-ref", "--format=%(refname) %(objectname)")


WAYS = {
    "merge": ("merge", "--quiet", "--no-ff", "--message", "Merge strategy"),
    "fast-forward": ("merge", "--quiet", "--ff-only"),
    "cherry-pick": ("cherry-pick", "--keep-redundant-commits"),
}


@pytest.mark.parametrize("way", WAYS)
def test_the_files_become_what_they_were(tmp_path: Path, way: str) -> None:
    root = merged(tiny_platform(tmp_path), *WAYS[way])
    result = revert(root)
    assert (result.exit_code, result.stdout.split(";")[0]) == (0, f"strategy: branch {BRANCH} at {at_tip(root)}")
    assert at(root) == PUBLISHER
    assert git(root, "diff", "--name-only", "main", BRANCH) == SERVICE
    assert git(root, "rev-parse", f"{BRANCH}^") == git(root, "rev-parse", "main")


def at_tip(root: Path) -> str:
    return git(root, "rev-parse", "--short=12", BRANCH)


def test_a_squash_that_keeps_the_message_is_known_and_its_other_files_stay(tmp_path: Path) -> None:
    root = tiny_platform(tmp_path)
    migrate(root, "--engine", "strategy")
    message = git(root, "log", "-1", "--format=%B", MOVED)
    git(root, "merge", "--squash", "--quiet", MOVED)
    commit_files(root, {"README.md": "beside it\n"}, f"Strategy and its documents (#7)\n\n* {message}")
    assert revert(root).exit_code == 0
    assert (at(root), at(root, path="README.md")) == (PUBLISHER, "beside it\n")


def test_what_others_changed_since_stays(root: Path) -> None:
    commit_files(root, {SERVICE: "# of the desk\n" + at(root, "main"), "other.py": "x = 1\n"})
    assert revert(root).exit_code == 0
    assert at(root) == "# of the desk\n" + PUBLISHER
    assert at(root, path="other.py") == "x = 1\n"


def test_a_change_in_the_same_place_is_refused_with_its_line(root: Path) -> None:
    moved = at(root, "main")
    line = next(number for number, text in enumerate(moved.splitlines(), 1) if "publish_message" in text)
    commit_files(root, {SERVICE: "# first\n" + moved.replace("publish_message(", "publish_message(  # loud")})
    before = refs(root)
    result = revert(root)
    tip = git(root, "rev-parse", MOVED)[:12]
    assert (result.exit_code, result.stdout, refs(root)) == (1, "", before)
    place, mend = result.stderr.splitlines()
    assert place == f"migrate: strategy: {SERVICE}:{line + 1} was changed after {tip}"
    assert mend == "migrate: take those places back by hand, on a branch of your own"


def test_the_commit_says_what_it_takes_back_and_not_that_it_moved_anything(root: Path) -> None:
    revert(root)
    message = git(root, "log", "-1", "--format=%B", BRANCH)
    assert message.startswith("Take strategy back from the dual message bus\n")
    assert f"- {git(root, 'rev-parse', MOVED)}\n" in message
    assert "Migrate-Reverts: strategy\n" in message
    assert "Migrate-Engine" not in message


def test_a_second_run_makes_no_commit(root: Path) -> None:
    revert(root)
    before = refs(root)
    assert revert(root).stdout.startswith(f"strategy: nothing to do: branch {BRANCH} at ")
    assert refs(root) == before


def test_a_dry_run_prints_the_diff_and_writes_nothing(root: Path) -> None:
    before = refs(root), git(root, "count-objects", "--verbose")
    result = revert(root, "--dry-run")
    assert (result.exit_code, refs(root), git(root, "count-objects", "--verbose")) == (0, *before)
    assert result.stdout.startswith(f"diff --git a/{SERVICE} b/{SERVICE}\n")
    assert f"would make branch {BRANCH}" in result.stderr


def test_who_hears_the_engine_now_would_be_cut_off(tmp_path: Path) -> None:
    root = merged(tiny_platform(tmp_path, risk=HEARS))
    before = refs(root)
    result = revert(root)
    assert (result.exit_code, result.stdout, refs(root)) == (1, "", before)
    assert result.stderr.splitlines()[0] == f"migrate: strategy: to take it back would cut {NAME}"
    shown = revert(root, "--dry-run")
    assert (shown.exit_code, "A run would be refused." in shown.stderr) == (1, True)


def test_force_cuts_and_the_commit_keeps_it(tmp_path: Path) -> None:
    root = merged(tiny_platform(tmp_path, risk=HEARS))
    result = revert(root, "--force")
    assert (result.exit_code, f"  {NAME}: open\n" in result.stdout) == (0, True)
    trailer = git(root, "log", "-1", "--format=%(trailers:key=Migrate-Forced,valueonly)", BRANCH)
    assert trailer.strip() == f"{NAME} is cut"


def test_a_cut_that_engines_yaml_accepts_refuses_nothing(tmp_path: Path) -> None:
    edge = '\nedges:\n  - {from: strategy, to: risk, stream: "strategy.*", accept: risk asks for them as well}\n'
    root = merged(tiny_platform(tmp_path, risk=HEARS))
    (root / "engines.yaml").write_text(CONFIG + edge)
    result = revert(root)
    assert (result.exit_code, "accepted, risk asks for them as well" in " ".join(result.stdout.split())) == (0, True)


def test_who_is_still_on_the_old_server_hears_it_again(tmp_path: Path) -> None:
    config = CONFIG.replace("portfolio: {phase: 1,", "portfolio: {phase: 1, deferred: later,")
    listener = PUBLISHER.replace("await self.bus.publish(f", "await self.bus.subscribe(f").replace(
        '{symbol}", {"symbol": symbol})', '{symbol}", print)'
    )
    root = tiny_platform(tmp_path, portfolio=listener, config=config)
    migrate(root, "--engine", "strategy", "--force")
    git(root, "merge", "--quiet", "--ff-only", MOVED)
    found = json.loads(revert(root, "--json").stdout)
    assert (found["status"], found["cuts"], found["refused"]) == ("committed", [], False)
    assert [(each["publisher"], each["consumer"]) for each in found["joins"]] == [("strategy", "portfolio")]
    assert (found["files"], found["takes_back"]) == ([SERVICE], [git(root, "rev-parse", MOVED)])


def test_without_a_commit_that_moved_it_there_is_nothing_to_take_back(tmp_path: Path) -> None:
    result = revert(tiny_platform(tmp_path))
    said = (
        "migrate: strategy: no commit of the base says that it moved it, or it was taken back since; name those that "
        'did with "--commit REV", the newest first\n'
    )
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", said)


def test_a_commit_that_is_none_is_named_with_its_own_option(root: Path) -> None:
    result = revert(root, "--commit", "nowhere")
    sentence = f'migrate: "nowhere" is not a commit in {root}; name a branch, tag or commit with --commit\n'
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", sentence)


def test_a_commit_of_a_person_can_be_named(tmp_path: Path) -> None:
    root = tiny_platform(tmp_path)
    by_hand = commit_files(root, {SERVICE: HEARS}, "Strategy moves")
    commit_files(root, {"other.py": "x = 1\n"})
    assert revert(root, "--commit", by_hand[:9]).exit_code == 0
    assert at(root) == PUBLISHER


def test_once_taken_back_it_can_move_and_be_taken_back_again(root: Path) -> None:
    revert(root)
    git(root, "merge", "--quiet", "--no-ff", "--message", "Take strategy back", BRANCH)
    assert "or it was taken back since" in revert(root).stderr
    git(root, "branch", "--quiet", "-D", MOVED)
    merged(root)
    assert revert(root).exit_code == 0
    assert at(root) == PUBLISHER


def test_what_a_person_reverted_is_not_reverted_again(root: Path) -> None:
    git(root, "revert", "--no-edit", MOVED)
    tip = git(root, "rev-parse", MOVED)[:12]
    said = f"migrate: strategy: nothing of {tip} is left in the base to take back\n"
    assert (revert(root).exit_code, revert(root).stderr) == (1, said)


def test_a_persons_commits_on_the_branch_are_left_alone(root: Path) -> None:
    revert(root)
    git(root, "switch", "--quiet", BRANCH)
    tip = commit_files(root, {"mine.py": "x = 1\n"}, "By hand")
    git(root, "switch", "--quiet", "main")
    result = revert(root)
    assert (result.exit_code, git(root, "rev-parse", BRANCH)) == (1, tip)
    assert f"branch {BRANCH} holds commits that are not ours" in result.stderr


def test_a_branch_that_is_checked_out_is_not_moved(root: Path) -> None:
    revert(root)
    git(root, "switch", "--quiet", BRANCH)
    tip = git(root, "rev-parse", BRANCH)
    git(root, "update-ref", "refs/heads/main", commit_of_main(root))
    result = revert(root)
    assert (result.exit_code, git(root, "rev-parse", BRANCH)) == (1, tip)
    assert f"branch {BRANCH} is checked out in {root}" in result.stderr


def commit_of_main(root: Path) -> str:
    """A commit on top of main that nobody has checked out."""
    tree = git(root, "rev-parse", "main^{tree}")
    return git(root, "commit-tree", "-p", "main", "-m", "Later", tree)


def test_files_that_several_engines_share_are_left_to_a_person(root: Path) -> None:
    write_files(root, {"engines.yaml": CONFIG + "shared: [common]\n"})
    commit_files(root, {"backend/common/a.py": "x = 1\n"})
    both = commit_files(root, {"backend/common/a.py": "x = 2\n", SERVICE: HEARS}, "By hand")
    result = revert(root, "--commit", both)
    said = f"migrate: strategy: backend/common/a.py is shared: {both[:12]} changed it for other engines, too"
    assert (result.exit_code, result.stderr.splitlines()[0]) == (1, said)


def test_a_file_that_is_gone_or_was_made_then_is_named(root: Path) -> None:
    new = "backend/engines/strategy/new.py"
    made = commit_files(root, {new: "x = 1\n"}, "By hand")
    assert f"strategy: {new} was made by {made[:12]}" in revert(root, "--commit", made).stderr
    git(root, "mv", SERVICE, "backend/engines/strategy/renamed.py")
    git(root, "commit", "--quiet", "--message", "Rename")
    assert f"strategy: {SERVICE} is not in the base any more" in revert(root).stderr


PATTERNS = {
    "dual-bus/phase-{phase}/{engine}": "dual-bus/revert/strategy",
    "{phase}/{engine}": "revert/strategy",
    "move/{engine}": "move/revert-strategy",
    "move-{engine}-{phase}": "revert/strategy",
}


@pytest.mark.parametrize("pattern", PATTERNS)
def test_the_branch_is_named_by_the_campaigns_pattern(tmp_path: Path, pattern: str) -> None:
    path = tmp_path / "engines.yaml"
    path.write_text(CONFIG.replace("dual-bus/phase-{phase}/{engine}", f'"{pattern}"'))
    campaign = load(path)
    assert branch_of(campaign, campaign.engine("strategy")) == PATTERNS[pattern]


def test_a_name_that_is_another_engines_branch_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "engines.yaml"
    other = "  revert-strategy: {phase: 1, port: 1, paths: [a], engine_type: A}\n"
    path.write_text(CONFIG.replace("dual-bus/phase-{phase}/{engine}", '"move/{engine}"') + other)
    campaign = load(path)
    with pytest.raises(MigrateError, match="is move/revert-strategy, which is the branch of revert-strategy"):
        branch_of(campaign, campaign.engine("strategy"))


NUMBERS = "".join(f"{number}\n" for number in range(1, 21)).encode()


def changed(text: bytes, **lines: str) -> bytes:
    for old, new in lines.items():
        text = text.replace(f"\n{old[1:]}\n".encode(), f"\n{new}\n".encode() if new else b"\n")
    return text


CONFLICTS = {
    "none": (changed(NUMBERS, _5="five", _15="fifteen"), ()),
    "one, below lines that the change took away": (changed(NUMBERS, _5="five", _15="other"), (15,)),
    "two": (changed(NUMBERS, _5="this", _15="that"), (5, 15)),
    "what was to change is gone": (changed(NUMBERS, _5="five", _15=""), (15,)),
}


@pytest.mark.parametrize("name", CONFLICTS)
def test_a_conflict_is_told_by_the_line_of_the_present_text(root: Path, name: str) -> None:
    now, lines = CONFLICTS[name]
    after = changed(NUMBERS, _5="five", _15="fifteen")
    before = changed(NUMBERS, _5="", _15="XV")
    assert without_change(Repository.open(root), now, after, before).conflicts == lines


def test_a_text_without_line_feeds_merges_too(root: Path) -> None:
    repository = Repository.open(root)
    assert without_change(repository, b"a", b"b", b"c").conflicts == (1,)
    assert without_change(repository, b"a\r\nb\r\nc\r\nX", b"a\r\nb\r\nc\r\nd", b"A\r\nb\r\nc\r\nd") == Reverted(
        b"A\r\nb\r\nc\r\nX"
    )
