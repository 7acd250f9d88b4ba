"""No report of any format holds a secret, and each still tells what stands around it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping

import pytest

from talos_gpu.review.impact.verdict import ClusterImpact, ScopeImpact
from talos_gpu.review.quotable.line import HIDDEN, hidden_lines, is_secret_line
from talos_gpu.review.review import Review
from talos_gpu.review.reviewing import costs
from talos_gpu.review.states import State, difference
from talos_gpu.review.telling.formats import FORMATS
from talos_gpu.review.telling.lines import line_difference
from talos_gpu.review.telling.text import text
from talos_gpu.review.tree import MemoryTree

from .conftest import cause

KIND = " ".join(("PRIVATE", "KEY"))
BODY = "MIIzq7Xw9KpLvT"
SECRETS = [
    "zq7xw9kp", BODY, "correct horse", "battery staple", "zaphod42", "zx9kqw7prt", "q8w7e6r5t4y3", "wvutsr.9q8w7e6r5t4y3u2i",
    "9PQZRY7XW5KJ", "trillian77",
]  # fmt: skip
"""Parts of every secret below, none of which may be anywhere, in whatever case."""
FILES: Mapping[str, str] = {
    "pem.yaml": f"tls:\n  harmless1: shown1\n  file: |\n    -----BEGIN RSA {KIND}-----\n    {BODY}\n    -----END RSA {KIND}-----\n  later1: shown2\n",
    "key.pem": f"# shown3\n-----BEGIN RSA {KIND}-----\n{BODY}\n-----END RSA {KIND}-----\nafter shown4\n",
    "block.yaml": "a:\n  harmless2: shown5\n  password: |\n    zq7xw9kp\n    correct horse\n  later2: shown6\n",
    "block.yaml.j2": "a:\n  harmless3: shown7\n  - password: >-\n      zq7xw9kp\n    later3: shown8\n",
    "quoted.yaml": 'a:\n  harmless4: shown9\n  password: "correct horse\n    battery staple"\n  later4: shown10\n',
    "quoted.sh": "echo shown11\nexport API_TOKEN='correct horse\nbattery staple'\necho shown12\n",
    "next.yaml": "a:\n  passphrase:\n    correct horse\n  later5: shown13\n",
    "variable.yaml": "env:\n  - name: NGC_API_KEY\n    value: zaphod42\n  - name: HARMLESS\n    value: shown14\n",
    "variable.tpl": "env:\n  - value: zaphod42\n    name: NGC_API_KEY\n  - name: HARMLESS\n    value: shown15\n",
    "variable.txt": 'env: [{name: "DB_PASSWORD", value: "zaphod42"}]\nshown16: x\n',
    "object.yaml": "apiVersion: v1\nkind: Secret\nmetadata: {name: shown17}\nstringData:\n  x: trillian77\n",
    "object.tpl": "apiVersion: v1\nkind: Secret\nmetadata:\n  name: shown18\ndata:\n  name: trillian77\n---\nkind: ConfigMap\ndata: {x: shown19}\n",
    "map.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata:\n  manifest: |\n    kind: Secret\n    metadata:\n      name: shown20\n    stringData:\n      x: trillian77\n  script: |\n    echo shown21\n    curl -H 'Authorization: Bearer q8w7e6r5t4y3'\n",
    "list.yaml": "apiVersion: v1\nkind: List\nmetadata: {name: x}\nitems:\n  - kind: Secret\n    metadata: {name: shown22}\n    data: {x: trillian77}\n",
    "object.json": '{\n  "kind": "Secret",\n  "metadata": {\n    "name": "shown23"\n  },\n  "data": {\n    "x": "trillian77"\n  },\n',
    "age.txt": "# shown24\nAGE-SECRET-KEY-19PQZRY7XW5KJ0000\nshown25\n",
    "url.yaml": "repo: https://zx9kqw7prt@example.org/a\nmirror: https://u:zx9kqw7prt@example.org/b\nplain: https://example.org/shown26\n",
    "token.yaml": "join: wvutsr.9q8w7e6r5t4y3u2i\nother: shown27\n",
    "bearer.sh": 'echo shown28\ncurl -H "Authorization: Bearer q8w7e6r5t4y3" https://example.org\necho shown29\n',
}  # fmt: skip
FULL: Mapping[str, Callable[[Review], str]] = {
    "text": lambda review: text(review.difference),
    "text --full": lambda review: text(review.difference, full=True),
    **{name: lambda review, name=name: FORMATS[name](review, "") for name in FORMATS},
}  # type: ignore[misc]


def state(name: str, files: Mapping[str, str]) -> State:
    """A cluster with these files."""
    ledger = {"cluster": "c", "code": "0" * 64, "files": {}, "inputs": {}, "profile": "profiles/c.yaml", "row": {}, "schema": 1, "tool": "talos-gpu"}  # fmt: skip
    every = {
        "dist/c/.talos-gpu.json": json.dumps(ledger),
        **{f"dist/c/{file}": content for file, content in files.items()},
    }
    return State.of(MemoryTree(name, {path: content.encode() for path, content in every.items()}), "dist")


def reviewed(before: Mapping[str, str], after: Mapping[str, str]) -> Review:
    """What changed and costs, and causes of another cluster that bring secrets as values of keys that name them."""
    causes = tuple(
        cause(verdict, path=path, before="", after=secret)
        for verdict, path, secret in (
            ("reboot", "machine.token", "wvutsr.9q8w7e6r5t4y3u2i"),
            ("live", "spec.env[name=NGC_API_KEY].value", "zaphod42"),
            ("source-changed", "spec.url", "https://zx9kqw7prt@example.org/a"),
            ("data-loss", "machine.files[0].content", f"x\n-----BEGIN RSA {KIND}-----\n{BODY}"),
            ("drain", "a.password", "correct horse\nbattery staple"),
        )
    )
    made = ClusterImpact("d", "changed", ("", ""), (ScopeImpact("gpu", ("n",), causes),), ScopeImpact("", (), ()))
    found = difference(state("one", before), state("two", after))
    judged, rollouts = costs(found)
    return Review(found, (*judged, made), rollouts)


def emptied(content: str) -> str:
    """The same file without what is in it: what came is told the other way round than what changed."""
    return "x: y\n" if content.startswith(("a:", "env:", "tls:")) else "x\n"


@pytest.mark.parametrize("name", FULL)
@pytest.mark.parametrize("change", ["came", "went", "changed", "around", "rotated"])
def test_no_secret_is_in_a_report(name: str, change: str) -> None:
    """Whether its file came, went or changed, or something beside it did, and in whatever case."""
    around = {file: content.replace("shown", "other") for file, content in FILES.items()}
    rotated = {
        file: content.replace("trillian77", "marvin").replace("zaphod42", "arthur") for file, content in FILES.items()
    }
    before = {"came": {}, "went": FILES, "changed": {file: emptied(content) for file, content in FILES.items()}, "around": around, "rotated": rotated}  # fmt: skip
    after = {} if change == "went" else FILES
    for old, new in ((before[change], after), (after, before[change])):
        told = FULL[name](reviewed(old, new)).lower()
        assert [secret for secret in SECRETS if secret.lower() in told] == []


@pytest.mark.parametrize("name", ["text --full", "markdown", "html"])
def test_harmless_lines_around_a_secret_are_in_it(name: str) -> None:
    """Before it, after it, and in the next document."""
    harmless = {f"shown{number}" for number in range(1, 30)}
    for file, content in FILES.items():
        told = FULL[name](reviewed({}, {file: content}))
        wanted = {word for word in harmless if word in content.replace("\n", " ").replace('"', " ").split(" ")}
        assert {word for word in wanted if word not in told} == set(), file
        assert HIDDEN.strip("()") in told, file


@pytest.mark.parametrize("file", [file for file in FILES if not file.endswith((".yaml", ".json"))])
def test_lines_are_counted_as_they_are(file: str) -> None:
    """A secret that changed is a line that changed, though both sides show the same words; numbers stay."""
    content = FILES[file]
    changed = content.replace("zaphod42", "zaphod43").replace(BODY, f"{BODY}2").replace("zq7xw9kp", "zq7xw9k2")
    changed = changed.replace("trillian77", "trillian78").replace("q8w7e6r5", "q8w7e6r6").replace("horse", "mule")
    changed = changed.replace("7XW5KJ", "7XW5KK")
    told = line_difference(content, changed)
    assert (told.added, told.removed) == (1, 1)
    (new,) = (line for line in told.shown() if line.sign == "+")
    (number,) = (at for at, pair in enumerate(zip(content.split("\n"), changed.split("\n"), strict=True), 1) if pair[0] != pair[1])  # fmt: skip
    assert (new.text, new.number) == (HIDDEN, number)
    document = json.loads(FORMATS["json"](reviewed({file: content}, {file: changed}), ""))
    (found,) = (file for cluster in document["clusters"] for file in cluster["files"])
    assert (found["linesAdded"], found["linesRemoved"]) == (1, 1)


def test_what_is_a_secret_on_one_side_is_hidden_on_both() -> None:
    """Lines that did not change stand below another key now."""
    told = line_difference("note: |\n  zq7xw9kp\nx: 1\n", "password: |\n  zq7xw9kp\nx: 2\n")
    assert told.old == ("note: |", HIDDEN, "x: 1")
    assert told.new == ("password: |", HIDDEN, "x: 2")


def test_the_beginning_of_a_difference_hides_what_the_whole_does() -> None:
    """That it is a Secret may stand further down."""
    before, after = "", "data:\n  x: trillian77\nkind: Secret\n"
    assert line_difference(before, after).beginning(2).new == ("data:", HIDDEN)


@pytest.mark.parametrize(
    "content",
    [
        "spec:\n  valuesFrom:\n    - kind: Secret\n      name: values\n  values:\n    data:\n      a: b\n",
        "volumes:\n  - name: x\n    secret:\n      secretName: y\n      optional: true\n",
        "env:\n  - name: API_TOKEN\n    valueFrom: {secretKeyRef: {name: a, key: b}}\n",
        "env:\n  - name: HARMLESS\n    value: zaphod42\n  - name: API_TOKEN\n    valueFrom: {}\n",
        "url: ssh://git@example.org/a\nimage: example.org:5000/a@sha256:0123\n",
        "curl -H \"Authorization: Bearer $TOKEN\"\ndocker run --user 1000:1000 x\n",
        "password:\n# nothing yet\nx: 1\n",
        "Bearer tokens are not used; kind: Secret is not rendered.\n",
        "password: ${PASSWORD}\nx: |\n  a\n  b\n",
        "kernel.perf_event_paranoid = 2\nexample.org/a.b: nvidia.com/gpu.present\n",
    ],
)  # fmt: skip
def test_what_is_no_secret_is_not_hidden(content: str) -> None:
    """References, variables, words about them."""
    assert not any(hidden_lines(content.split("\n")))


@pytest.mark.parametrize(
    ("content", "hidden"),
    [
        ("password: >- # why\n\n  a b\n# c\nx: 1", [2]),
        ("- password: |\n    a b\n  x: 1", [1]),
        ("# password: |\n#   a b\n# x: 1", [1]),
        ("password:\n# c\n  a b\nx: 1", [2]),
        ("password: a b\n  c d\nx: 1", [0, 1]),
        ("password = <<-EOT\na b\nEOT\nx = 1", [0, 1, 2]),
        ("password: |\r  a b\rx: 1\ny: 1", [0]),
        ("- name: DB_PASSWORD\n  value: |\n    a b\n  x: 1", [2]),
        ("- op: add\n  path: /data/password\n  value: abcdefg", [2]),
        ('[\n{\n"name": "DB_PASSWORD",\n"value": "abcdefg"\n}', [3]),
        ("{kind: Secret,\n metadata: {},\n data: {x: abc}}\nx: 1", [0, 1, 2]),
        ("kind: Secret\ndata:\n  x: abc\ntype: Opaque\nnote: abc", [2, 4]),
        ("Zm9vYmFyMTIzNDU2Nzg5MGFiY2RlZmdoaWprbG1ub3Bx\ncXJzdA==\nx: 1", [0, 1]),
    ],
)  # fmt: skip
def test_lines_are_hidden_for_what_stands_around_them(content: str, hidden: list[int]) -> None:
    """And the others are not."""
    assert [number for number, secret in enumerate(hidden_lines(content.split("\n"))) if secret] == hidden


@pytest.mark.parametrize(
    "line",
    [
        "curl -u admin:zaphod42 https://example.org",
        "helm registry login --password zaphod42",
        "x: glpat-0123456789abcdefghij",
        "client-secret: zaphod42",
        "NGC_API_KEY=zaphod42",
        '\'{"a": "{\\"token\\": \\"zaphod42\\"}"}\'',
        '{"apiVersion":"v1","data":{"x":"YQ=="},"kind":"Secret"}',
    ],
)  # fmt: skip
def test_a_secret_in_one_line(line: str) -> None:
    """By how it is handed to a program, or by its form."""
    assert is_secret_line(line)


@pytest.mark.parametrize(
    "line",
    ["password: |", "token = <<EOT", "password: 'x", "- name: A_TOKEN", "kind: Secret", "{kind: Secret, x: {", "  " * 20 + "token: x"],
)  # fmt: skip
def test_no_file_of_a_stranger_keeps_it_busy(line: str) -> None:
    """Work grows with the lines: ten times as many take nowhere near a hundred times as many steps."""

    def steps(number: int) -> int:
        """The lines of Python that run: the same on every machine, however busy it is."""
        count = 0

        def seen(*_: object) -> object:
            nonlocal count
            count += 1
            return seen

        before = sys.gettrace()
        sys.settrace(seen)
        try:
            hidden_lines([line] * number)
        finally:
            sys.settrace(before)
        return count

    assert steps(2_000) < 15 * steps(200)
