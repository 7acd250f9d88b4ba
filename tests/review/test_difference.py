"""What changed is told by what things are: identities, keys of lists, renames, data; and where it stands."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talos_gpu.review.difference import path_text
from talos_gpu.review.difference.compare import leaves
from talos_gpu.review.difference.files import FileChange, ItemChange
from talos_gpu.review.difference.runs import runs
from talos_gpu.review.states import Difference, State, difference
from talos_gpu.review.tree import MemoryTree

LEDGER = "dist/c/.talos-gpu.json"


def compared(before: Mapping[str, str], after: Mapping[str, str]) -> Difference:
    """Two states of the cluster c; files are named from its folder."""
    states = (
        State.of(
            MemoryTree(name, {LEDGER: b"", **{f"dist/c/{file}": text.encode() for file, text in files.items()}}), "dist"
        )
        for name, files in (("before", before), ("after", after))
    )
    return difference(*states)


def files(before: Mapping[str, str], after: Mapping[str, str]) -> Mapping[str, FileChange]:
    return {change.file: change for cluster in compared(before, after).clusters for change in cluster.files}


def told(before: str, after: str) -> list[str]:
    """The changes of one file, one line each."""
    return [
        f"{change.kind} {path_text(change.path)}: {change.before.raw} -> {change.after.raw}"
        for item in files({"a.yaml": before}, {"a.yaml": after})["a.yaml"].items
        for change in item.changes
    ]


def one(change: FileChange) -> ItemChange:
    (item,) = change.items
    return item


def an_object(name: str, kind: str = "ConfigMap", **data: str) -> str:
    rows = "".join(f"  {key}: {value}\n" for key, value in {"a": "1", "b": "2", "c": "3", "d": "4", **data}.items())
    return f"apiVersion: v1\nkind: {kind}\nmetadata:\n  name: {name}\ndata:\n{rows}"


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param(
            "c: [{name: a, image: x}, {name: b, image: y}]",
            "c: [{name: new, image: z}, {name: a, image: x}, {name: b, image: w}]",
            ["added c[name=new]:  -> ", "changed c[name=b].image: y -> w"],
            id="containers by name",
        ),
        pytest.param(
            "p: [{containerPort: 80}, {containerPort: 81, name: a}]",
            "p: [{containerPort: 81, name: b}, {containerPort: 80}]",
            ["changed p[containerPort=81].name: a -> b", "reordered p:  -> "],
            id="ports by number",
        ),
        pytest.param(
            "v: [{mountPath: /a, name: x}, {mountPath: /b, name: x}]",
            "v: [{mountPath: /b, name: x}]",
            ["removed v[name=x #2]:  -> ", "changed v[name=x].mountPath: /a -> /b"],
            id="mounts that share a volume",
        ),
        pytest.param(
            "t: [{key: gpu, effect: NoSchedule, value: a}]",
            "t: [{key: x, effect: NoSchedule}, {key: gpu, effect: NoSchedule, value: b}]",
            ["added t[key=x, effect=NoSchedule]:  -> ", "changed t[key=gpu, effect=NoSchedule].value: a -> b"],
            id="taints by key and effect",
        ),
        pytest.param(
            "nodes: [{hostname: a, ip: 1}, {hostname: b, ip: 2}]",
            "nodes: [{hostname: b, ip: 3}]",
            ["changed nodes[hostname=b].ip: 2 -> 3", "removed nodes[hostname=a]:  -> "],
            id="nodes of talhelper",
        ),
        pytest.param(
            "items: [{kind: A, metadata: {name: x}, d: 1}, {kind: A, metadata: {name: y}}]",
            "items: [{kind: A, metadata: {name: y}}, {kind: A, metadata: {name: x}, d: 2}]",
            ["changed items[metadata.name=x, kind=A].d: 1 -> 2", "reordered items:  -> "],
            id="objects of a List",
        ),
        pytest.param(
            "sources: [{repoURL: x, chart: c, targetRevision: v1}, {repoURL: y, ref: values}]",
            "sources: [{repoURL: z, chart: c, targetRevision: v1}, {repoURL: y, ref: values}]",
            ["changed sources[chart=c].repoURL: x -> z"],
            id="sources of Argo CD, whatever address they come from",
        ),
        pytest.param("l: [a, b, c]", "l: [b, c, d]", ["added l[2]:  -> d", "removed l[0]: a -> "], id="plain items"),
        pytest.param("l: [a, b]", "l: [b, a]", ["reordered l:  -> "], id="another order"),
        pytest.param("l: [a, a]", "l: [a]", ["removed l[1]: a -> "], id="the same twice"),
        pytest.param(
            "l: [{x: 1}, {y: 2}, {z: 3}]", "l: [{y: 2}, {z: 4}]",
            ["changed l[1].z: 3 -> 4", "removed l[0]:  -> "], id="items without a name",
        ),
        pytest.param("a: 1", 'a: "1"', ["changed a: 1 -> 1"], id="another type"),
        pytest.param("a: {b: 1}", "a: x", ["changed a:  -> x"], id="another shape"),
        pytest.param("a: {b.c/d: 1}", "a: {b.c/d: 2}", ['changed a["b.c/d"]: 1 -> 2'], id="a key with dots"),
        pytest.param("a: null", "a:\nb:", ["added b:  -> "], id="null is null however it is written"),
        pytest.param("l: []", "l: [{name: a}]", ["added l[name=a]:  -> "], id="the first of a list"),
    ],
)  # fmt: skip
def test_changes_inside_a_document(before: str, after: str, expected: list[str]) -> None:
    """Keys and items are told by their names; nothing that stayed is told."""
    assert sorted(told(before, after)) == sorted(expected)


def test_objects_are_matched_by_what_they_are_not_by_where_they_stand() -> None:
    """In another file, at another place, in another version of the API."""
    before = {"a.yaml": an_object("x") + "---\n" + an_object("y"), "b.yaml": an_object("z")}
    after = {"a.yaml": an_object("y"), "b.yaml": an_object("z").replace("v1", "v2") + "---\n" + an_object("x", a="9")}
    found = files(before, after)
    assert [(item.status, str(item.item.identity)) for item in found["b.yaml"].items] == [
        ("changed", "ConfigMap z"), ("changed", "ConfigMap x")
    ]  # fmt: skip
    assert [str(change) for change in found["b.yaml"].items[0].changes] == ["changed apiVersion"]
    assert [str(item.item.identity) for item in found["a.yaml"].left] == ["ConfigMap x"]
    assert found["a.yaml"].items == ()
    assert not found["a.yaml"].text


def test_a_namespace_tells_objects_apart() -> None:
    """And so does a group of the API."""
    moved = an_object("x").replace("name: x", "name: x\n  namespace: other")
    item = one(files({"a.yaml": an_object("x")}, {"a.yaml": moved})["a.yaml"])
    assert item.status == "renamed"
    assert [path_text(change.path) for change in item.changes] == ["metadata.namespace"]
    other = an_object("x").replace("apiVersion: v1", "apiVersion: example.org/v1")
    assert [item.status for item in files({"a.yaml": an_object("x")}, {"a.yaml": other})["a.yaml"].items] == [
        "added",
        "removed",
    ]


def test_a_renamed_object_is_found_by_its_content() -> None:
    """One that has little in common with what went is new."""
    item = one(files({"a.yaml": an_object("x")}, {"b.yaml": an_object("y", a="9")})["b.yaml"])
    assert item.status == "renamed"
    assert [path_text(change.path) for change in item.changes] == ["metadata.name", "data.a"]
    other = an_object("y").replace("1", "5").replace("2", "6").replace("3", "7").replace("4", "8")
    assert {item.status for change in files({"a.yaml": an_object("x")}, {"b.yaml": other}).values() for item in change.items} == {
        "added", "removed"
    }  # fmt: skip


def test_the_most_alike_is_the_renamed_one() -> None:
    """Among several that came."""
    before = {"a.yaml": an_object("x")}
    after = {"b.yaml": an_object("near", a="9", b="8"), "c.yaml": an_object("nearest", a="9")}
    found = files(before, after)
    assert one(found["c.yaml"]).status == "renamed"
    assert one(found["b.yaml"]).status == "added"


def test_a_file_under_another_name_is_moved() -> None:
    """Its data have no name of their own."""
    found = files({"old.yaml": "a: 1\nb: 2\n"}, {"new.yaml": "a: 1\nb: 2\n"})
    assert one(found["new.yaml"]).status == "moved"
    assert found["old.yaml"].left[0].item.file == "new.yaml"
    assert found["old.yaml"].status == "removed"


@pytest.mark.parametrize("order", list(itertools.permutations(["a.yaml", "b.yaml", "c.yaml"])))
def test_one_identity_in_several_files(order: tuple[str, ...]) -> None:
    """Each is compared with what stands in its own file, and the one that is gone is the one that went."""
    texts = {file: an_object("x", a=file) for file in order}
    after = {
        file: text.replace("b: 2", "b: 5") if file == "c.yaml" else text + "# more\n" for file, text in texts.items()
    }
    del after["a.yaml"]
    found = files(texts, after)
    assert one(found["a.yaml"]).status == "removed"
    assert [path_text(change.path) for change in one(found["c.yaml"]).changes] == ["data.b"]
    assert found["b.yaml"].form == ("comments",)


def test_a_document_before_others_that_have_no_name() -> None:
    """The others are the same as before."""
    item = one(files({"a.yaml": "a: 1\n---\nb: 2\n"}, {"a.yaml": "c: 3\n---\na: 1\n---\nb: 2\n"})["a.yaml"])
    assert item.status == "added"
    assert item.item.root.get("c").raw == "3"


def test_documents_in_another_order_are_told_by_their_lines() -> None:
    """kubectl applies them one after the other."""
    one_, other = an_object("x"), an_object("y")
    change = files({"a.yaml": f"{one_}---\n{other}"}, {"a.yaml": f"{other}---\n{one_}"})["a.yaml"]
    assert change.text
    assert change.items == ()


def test_documents_of_talos_are_matched_by_kind_and_name() -> None:
    """In the folder of their pool or node."""
    document = "apiVersion: v1alpha1\nkind: KernelModuleConfig\nname: {}\nparameters: [{}]\n"
    before = {"p/10.yaml": document.format("nvidia", "x"), "q/10.yaml": document.format("nvidia", "x")}
    after = {"p/20.yaml": document.format("nvidia", "y"), "q/10.yaml": document.format("nvidia", "x")}
    item = one(files(before, after)["p/20.yaml"])
    assert (item.status, str(item.item.identity)) == ("changed", "KernelModuleConfig nvidia in p")


@pytest.mark.parametrize("text", ["a: [", "a: 1\na: 2\n", "a: {{ x }} y\n", "\ta: 1\n", "a: 1\n" * 3, "a: &x [*x]\n"])
def test_yaml_that_is_broken_on_a_side_is_compared_by_lines(text: str) -> None:
    """So is what holds a key twice."""
    for before, after in ((text, "a: 1\n"), ("a: 1\n", text)):
        assert files({"a.yaml": before}, {"a.yaml": after})["a.yaml"].text


def test_a_comment_beside_a_changed_value_is_told_too() -> None:
    """The value is what has a meaning."""
    change = files({"a.yaml": "a: 1 # x\n"}, {"a.yaml": "a: 2 # y\n"})["a.yaml"]
    assert change.form == ("comments",)
    assert change.has_meaning


def test_files_without_meaning_to_us_are_listed() -> None:
    """Whatever they are called."""
    found = files({"x.tf": "a\n", "z": ""}, {"x.tf": "b\n", "y.bin": "\0"})
    assert {file: change.status for file, change in found.items()} == {
        "x.tf": "changed",
        "y.bin": "added",
        "z": "removed",
    }
    assert all(change.text for change in found.values() if change.file != "z")


def test_what_came_is_one_change_that_can_be_taken_apart() -> None:
    """Down to scalars and empty collections, each with its place."""
    item = one(files({"a.yaml": "a: 1\n"}, {"a.yaml": "a: 1\nb:\n  c: [x, {name: y, z: 1}]\n  d: {}\n"})["a.yaml"])
    (change,) = item.changes
    assert [(path_text(leaf.path), leaf.after.raw, leaf.after.place.line) for leaf in leaves(change)] == [
        ("b.c[0]", "x", 3), ("b.c[1].name", "y", 3), ("b.c[1].z", "1", 3), ("b.d", "", 4)
    ]  # fmt: skip


def test_clusters_come_and_go() -> None:
    """A folder is a cluster where it holds a ledger; what else lies in the output is told beside them."""
    trees = (
        {
            "dist/a/.talos-gpu.json": b"",
            "dist/a/x": b"",
            "dist/b/.talos-gpu.json": b"",
            "dist/README.md": b"1",
            "dist/d/x": b"",
        },
        {"dist/b/.talos-gpu.json": b"", "dist/c/.talos-gpu.json": b"", "dist/README.md": b"2"},
    )
    found = difference(*(State.of(MemoryTree("", tree), "dist") for tree in trees))
    assert [(cluster.name, cluster.status) for cluster in found.clusters] == [("a", "removed"), ("c", "added")]
    assert {change.path for change in found.others} == {"dist/README.md", "dist/d/x"}
    assert found.unchanged == 1


def test_a_ledger_that_cannot_be_trusted_is_a_note() -> None:
    """And the rest is compared all the same."""
    trees = ({LEDGER: b"{"}, {LEDGER: b"[]", "dist/c/a.yaml": b"a: 1\n"})
    (cluster,) = difference(*(State.of(MemoryTree("", tree), "dist") for tree in trees)).clusters
    assert len(cluster.notes) == 2
    assert (cluster.before, cluster.after) == (None, None)
    assert [change.file for change in cluster.files] == ["a.yaml"]


@given(st.lists(st.integers(0, 3), max_size=12), st.lists(st.integers(0, 3), max_size=12))
def test_runs_make_the_one_out_of_the_other(old: list[int], new: list[int]) -> None:
    """They cover both without a gap, and what they call equal is."""
    found = runs(old, new)
    assert [index for _, start, end, _, _ in found for index in range(start, end)] == list(range(len(old)))
    assert [index for _, _, _, at, until in found for index in range(at, until)] == list(range(len(new)))
    assert all(old[start:end] == new[at:until] for tag, start, end, at, until in found if tag == "equal")


def test_runs_of_a_strangers_file_end() -> None:
    """A hundred thousand equal lines against as many would take hours."""
    assert runs(["x"] * 100_000, ["y", *["x"] * 100_000, "z"])[-1][0] in {"replace", "insert"}


def test_a_file_that_became_machine_config_is_still_itself() -> None:
    """One key makes it another kind of document, and no other file."""
    item = one(files({"a.yaml": "a: 1\n"}, {"a.yaml": "a: 1\nmachine: {x: 1}\n"})["a.yaml"])
    assert [str(change) for change in item.changes] == ["added machine"]


def test_many_that_are_alike_are_compared_in_time() -> None:
    """A state as large as a stranger wants it."""
    big = "".join(f"k{number}: {number}\n" for number in range(3000))
    before = {f"a{number}.yaml": f"{big}n: {number}\n" for number in range(20)}
    after = {f"b{number}.yaml": f"{big}n: {number}\n" for number in range(20)}
    found = files(before, after)
    assert {item.status for change in found.values() for item in change.items} == {"moved"}


@pytest.mark.parametrize("character", ["#", "# ", "#{", "a: ", "[", "{", "'", "<", "*a ", "- "])
def test_a_strangers_line_is_read_in_time(character: str) -> None:
    """However often it repeats itself."""
    text = character * (900_000 // len(character))
    (change,) = files({"a.yaml": text}, {"a.yaml": f"{text}\n# more\n"}).values()
    assert change.form or change.text


def test_lines_in_any_order_are_compared_in_time() -> None:
    """A hundred thousand of them."""
    lines = [str(number * 7919 % 100_003) for number in range(100_003)]
    assert runs(sorted(lines), lines)
