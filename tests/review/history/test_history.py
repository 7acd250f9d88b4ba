"""Every commit of a fleet's history gets the verdicts that a Talos operator gives, each with its source and its lines."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from replayed import Expected, Told, read
from repository_on_disk import git

from talos_gpu.catalog import Version
from talos_gpu.cli.app import run
from talos_gpu.review.impact.rule import rules
from talos_gpu.review.impact.verdict import DANGERS, VERDICTS, Cause, ClusterImpact
from talos_gpu.review.reviewing import costs
from talos_gpu.review.revisions import compared
from talos_gpu.review.states import difference
from talos_gpu.review.telling.text import text
from talos_gpu.review.telling.words import scope_reboots, verdict_of

HISTORY = read()[1]
KUBERNETES = "kubernetes"
RULES = {rule.id: rule for rule in rules()}
every_commit = pytest.mark.parametrize("told", HISTORY, ids=[told.message for told in HISTORY])


def verdicts(impact: ClusterImpact) -> dict[str, str]:
    """Scope to verdict."""
    return {scope.name or KUBERNETES: scope.verdict for scope in impact.scopes}


def worst_rules(impact: ClusterImpact) -> dict[str, set[str]]:
    """Scope to the rows that are the worst of it, where it costs anything."""
    return {
        scope.name or KUBERNETES: {cause.rule for cause in scope.causes if cause.verdict == scope.verdict}
        for scope in impact.scopes
        if scope.verdict != "none"
    }


@every_commit
def test_an_operator_says_the_same(fleet, review, told: Told) -> None:
    """Of every pool and of the Kubernetes side, for the reasons that the operator gives; and of nothing else."""
    found = {impact.name: impact for impact in review(*fleet.of(told)).impacts}
    assert found.keys() == told.expect.keys(), told.why
    for name, expected in told.expect.items():
        assert verdicts(found[name]) == expected.verdicts, told.why
        assert worst_rules(found[name]) == expected.rules, told.why
        assert found[name].status == expected.status


@every_commit
def test_what_was_not_rendered_is_unknown(fleet, review, told: Told) -> None:
    """A profile that changed without its output; of all else the worst cluster counts."""
    found = review(*fleet.of(told))
    said = {verdict for expected in told.expect.values() for verdict in expected.verdicts.values()}
    assert verdict_of(found) == ("unknown" if told.refused else max(said, key=VERDICTS.index))


@every_commit
def test_the_rollout_is_what_it_costs(fleet, review, told: Told) -> None:
    """So many reboots, and no step where nothing has to be done; what cannot be done as it is prints no command."""
    rollouts = {rollout.cluster: rollout for rollout in review(*fleet.of(told)).rollouts}
    for name, expected in told.expect.items():
        rollout = rollouts[name]
        assert rollout.reboots == expected.reboots, told.why
        assert bool(rollout.blocked) == expected.blocked, rollout.blocked
        assert bool(rollout.steps) == _costs(expected) or rollout.blocked
        assert not (rollout.blocked and any(step.command for step in rollout.steps))
    for impact in review(*fleet.of(told)).impacts:
        pools = [scope_reboots(pool, rollouts[impact.name]) for pool in impact.pools]
        assert None in pools or sum(pools) == rollouts[impact.name].reboots or impact.status != "changed"


@every_commit
def test_a_step_on_a_node_is_for_a_pool_that_it_costs(fleet, review, told: Told) -> None:
    """Nobody is asked to touch a node of a pool whose verdict is none."""
    found = review(*fleet.of(told))
    for impact, rollout in zip(found.impacts, found.rollouts, strict=True):
        spared = {node for scope in impact.pools if scope.verdict == "none" for node in scope.nodes}
        spared -= {node for scope in impact.pools if scope.verdict != "none" for node in scope.nodes}
        assert not spared.intersection(step.node for step in rollout.steps)


@every_commit
def test_every_cause_has_a_source_and_a_place(fleet, review, told: Told) -> None:
    """The row that decides, its words and who says so; and a line that is there."""
    base, head = fleet.of(told)
    causes = [cause for impact in review(base, head).impacts for cause in impact.causes]
    assert bool(causes) == bool(told.expect)
    for cause in causes:
        rule = RULES[cause.rule]
        assert (cause.verdict, cause.why) == (rule.verdict, rule.why)
        assert cause.source == f"{rule.source} (checked {rule.checked})"
        # A job is made anew by the engine itself; whatever else is a danger asks for somebody's hand.
        assert cause.do or cause.verdict not in DANGERS or cause.rule == "job-template"
        assert _stands(fleet.folder, (head, base), cause)


@every_commit
def test_lines_lead_to_what_the_commit_changed(fleet, review, told: Told) -> None:
    """To the line itself; of what is gone, to a key above it. What a person wrote into dist/ has no line."""
    base, head = fleet.of(told)
    for impact in review(base, head).impacts:
        told_in_full = impact.status == "changed" and not impact.notes and not told.by_hand
        for cause in impact.causes:
            assert bool(cause.lines) == told_in_full or cause.verdict == "none", (cause.rule, cause.path)
            for line in cause.lines:
                assert line.file in told.edit, line
                assert line.line in _changed_lines(fleet.folder, base, head, line.file), (cause.rule, str(line))


@every_commit
def test_the_commands_tell_of_every_commit(here, review, capsys, told: Told) -> None:
    """They end well; the difference names every file or counts it among those that changed in form alone."""
    base, head = here.of(told)
    changed = git(here.folder, "diff", "--name-only", "--no-renames", base, head).splitlines()
    files = {path for path in changed if not path.endswith(".talos-gpu.json")}
    assert run(["diff", base, head]) == 0
    out = capsys.readouterr().out
    folded = sum(map(int, re.findall(r" in (\d+) files?$", "\n".join(_form_only(out)), re.MULTILINE)))
    assert len(files - set(_named(out))) == folded
    assert files <= set(_named(text(review(base, head).difference, full=True)))
    assert run(["impact", base, head]) == 0
    out = capsys.readouterr().out
    assert all(re.search(rf"^{name} \({expected.status}", out, re.MULTILINE) for name, expected in told.expect.items())


def test_the_whole_history_at_once(fleet, review) -> None:
    """The same fleet in one pull request: what came and went between is not told, and the worst stays the worst."""
    found = review(fleet.commits[0], fleet.commits[-1])
    assert {impact.name: impact.status for impact in found.impacts} == {
        "attic": "removed", "home": "added", "homelab": "removed", "lab": "changed",
    }  # fmt: skip
    lab = next(impact for impact in found.impacts if impact.name == "lab")
    assert lab.talos == ("v1.13.9", "v1.14.6")
    assert verdicts(lab) == {"cp": "node-upgrade", "gpu": "source-changed", KUBERNETES: "source-changed"}
    assert {"talos-changed", "schematic-changed", "mig-label", "registry-mirror"} <= {
        cause.rule for cause in lab.causes
    }
    (rollout,) = [one for one in found.rollouts if one.cluster == "lab"]
    # Three for the image, and two more of the GPU nodes: what they are told after it waits for a reboot.
    assert (rollout.reboots, rollout.blocked, rollout.releases) == (5, (), ("v1.13.9", "v1.14.6"))


@every_commit
def test_the_way_back_is_no_better(here, review, told: Told) -> None:
    """To an older release nobody promises anything, to an older minor it is refused; files cost the same both ways."""
    base, head = here.of(told)
    there = review(base, head).impacts
    back, rollouts = costs(difference(*compared(head, base, "dist")))
    assert {impact.name for impact in back} == told.expect.keys()
    for impact, rollout in zip(back, rollouts, strict=True):
        releases = [Version.parse(text) for text in impact.talos if text]
        if len(releases) == 2 and releases[1] < releases[0]:
            assert {scope.verdict for scope in impact.pools} == {"unknown"}
            assert "talos-older" in {cause.rule for cause in impact.causes}
            assert bool(rollout.blocked) == (releases[1].minor != releases[0].minor)
    harmless = {impact.name for impact in there if impact.verdict == "none"}
    assert harmless == {impact.name for impact in back if impact.verdict == "none"}


def test_the_history_is_worth_its_name() -> None:
    """Long enough, with every verdict in it, and a reason for each that nobody wrote twice."""
    assert len(HISTORY) >= 25
    said = {verdict for told in HISTORY for expected in told.expect.values() for verdict in expected.verdicts.values()}
    assert said == set(VERDICTS)
    assert len({told.message for told in HISTORY}) == len(HISTORY)
    assert all(told.why.endswith(".") for told in HISTORY)


def _costs(expected: Expected) -> bool:
    return any(verdict != "none" for verdict in expected.verdicts.values())


def _stands(folder, commits: tuple[str, str], cause: Cause) -> bool:
    """Whether the place is in one of the states, and so many lines long."""
    for commit in commits:
        kind = git(folder, "ls-tree", "--format=%(objecttype)", commit, cause.place.file.rstrip("/"))
        if kind == "tree" and not cause.place.line:
            return True
        if kind == "blob" and cause.place.line <= git(folder, "show", f"{commit}:{cause.place.file}").count("\n") + 1:
            return True
    return False


def _changed_lines(folder, base: str, head: str, file: str) -> set[int]:
    """Lines of the file as it is now that changed, and the keys above lines that are gone."""
    diff = git(folder, "diff", "--unified=0", "--no-renames", base, head, "--", file)
    now = git(folder, "show", f"{head}:{file}").splitlines()
    found: set[int] = set()
    for hunk in re.split(r"^@@ ", diff, flags=re.MULTILINE)[1:]:
        start, count = re.match(r"-\S+ \+(\d+)(?:,(\d+))?", hunk).groups()
        found.update(range(int(start), int(start) + int(count or 1)))
        gone = [line[1:] for line in hunk.splitlines()[1:] if line.startswith("-") and line[1:].strip()]
        if gone:
            found.update(_above(now[: int(start)], min(map(_indent, gone))))
    return found


def _above(lines: list[str], indent: int) -> Iterator[int]:
    """The keys that lead to something that stood below these lines, so far to the right."""
    for number in range(len(lines), 0, -1):
        text = lines[number - 1]
        if text.strip() and not text.lstrip().startswith("#") and _indent(text) < indent:
            indent = _indent(text)
            yield number


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _form_only(out: str) -> Iterator[str]:
    """What is said to have changed in form alone."""
    yield from (part for line in out.splitlines() if "form only:" in line for part in line.split("; "))


def _named(out: str) -> Iterator[str]:
    """The files that a difference lists."""
    for line in out.splitlines():
        found = re.match(r"^  [~+-] (\S+)", line)
        if found:
            yield found[1]
