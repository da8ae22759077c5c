"""What `migrate status` prints: a table and the next steps, Markdown for an issue, JSON for machines."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest
from gitrepo import commit_files, git
from statuses import BRANCH, SERVICE, campaign, edited_by_hand, migrate, states
from tinyplatform import PUBLISHER

from migrator.report.markdown import code, plain
from migrator.report.plain import coloured
from migrator.report.status_text import status_text
from migrator.status.run import Options, status


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """One engine's branch is edited by hand and behind, one has nothing to move, legacy use came back in the third."""
    root = campaign(tmp_path, risk=PUBLISHER)
    assert migrate(root, "--engine", "strategy").exit_code == 0
    edited_by_hand(root)
    commit_files(root, {"README.md": "new\n"})
    return root


def test_people_get_a_table_and_what_to_type(root: Path) -> None:
    base = git(root, "rev-parse", "main")[:12]
    assert migrate(root, "status").stdout.splitlines() == [
        "engine    phase state",
        "portfolio     1 nothing to move",
        "strategy      1 edited by hand",
        "risk          - legacy use came back",
        "",
        f"3 engines at main ({base}): 1 edited by hand, 1 legacy use came back, 1",
        "  nothing to move.",
        "",
        "What to type next",
        "  portfolio: it does not use the target; if nothing of it is to move, say so",
        "    with `deferred: reason` on portfolio",
        "  strategy: branch dual-bus/phase-1/strategy, 1 commit of a person's, 1 commit",
        "    behind main",
        "    migrate --engine strategy",
        "  risk: engines.yaml calls it migrated, and main has legacy use at",
        "    backend/engines/risk/service.py:3",
        "    migrate check --engine risk",
    ]


def test_an_issue_gets_a_table_of_markdown(root: Path) -> None:
    base = git(root, "rev-parse", "main")[:12]
    reason = (
        "it does not use the target; if nothing of it is to move, say so with &#96;deferred: reason&#96; on portfolio"
    )
    edited = "branch dual-bus/phase-1/strategy, 1 commit of a person's, 1 commit behind main"
    back = "engines.yaml calls it migrated, and main has legacy use at backend/engines/risk/service.py:3"
    assert migrate(root, "status", "--markdown").stdout.splitlines() == [
        f"0 of 3 engines are merged at `main` ({base}).",
        "",
        "| | engine | phase | state | what there is | next |",
        "|---|---|---|---|---|---|",
        f"| &#9744; | portfolio | 1 | nothing to move | {reason} |  |",
        f"| &#9744; | strategy | 1 | edited by hand | {edited} | `migrate --engine strategy` |",
        f"| &#9744; | risk |  | legacy use came back | {back} | `migrate check --engine risk` |",
    ]


def test_text_stays_text_in_a_cell_of_markdown() -> None:
    assert plain("a*b|<c> @d") == "a&#42;b&#124;&#60;c&#62; &#64;d"
    assert plain("snake_case _x_ [y](z)") == "snake_case &#95;x&#95; &#91;y](z)"
    assert code("a|b") == "`a\\|b`"
    assert code("a`b") == "``a`b``"


def test_machines_get_the_facts(root: Path) -> None:
    result = json.loads(migrate(root, "status", "--json").stdout)
    base, tip = git(root, "rev-parse", "main", BRANCH).split()
    assert (result["base"], result["base_name"], result["exit_code"]) == (base, "main", 0)
    (engine,) = (each for each in result["engines"] if each["engine"] == "strategy")
    assert engine["branch"] == {
        "name": BRANCH,
        "at": tip,
        "remote": "",
        "pushed": [],
        "elsewhere": [],
        "is_tag_too": False,
        "ahead": 2,
        "behind": 1,
        "foreign": 1,
        "conflicts": [],
        "checked_out": "",
        "beside": "",
        "advice": [],
    }
    assert engine["ledger"] == {"found": 6, "rewrite": 6, "ask": 0, "keep": 0, "refuse": 0, "suppressed": 0}
    assert [left["where"] for left in engine["left"]] == [f"{SERVICE}:3"]
    assert (engine["moved"], engine["last_failure"], engine["questions"]) == (None, "", [])


