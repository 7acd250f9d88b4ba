"""No change is hidden: whatever happens to a file of dist/, the difference names it; and form is form for everybody."""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from talos_gpu.review.difference.files import FileChange
from talos_gpu.review.states import Difference, State, difference
from talos_gpu.review.telling.text import text
from talos_gpu.review.tree import Entry, MemoryTree

DIST = Path(__file__).resolve().parent.parent.parent / "dist"


@cache
def committed() -> Mapping[str, bytes]:
    """dist/ as it is committed, by path."""
    return {
        f"dist/{path.relative_to(DIST).as_posix()}": path.read_bytes() for path in DIST.rglob("*") if path.is_file()
    }


class ModesTree(MemoryTree):
    """Files in memory, some of which can be executed."""

    def __init__(self, name: str, files: Mapping[str, bytes], executables: frozenset[str] = frozenset()) -> None:
        super().__init__(name, files)
        object.__setattr__(self, "_executables", executables)

    def entries(self, paths: Any) -> Mapping[str, Entry]:
        """Everything at and below these paths."""
        found = super().entries(paths)
        marked: frozenset[str] = self._executables  # type: ignore[attr-defined]
        return {path: Entry(entry.id, "executable") if path in marked else entry for path, entry in found.items()}


def compared(before: Mapping[str, bytes], after: Mapping[str, bytes], executables: frozenset[str]) -> Difference:
    trees = ModesTree("before", before), ModesTree("after", after, executables)
    return difference(State.of(trees[0], "dist"), State.of(trees[1], "dist"))


def changes(found: Difference) -> Iterator[FileChange]:
    yield from found.inputs
    yield from found.others
    for cluster in found.clusters:
        yield from cluster.files
        if cluster.ledger_file is not None:
            yield cluster.ledger_file


PIECES = [b" ", b"#", b"'", b'"', b"\n", b"- ", b": ", b"&a ", b"!!str ", b"\xc2\x85", b"0"]


def flip(draw: st.DrawFn, content: bytes) -> bytes:
    """One bit of one byte."""
    at = draw(st.integers(0, len(content) - 1))
    return content[:at] + bytes([content[at] ^ (1 << draw(st.integers(0, 7)))]) + content[at + 1 :]


def insert(draw: st.DrawFn, content: bytes) -> bytes:
    """A little something anywhere."""
    at = draw(st.integers(0, len(content)))
    return content[:at] + draw(st.sampled_from(PIECES)) + content[at:]


def delete(draw: st.DrawFn, content: bytes) -> bytes:
    """One byte."""
    at = draw(st.integers(0, len(content) - 1))
    return content[:at] + content[at + 1 :]


def rearrange(draw: st.DrawFn, content: bytes) -> bytes:
    """Two lines change places, one is gone, or stands twice."""
    lines = content.split(b"\n")
    row, other = (draw(st.integers(0, len(lines) - 1)) for _ in range(2))
    what = draw(st.sampled_from(["swap", "drop", "double"]))
    if what == "swap":
        lines[row], lines[other] = lines[other], lines[row]
    elif what == "drop":
        del lines[row]
    else:
        lines.insert(row, lines[row])
    return b"\n".join(lines)


def respell(draw: st.DrawFn, content: bytes) -> bytes:
    """A line gets a comment, its value quotes, or its end another form: data stay what they are, or nearly."""
    lines = content.split(b"\n")
    row = draw(st.integers(0, len(lines) - 1))
    what = draw(st.sampled_from(["quote", "unquote", "comment", "crlf"]))
    key, colon, value = lines[row].partition(b": ")
    if what == "quote" and colon:
        lines[row] = key + b': "' + value + b'"'
    elif what == "unquote":
        lines[row] = lines[row].replace(b'"', b"")
    elif what == "crlf":
        lines[row] += b"\r"
    else:
        lines[row] += b" # why"
    return b"\n".join(lines)


@st.composite
def mutated(draw: st.DrawFn, content: bytes) -> bytes:
    """The content after one to three accidents."""
    for _ in range(draw(st.integers(1, 3))):
        accident = draw(st.sampled_from([flip, insert, delete, rearrange, respell, respell]))
        content = accident(draw, content) if content else content
    return content


