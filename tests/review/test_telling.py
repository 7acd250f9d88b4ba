"""A difference as text for a terminal: what is told, what is folded, what is never quoted."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

import pytest

from talos_gpu.review.quotable.line import HIDDEN
from talos_gpu.review.states import Difference, State, difference
from talos_gpu.review.telling.text import text
from talos_gpu.review.tree import MemoryTree

Files = Mapping[str, str]


def ledger(cluster: str = "c", code: str = "0") -> str:
    return json.dumps(
        {"cluster": cluster, "code": code * 64, "files": {}, "inputs": {}, "profile": f"profiles/{cluster}.yaml", "row": {},
         "schema": 1, "tool": "talos-gpu"}
    )  # fmt: skip


def compared(before: Files, after: Files) -> Difference:
    trees = (MemoryTree(name, {path: text.encode() for path, text in files.items()}) for name, files in
             (("before", before), ("after", after)))  # fmt: skip
    return difference(*(State.of(tree, "dist") for tree in trees))


def told(before: Files, after: Files, *, full: bool = False) -> str:
    """The report of two states of the files of the cluster c."""
    states = ({"dist/c/.talos-gpu.json": ledger(), **{f"dist/c/{file}": text for file, text in files.items()}} for files in
              (before, after))  # fmt: skip
    return text(compared(*states), full=full)


def test_a_change_is_told_with_its_path_both_values_and_its_place() -> None:
    """From the root, so that an editor finds it."""
    values = "driver:\n  enabled: {}\n"
    assert told({"kubernetes/v.yaml": values.format("true")}, {"kubernetes/v.yaml": values.format("false")}) == (
        "dist: before -> after\n"
        "\n"
        "c changed (profiles/c.yaml)\n"
        "  ~ dist/c/kubernetes/v.yaml\n"
        "      ~ driver.enabled: true -> false  dist/c/kubernetes/v.yaml:2\n"
        "\n"
        "1 cluster: 1 changed, 0 unchanged; 1 file of the output and 0 files beside it\n"
    )


def test_objects_are_named() -> None:
    """What came or went whole stands on the line of its file."""
    made = "apiVersion: v1\nkind: {}\nmetadata: {{name: x, namespace: n}}\nspec: {{a: {}, b: 2, c: 3}}\n"
    report = told({"a.yaml": made.format("A", 1), "g.yaml": made.format("G", 1)},
                  {"a.yaml": made.format("A", 2), "n.yaml": made.format("N", 1)})  # fmt: skip
    assert "  ~ dist/c/a.yaml\n    ~ A n/x changed\n      ~ spec.a: 1 -> 2  dist/c/a.yaml:4\n" in report
    assert "  - dist/c/g.yaml  G n/x\n" in report
    assert "  + dist/c/n.yaml  N n/x\n" in report


def test_a_patch_that_went_is_shown() -> None:
    """It has no name that would say what it did. Of a cluster that went as a whole the file is enough."""
    patch, at = "machine: {sysctls: {net.core.bpf_jit_harden: '1'}}\n", "talos/patches/gpu/20-sysctls.yaml"
    row = f'      - machine.sysctls["net.core.bpf_jit_harden"]: "1"  dist/c/{at}:1\n'
    assert f"  - dist/c/{at}\n{row}" in told({at: patch}, {})
    gone = text(
        compared({"dist/c/.talos-gpu.json": ledger(), f"dist/c/{at}": patch}, {"dist/d/.talos-gpu.json": ledger("d")})
    )
    assert f"  - dist/c/{at}\n\n" in gone


def test_changes_of_form_are_folded_into_one_line_and_unfolded_by_full() -> None:
    """With counts; the summary counts the files."""
    before = {f"{name}.yaml": "a: x\n" for name in "pqr"}
    after = {"p.yaml": "a: x # why\n", "q.yaml": "a: x # why\n", "r.yaml": "a: 'x'\n"}
    report = told(before, after)
    assert "\n  form only: comments in 2 files, quoting in 1 file\n" in report
    assert "p.yaml" not in report
    assert "3 files of the output" in report
    assert "  ~ dist/c/p.yaml\n    form only: comments\n" in told(before, after, full=True)


def test_texts_are_counted_and_shown_in_full() -> None:
    """The lines that changed, and three around them."""
    before = "".join(f"line {number}\n" for number in range(20))
    after = before.replace("line 10\n", "line ten\n")
    assert "  ~ dist/c/README.md\n    +1 -1 lines\n" in told({"README.md": before}, {"README.md": after})
    full = told({"README.md": before}, {"README.md": after}, full=True)
    assert "       line 9\n      -line 10\n      +line ten\n       line 11\n" in full
    assert "line 6" not in full
    assert "line 14" not in full


def test_texts_inside_values_are_compared_by_their_lines() -> None:
    """A script or a whole values file in a ConfigMap."""
    before = "data:\n  script: |\n    one\n    two\n    three\n"
    report = told({"a.yaml": before}, {"a.yaml": before.replace("two", "2")})
    assert "~ data.script: +1 -1 lines  dist/c/a.yaml:2\n          -two\n          +2\n" in report


def test_line_endings_are_seen() -> None:
    """Of a script they decide whether it runs."""
    report = told({"a.sh": "x\n"}, {"a.sh": "x\r\n"}, full=True)
    assert "-x\n      +x\\r\n" in report


def test_a_schematic_id_is_explained_where_it_changed() -> None:
    """In values and in texts."""
    head = "customization:\n    systemExtensions:\n        officialExtensions:\n            - siderolabs/a\n"
    before, after = head, head + "            - siderolabs/b\n"
    one, other = (hashlib.sha256(content.encode()).hexdigest() for content in (before, after))
    patch, script = "machine: {{install: {{image: 'installer/{}:v1'}}}}\n", "upgrade installer/{}:v1\n"
    report = told(
        {"talos/schematics/gpu.yaml": before, "p.yaml": patch.format(one), "c.sh": script.format(one)},
        {"talos/schematics/gpu.yaml": after, "p.yaml": patch.format(other), "c.sh": script.format(other)},
    )
    assert report.count(f"schematic {one[:8]}... -> {other[:8]}...: + siderolabs/b\n") == 2
    assert "+ customization.systemExtensions.officialExtensions[1]: siderolabs/b" in report


SECRET = "Zm9vYmFyMTIzNDU2Nzg5MGFiY2RlZmdoaWprbG1ub3BxcnN0dXZ3eHl6QUJD"


@pytest.mark.parametrize(
    ("file", "before", "after"),
    [
        ("a.yaml", "machine: {token: abcdef.0123456789}\n", "machine: {token: fedcba.9876543210}\n"),
        ("a.yaml", "a: 1\n", f"a: 1\nmachine: {{ca: {{key: {SECRET}}}, token: fedcba.9876543210}}\n"),
        ("a.yaml", "env: [{name: API_TOKEN, value: old}]\n", "env: [{name: API_TOKEN, value: fedcba.9876543210}]\n"),
        ("a.yaml", "a: 1\n", "a: |\n  x\n  password: fedcba.9876543210\n"),
        ("a.yaml", "a: x\n", "a: {b: [{password: fedcba.9876543210}]}\n"),
        ("a.yaml", "kind: Secret\napiVersion: v1\nmetadata: {name: s}\ndata: {x: aaaa}\n",
         "kind: Secret\napiVersion: v1\nmetadata: {name: s}\ndata: {x: 9876543210}\n"),
        ("a.yaml", "kind: Secret\napiVersion: v1\nmetadata: {name: s}\n",
         "kind: Secret\napiVersion: v1\nmetadata: {name: s}\nstringData: {x: 9876543210}\n"),
        ("a.yaml", "# nothing\n", "kind: Secret\napiVersion: v1\nmetadata: {name: s}\ndata: {x: 9876543210}\n"),
        ("a.yaml", "a: 1\na: 2\n", "kind: Secret\napiVersion: v1\nmetadata: {name: s}\ndata: {x: 9876543210}\n"),
        ("a.json", "[", '{"apiVersion": "v1", "kind": "Secret", "data": {"x": "9876543210"}'),
        ("a.yaml", "a: x\n", "a: |\n  kind: Secret\n  data: {x: 9876543210}\n"),
        ("a.yaml", "a: |\n  kind: Secret\n", "a: |\n  kind: Secret\n  data: {x: 9876543210}\n"),
        ("a.sh", "x\n", "export TOKEN=fedcba.9876543210\n"),
        ("a.sh", "x\n", f"{SECRET}9876543210\n"),
        ("a.yaml", "[\n", "[\ntoken: fedcba.9876543210\n"),
    ],
)  # fmt: skip
def test_a_secret_is_not_quoted(file: str, before: str, after: str) -> None:
    """That it changed is told, on both sides and in full."""
    for pair in (({file: before}, {file: after}), ({file: after}, {file: before})):
        report = told(*pair, full=True)
        assert "9876543210" not in report
        assert SECRET not in report
        assert HIDDEN in report
        assert f"dist/c/{file}" in report


def test_a_secret_in_a_kernel_argument_is_not_quoted() -> None:
    """Where a schematic id is explained."""
    head = "customization:\n    extraKernelArgs:\n        - token={}\n"
    before, after = head.format("old"), head.format("fedcba.9876543210")
    one, other = (hashlib.sha256(content.encode()).hexdigest() for content in (before, after))
    report = told(
        {"talos/schematics/gpu.yaml": before, "c.sh": f"installer/{one}\n"},
        {"talos/schematics/gpu.yaml": after, "c.sh": f"installer/{other}\n"},
    )
    assert "9876543210" not in report
    assert HIDDEN in report


def test_a_strangers_text_steers_no_terminal_and_no_log() -> None:
    """In names, keys, values and lines."""
    evil = "\x1b[31m\u202e\u2028::error::x\n##[command]"
    before = {"a.yaml": "a: 1\n", "b.txt": "x\n"}
    after = {
        "a.yaml": f"? {json.dumps(evil)}\n: {json.dumps(evil)}\n",
        "b.txt": f"{evil}\n",
        "\x1b\u202e::error::\n.yaml": evil,
    }
    report = told(before, after, full=True)
    for character in ("\x1b", "\u202e", "\u2028", "##["):
        assert character not in report
    assert not any(line.lstrip().startswith("::") for line in report.splitlines())


def test_long_values_are_cut_around_the_difference() -> None:
    """Both sides show where they begin to differ."""
    report = told({"a.yaml": f"a: {'x' * 300}1{'y' * 300}\n"}, {"a.yaml": f"a: {'x' * 300}2{'y' * 300}\n"})
    (row,) = (line for line in report.splitlines() if "~ a:" in line)
    assert "x1y" in row
    assert "x2y" in row
    assert len(row) < 350


def test_what_came_with_many_values_is_cut_and_whole_in_full() -> None:
    """The rest is counted."""
    after = "a: 1\nb:\n" + "".join(f"  k{number}: {number}\n" for number in range(30))
    assert "... and 18 more values" in told({"a.yaml": "a: 1\n"}, {"a.yaml": after})
    assert "b.k29: 29" in told({"a.yaml": "a: 1\n"}, {"a.yaml": after}, full=True)


def test_what_came_whole_is_shown_in_full() -> None:
    """Value by value, each with its place."""
    made = "kind: A\napiVersion: v1\nmetadata: {name: x}\nspec:\n  a: 1\n"
    report = told({}, {"a.yaml": made}, full=True)
    assert "    + A x added\n      + kind: A  dist/c/a.yaml:1\n" in report
    assert "      + spec.a: 1  dist/c/a.yaml:5\n" in report


def test_clusters_that_another_talos_gpu_made_alike_are_one_line() -> None:
    """Their ledgers alone changed."""
    before = {f"dist/c{number}/.talos-gpu.json": ledger(f"c{number}") for number in range(3)}
    after = {f"dist/c{number}/.talos-gpu.json": ledger(f"c{number}", "1") for number in range(3)}
    found = compared(before, after)
    assert "3 clusters: another talos-gpu, or another catalogue/, made the same files\n" in text(found)
    assert "dist/c2/.talos-gpu.json" in text(found, full=True)


def test_a_ledger_that_changed_by_hand_is_told() -> None:
    """No talos-gpu did it."""
    before = {"dist/c/.talos-gpu.json": ledger()}
    after = {"dist/c/.talos-gpu.json": ledger().replace("profiles/c", "profiles/d")}
    assert "  ~ dist/c/.talos-gpu.json\n    +1 -1 lines\n" in text(compared(before, after))


def test_nothing_is_told_to_be_nothing() -> None:
    """With the number of clusters that were compared."""
    state = {"dist/c/.talos-gpu.json": ledger()}
    assert text(compared(state, state)).endswith("\nnothing changed in 1 cluster\n")


def test_profiles_stand_before_what_follows_from_them() -> None:
    """They are the cause."""
    before = {"profiles/c.yaml": "talos: v1\n", "dist/c/.talos-gpu.json": ledger(), "dist/c/a.yaml": "a: 1\n"}
    after = {**before, "profiles/c.yaml": "talos: v2\n", "dist/c/a.yaml": "a: 2\n"}
    report = text(compared(before, after))
    assert report.index("talos: v1 -> v2  profiles/c.yaml:1") < report.index("a: 1 -> 2")


def test_colours_are_the_callers() -> None:
    """Each word once, after it was made harmless."""
    states = ({"dist/c/.talos-gpu.json": ledger(), "dist/c/a.yaml": f"a: {value}\n"} for value in "12")
    report = text(compared(*states), lambda words, style: f"<{style}>{words}</>")
    assert "<changed>~</> a: 1 -> 2<faint>  dist/c/a.yaml:1</>" in report