def test_nothing_is_written(root: Path) -> None:
    def picture() -> tuple[str, ...]:
        return git(root, "for-each-ref"), git(root, "count-objects", "--verbose"), git(root, "status", "--porcelain=v2")

    before = picture()
    for form in ([], ["--markdown"], ["--json"]):
        assert migrate(root, "status", *form).exit_code == 0
    assert picture() == before


def test_one_engine_or_one_phase_may_be_asked_for(root: Path) -> None:
    assert list(states(root, "--engine", "risk")) == ["risk"]
    assert list(states(root, "--phase", "1")) == ["portfolio", "strategy"]
    assert migrate(root, "status", "--engine", "risky").exit_code == 2
    assert migrate(root, "status", "--json", "--markdown").stderr == (
        "migrate: --markdown and --json are two forms; keep one of them\n"
    )


def test_commands_name_the_configuration_and_the_base_where_they_were_named(root: Path) -> None:
    config = str(root / "engines.yaml")
    found = states(root, "--config", config, "--base", "main~1")
    assert found["strategy"]["next"] == [f"git show {BRANCH}"]
    assert found["risk"]["next"] == [f"migrate check --engine risk --config {config}"]
    git(root, "branch", "--delete", "--force", BRANCH)
    found = states(root, "--config", config, "--base", "main~1")
    assert found["strategy"]["next"] == [f"migrate --engine strategy --config {config} --base 'main~1'"]


def test_commands_name_the_repository_where_it_is_not_the_present_folder(root: Path) -> None:
    result = migrate(root.parent, "status", "--json", "--repo", str(root))
    found = {each["engine"]: each["next"] for each in json.loads(result.stdout)["engines"]}
    assert found["strategy"] == [f"migrate --engine strategy --repo {root}"]
    assert found["risk"] == [f"migrate check --engine risk --repo {root}"]
    assert migrate(root.parent, "--engine", "strategy", "--repo", str(root)).exit_code == 4
    result = migrate(root.parent, "status", "--json", "--engine", "strategy", "--repo", str(root))
    whole = json.loads(result.stdout)["engines"][0]["next"]
    assert [shlex.split(command)[:4] for command in whole] == [["git", "-C", str(root), "rebase"]]


def test_a_branch_is_to_be_pushed_where_there_is_one_remote_that_lacks_it(root: Path) -> None:
    git(root, "init", "--quiet", "--bare", str(root.parent / "origin.git"))
    git(root, "remote", "add", "origin", str(root.parent / "origin.git"))
    git(root, "reset", "--quiet", "--hard", "HEAD~1")
    assert states(root)["strategy"]["next"] == [f"git push origin {BRANCH}"]
    git(root, "branch", "--force", BRANCH, f"{BRANCH}~1")
    assert states(root)["strategy"]["next"] == ["migrate --engine strategy --push origin"]
    git(root, "push", "--quiet", "origin", BRANCH)
    assert states(root)["strategy"]["next"] == ["git switch main", f"git merge --no-ff {BRANCH}"]
    assert states(root)["strategy"]["detail"] == f"branch {BRANCH}, pushed to origin"
    edited_by_hand(root)
    detail = f"branch {BRANCH}, 1 commit of a person's, at another commit on origin"
    assert states(root)["strategy"]["detail"] == detail


def test_states_have_colours_on_a_terminal(root: Path) -> None:
    shown = status_text(status(Options(repo=str(root)), lambda what, done, total: None), coloured)
    assert "\x1b[31mlegacy use came back\x1b[0m" in shown
    assert "\x1b[33medited by hand\x1b[0m" in shown
    assert "portfolio     1 nothing to move\n" in shown