@st.composite
def accidents(draw: st.DrawFn) -> tuple[Mapping[str, bytes], frozenset[str]]:
    """dist/ after something happened to a file or two, and what can be executed now."""
    files = dict(committed())
    executables: set[str] = set()
    for path in draw(st.lists(st.sampled_from(sorted(committed())), min_size=1, max_size=2, unique=True)):
        what = draw(st.sampled_from(["mutate", "mutate", "mutate", "mutate", "remove", "rename", "copy", "chmod"]))
        if what == "mutate":
            files[path] = draw(mutated(files[path]))
        elif what == "remove":
            del files[path]
        elif what == "rename":
            files[f"{path}.{draw(st.sampled_from(['yaml', 'txt']))}"] = files.pop(path)
        elif what == "copy":
            files[f"{path.rpartition('/')[0]}/copy.yaml"] = files[path]
        else:
            executables.add(path)
    return files, frozenset(executables)


@settings(max_examples=300, suppress_health_check=[HealthCheck.data_too_large, HealthCheck.too_slow])
@given(accidents())
def test_every_accident_is_seen(after: tuple[Mapping[str, bytes], frozenset[str]]) -> None:
    """The difference names exactly the files whose bytes, name or mode changed, and the report can be made."""
    files, executables = after
    before = committed()
    expected = {path for path in {*before, *files} if before.get(path) != files.get(path)} | executables
    found = compared(before, files, executables)
    assert {change.path for change in changes(found)} == expected
    assert found.is_empty == (not expected)
    told = text(found, full=True)
    for path in expected:
        assert path in told
    text(found)


@settings(max_examples=300, suppress_health_check=[HealthCheck.data_too_large, HealthCheck.too_slow])
@given(st.data())
def test_form_is_form_for_every_reader(data: st.DataObject) -> None:
    """What is folded away is the same to PyYAML (YAML 1.1) and to ruamel.yaml (YAML 1.2)."""
    path = data.draw(st.sampled_from(sorted(path for path in committed() if path.endswith(".yaml"))))
    before = committed()[path]
    after = data.draw(mutated(before))
    event(f"form: {assert_folded_rightly(path, before, after)}")


SPELLINGS = (
    "a", "'a'", '"a"', "yes", "'yes'", "on", "true", "'true'", "True", "false", "~", "null", "'null'", "", "''", "1", "'1'", "0x1", "1_0",
    "1:30", "0o7", "07", "7", "+1", "1e3", "1.0", "1.", ".5", ".inf", "2001-01-01", "'2001-01-01'", "=", "'='", "<<", "'<<'",
    "&x 1", "*x", "!!str 1", "!!int 1", "!!int '1'", "! 1", "!t 2", "!!null ''", "a # c", "|\n  a\n", "|-\n  a\n", ">-\n  a\n", ">-\n  1\n",
    "a\n  b", "a b", "{a: 1}", "{'a': 1}", "{a: '1'}", "{1: a}", "{'1': a}", "{yes: a}", "{true: a}", "{a, b}", "!!set {a, b}",
    "!!omap [a: 1]", "[a: 1]", "[1, a]", "[a, 1]", "{}", "[]", "{<<: {b: 1}}", "{b: 1}", "{'<<': {b: 1}}", "{1: a, '1': b}", "{'1': b, 1: a}",
    "{yes: a, true: b}", "{true: b, yes: a}", "{a: 1, b: 2}", "{b: 2, a: 1}", "a\u2028b", "a\u0085b", '"a\\u0085b"', '"a\\x20b"',
    '"a\\/b"', "a/b", "- a", "? a", "[a, ]", "{a: }", "{a: null}", "@a", "a:b", "{a:1}", "{\"a\":1}", "a\tb", "'a\tb'",
)  # fmt: skip


@pytest.mark.parametrize("template", ["k: {}\n", "k: 1\n{}: 2\n", "- {}\n", "{}\n"])
def test_form_is_form_in_small(template: str) -> None:
    """Every two spellings of a value, a key, an item and a document: also those that readers take differently."""
    documents = [template.replace("{}", spelling, 1).encode() for spelling in SPELLINGS]
    folded = sum(assert_folded_rightly("dist/x/a.yaml", *pair) for pair in itertools.combinations(documents, 2))
    assert folded > 10


@settings(max_examples=300)
@given(st.lists(st.tuples(st.sampled_from(SPELLINGS), st.sampled_from(SPELLINGS)), min_size=2, max_size=3), st.data())
def test_the_order_of_keys_is_form_where_no_reader_minds(pairs: list[tuple[str, str]], data: st.DataObject) -> None:
    """Keys that are one to some readers stand in an order that counts."""
    before, after = (
        "".join(f"{key}: {value}\n" for key, value in rows).encode()
        for rows in (pairs, data.draw(st.permutations(pairs)))
    )
    assert_folded_rightly("dist/x/a.yaml", before, after)


