"""RFC 6902 on trees of which only a part is known."""

from __future__ import annotations

from typing import Any

import pytest

from talos_gpu.inventory import Value
from talos_gpu.inventory.json_patch import apply_json_patch, is_json_patch
from talos_gpu.inventory.source_file import read_source

BASE = "machine: {kernel: {modules: [{name: a}, {name: b}]}, sysctls: {x: '1'}, type: worker}\n"


def read(text: str, path: str = "patch.yaml") -> Value:
    return read_source(path, text.encode()).documents[0]


def applied(*operations: str, base: str = BASE) -> Any:
    root = apply_json_patch(read(base, "base.yaml").node, read("".join(f"- {item}\n" for item in operations)))
    return Value(root, root.position).data["machine"] if root else None


@pytest.mark.parametrize(
    ("operation", "key", "expected"),
    [
        ("{op: add, path: /machine/sysctls/y, value: '2'}", "sysctls", {"x": "1", "y": "2"}),
        ("{op: add, path: /machine/sysctls, value: {y: '2'}}", "sysctls", {"y": "2"}),
        ("{op: replace, path: /machine/sysctls/x, value: '2'}", "sysctls", {"x": "2"}),
        ("{op: remove, path: /machine/sysctls/x}", "sysctls", {}),
        ("{op: remove, path: /machine/sysctls}", "sysctls", None),
        ("{op: remove, path: /machine/files/0}", "files", None),
        ("{op: add, path: /machine/sysctls/a~1b~0c, value: '2'}", "sysctls", {"x": "1", "a/b~c": "2"}),
        ("{op: add, path: /machine/nodeLabels/a, value: b}", "nodeLabels", {"a": "b"}),
        ("{op: add, path: /machine/files/-, value: {path: /var/x}}", "files", [{"path": "/var/x"}]),
        ("{op: add, path: /machine/type/x, value: y}", "type", "worker"),
        ("{op: test, path: /machine/type, value: y}", "type", "worker"),
        ("{op: add, path: '${PATH}', value: y}", "type", "worker"),
        ("{op: add, path: /machine/type}", "type", "worker"),
        ("{op: add, path: machine/type, value: y}", "type", "worker"),
        ("{op: add, path: '', value: y}", "type", "worker"),
    ],
)
def test_an_operation_on_maps(operation: str, key: str, expected: object) -> None:
    """What it names and the tree lacks is made; what cannot be followed changes nothing."""
    assert applied(operation).get(key) == expected


@pytest.mark.parametrize(
    ("operation", "names"),
    [
        ("{op: add, path: /machine/kernel/modules/-, value: {name: c}}", ["a", "b", "c"]),
        ("{op: add, path: /machine/kernel/modules/1, value: {name: c}}", ["a", "c", "b"]),
        ("{op: replace, path: /machine/kernel/modules/1, value: {name: c}}", ["a", "c"]),
        ("{op: replace, path: /machine/kernel/modules/1/name, value: c}", ["a", "c"]),
        ("{op: remove, path: /machine/kernel/modules/0}", ["b"]),
        ("{op: remove, path: /machine/kernel/modules/9}", ["a", "b"]),
        ("{op: add, path: /machine/kernel/modules/9999999999, value: {name: c}}", ["a", "b", "c"]),
    ],
)
def test_an_operation_on_lists(operation: str, names: list[str]) -> None:
    """By index, or at the end."""
    assert [item["name"] for item in applied(operation)["kernel"]["modules"]] == names


def test_what_is_added_keeps_its_place_and_what_is_made_has_that_of_the_path() -> None:
    """So that findings lead to the patch."""
    patch = read("- op: add\n  path: /machine/kernel\n  value:\n    modules:\n      - name: nvidia\n")
    root = apply_json_patch(None, patch)
    assert root is not None
    kernel = Value(root, root.position).get("machine", "kernel")
    assert (str(kernel.key), str(kernel.get("modules", 0, "name").place)) == ("patch.yaml:2:9", "patch.yaml:5:15")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- {op: add, path: /a, value: 1}\n", True),
        ("- {op: remove, path: /a}\n- {op: test, path: /b, value: 1}\n", True),
        ("[]\n", False),
        ("- {op: create, path: /var/x, content: y}\n", False),
        ("- {op: add}\n", False),
        ("- {op: add, path: /a}\n- name: x\n", False),
        ("{op: add, path: /a}\n", False),
    ],
)
def test_what_is_a_patch(text: str, expected: bool) -> None:
    """A list of operations, and nothing else: a list of machine.files is none."""
    assert is_json_patch(read(text)) is expected