def assert_folded_rightly(path: str, before: bytes, after: bytes) -> bool:
    """What is said to be form has the same data; whether it was said."""
    found = list(changes(compared({path: before}, {path: after}, frozenset())))
    if before == after:
        assert found == []
        return False
    assert [change.path for change in found] == [path]
    if found[0].has_meaning:
        return False
    assert found[0].form
    assert older(before) == older(after), (before, after)
    assert newer(before) == newer(after), (before, after)
    return True


def older(content: bytes) -> object:
    """The documents as PyYAML reads them: YAML 1.1."""
    try:
        return [repr(document) for document in map(sorted_keys, yaml.load_all(content, Loader=yaml.SafeLoader))]
    except (yaml.YAMLError, ValueError, TypeError) as error:
        return type(error)


def newer(content: bytes) -> object:
    """The documents as ruamel.yaml reads them: YAML 1.2."""
    reader = YAML(typ="safe", pure=True)
    try:
        return [repr(document) for document in map(sorted_keys, reader.load_all(io.BytesIO(content)))]
    except (YAMLError, ValueError, TypeError, AssertionError) as error:
        return type(error)


def sorted_keys(value: Any) -> Any:
    """The same data in an order of its own, for the order of keys is no data."""
    if isinstance(value, dict):
        rows = [(repr(key), sorted_keys(inner)) for key, inner in value.items()]
        return ("map", sorted(rows, key=repr))
    return [sorted_keys(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"a: 1\n", b'a: "1"\n'),
        (b"a: yes\n", b'a: "yes"\n'),
        (b"a: 010\n", b"a: 8\n"),
        (b"a: {b: 1, b: 2}\n", b"a: {b: 2, b: 1}\n"),
        (b"a: &x {b: 1}\nc: {<<: *x}\n", b"a: &x {b: 1}\nc: {b: 1}\n"),
        (b"a: !x [1]\n", b"a: [1]\n"),
        (b"%YAML 1.1\n---\na: x\n", b"---\na: x\n"),
        (b"a: 1\n# {{ if x }}\n", b"a: 1\n# {{ if y }}\n"),
        (b"a: 1\n#% if x\n", b"a: 1\n"),
        (b"a: 1\n--- \nb: 1\n", b"b: 1\n---\na: 1\n"),
        (b"a: 1\n", b"a: 1\n---\n"),
        (b"a: x\xc2\x85y\n", b"a: x y\n"),
        (b"a: |\n  # x\n", b"a: |\n  # y\n"),
        (b"a: [\n", b"a: [ \n"),
        (b"", b"---\n"),
    ],
)  # fmt: skip
def test_what_some_reader_sees_otherwise_is_no_form(before: bytes, after: bytes) -> None:
    """Types, keys that stand twice, merge keys, tags, directives, templates in comments, documents."""
    (change,) = changes(compared({"dist/x/a.yaml": before}, {"dist/x/a.yaml": after}, frozenset()))
    assert change.has_meaning
    assert change.items or change.text


@pytest.mark.parametrize(
    ("before", "after", "form"),
    [
        (b"a: 1 # x\n", b"a: 1 # y\n", ("comments",)),
        (b"a: 1\n", b"# x\n\na: 1\n", ("comments",)),
        (b"a: x\n", b"a: 'x'\n", ("quoting",)),
        (b"a: ~\n", b"a: null\n", ("quoting",)),
        (b"a: 1\nb: 2\n", b"b: 2\na: 1\n", ("order",)),
        (b"a: 1\n", b"a: 1\r\n", ("line endings",)),
        (b"a: 1\n", b"\xef\xbb\xbfa: 1\n", ("line endings",)),
        (b"a: {b: x}\n", b"a:\n    b: x\n", ("layout",)),
        (b"a: &x [1]\nb: *x\n", b"a: [1]\nb: [1]\n", ("layout",)),
        (b"a: x\nb: y # z\n", b"b: y\na: 'x'\n", ("comments", "quoting", "order")),
        (b"a: 'b # c'\n", b"a: \"b # c\"\n", ("layout",)),
        (b"a: |\n  # x\n", b"a: | # why\n  # x\n", ("comments",)),
        (b"{\"a\": 1}", b"{\n  \"a\": 1\n}\n", ("layout",)),
    ],
)  # fmt: skip
def test_form_is_told_apart(before: bytes, after: bytes, form: tuple[str, ...]) -> None:
    """Comments, quotes, order, layout and line endings, alone or together."""
    (change,) = changes(compared({"dist/x/a.yaml": before}, {"dist/x/a.yaml": after}, frozenset()))
    assert change.form == form
    assert not change.has_meaning
