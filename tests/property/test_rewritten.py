"""Laws over how a profile is written: order, quotes, comments and layout of the text decide nothing."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from talos_gpu.output.render import render
from talos_gpu.output.rendered import RenderedCluster

PROFILES = Path(__file__).resolve().parents[2] / "profiles"
NAMES = sorted(path.name for path in PROFILES.glob("*.yaml"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("rewritten")
    (root / "profiles").mkdir()
    return root


def rendered(root: Path, name: str, text: bytes) -> RenderedCluster:
    (root / "profiles" / name).write_bytes(text)
    (cluster,) = render([f"profiles/{name}"], root)
    return cluster


@cache
def original(root: Path, name: str) -> RenderedCluster:
    return rendered(root, name, (PROFILES / name).read_bytes())


def compose(name: str) -> yaml.Node:
    node = yaml.compose((PROFILES / name).read_text(encoding="utf-8"), yaml.SafeLoader)
    assert node is not None
    return node


def rewrite(node: yaml.Node, choose: Callable[[int], int]) -> None:
    """Shuffles maps, and changes quotes, block and flow style, as `choose` (a number below the given one) says."""
    if isinstance(node, yaml.ScalarNode):
        if node.tag == "tag:yaml.org,2002:str":
            node.style = ["'", '"', node.style][choose(3)]
        return
    node.flow_style = bool(choose(2))
    if isinstance(node, yaml.MappingNode):
        for index in range(len(node.value) - 1, 0, -1):
            other = choose(index + 1)
            node.value[index], node.value[other] = node.value[other], node.value[index]
        for _, value in node.value:
            rewrite(value, choose)
    else:
        for item in node.value:
            rewrite(item, choose)


def written(node: yaml.Node, width: int, indent: int, comment: str) -> bytes:
    text: str = yaml.serialize(node, Dumper=yaml.SafeDumper, width=width, indent=indent, allow_unicode=True)
    # A comment may stand on a line of its own wherever no flow collection or quoted text is open.
    head = f"# {comment}\n" if comment else ""
    return (head + text + f"\n# {comment}\n").encode()


@settings(max_examples=60)
@given(st.sampled_from(NAMES), st.data())
def test_order_quotes_style_and_comments_change_no_byte(folder: Path, name: str, data: st.DataObject) -> None:
    """Whatever the text of a profile looks like, the same cluster comes out of it, byte by byte."""
    node = compose(name)
    rewrite(node, lambda below: data.draw(st.integers(0, below - 1)))
    comment = data.draw(st.sampled_from(["", "why", "cluster: other", "- {"]))
    text = written(node, data.draw(st.sampled_from([40, 80, 1000])), data.draw(st.integers(2, 6)), comment)
    again = rendered(folder, name, text)
    assert again.name == original(folder, name).name
    assert dict(again.files) == dict(original(folder, name).files)
    assert again.row == original(folder, name).row


def commented(text: str) -> str:
    """The text with a comment behind every line that can take one, and an empty line before it."""
    return "".join(
        f"\n{line}   # so\n" if line.strip() and not line.lstrip().startswith("#") else f"{line}\n"
        for line in text.splitlines()
    )


ENCODINGS: dict[str, Callable[[str], bytes]] = {
    "with a comment on every line": lambda text: commented(text).encode(),
    "without any comment": lambda text: "".join(
        f"{line.split('#')[0].rstrip()}\n" for line in text.splitlines()
    ).encode(),
    "with line ends of Windows": lambda text: text.replace("\n", "\r\n").encode(),
    "with a byte order mark": lambda text: text.encode("utf-8-sig"),
    "with a document start and end": lambda text: f"%YAML 1.2\n---\n{text}...\n".encode(),
    "without a final newline": lambda text: text.rstrip("\n").encode(),
    "as one line of JSON": lambda text: (
        yaml.safe_dump(yaml.safe_load(text), default_style='"', default_flow_style=True, width=100_000)
        .replace('!!bool "true"', "true")
        .replace('!!null "null"', "null")
        .replace("!!int ", "")
        .encode()
    ),
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("how", ENCODINGS)
def test_the_same_profile_written_otherwise(folder: Path, name: str, how: str) -> None:
    """Neither comments nor line ends nor the encoding reach the output."""
    text = (PROFILES / name).read_text(encoding="utf-8")
    data = ENCODINGS[how](text)
    if how == "as one line of JSON":
        data = _unquoted_numbers(data)
    assert dict(rendered(folder, name, data).files) == dict(original(folder, name).files)


def _unquoted_numbers(data: bytes) -> bytes:
    """Counts must be numbers: quotes would make them texts."""
    import re

    return re.sub(rb'"(count|replicas)": "(\d+)"', rb'"\1": \2', data)


@pytest.mark.parametrize("name", NAMES)
def test_rendering_twice_gives_equal_bytes(folder: Path, name: str) -> None:
    text = (PROFILES / name).read_bytes()
    assert dict(rendered(folder, name, text).files) == dict(rendered(folder, name, text).files)


def yaml_1_1(text: str) -> list[Any]:
    return list(yaml.safe_load_all(text))


def yaml_1_2(text: str) -> list[Any]:
    reader = YAML(typ="safe", pure=True)
    reader.version = (1, 2)
    return list(reader.load_all(io.StringIO(text)))


@pytest.mark.parametrize("name", NAMES)
def test_output_means_the_same_in_both_versions_of_yaml(folder: Path, name: str) -> None:
    """Kubernetes reads YAML 1.1 and much else 1.2: no scalar may change its type between them."""
    streams = {path: data.decode() for path, data in original(folder, name).files.items() if path.endswith(".yaml")}
    assert len(streams) >= 5
    for path, text in streams.items():
        old, new = yaml_1_1(text), yaml_1_2(text)
        assert old == new, path
        assert repr(old) == repr(new), path


WORDS = [
    "yes",
    "on",
    "off",
    "Null",
    "~",
    "1e3",
    "1.10",
    "0x1F",
    "0o17",
    "017",
    "1_000",
    "1:30",
    "12:30:45",
    "2026-11-21",
]


@settings(max_examples=40)
@given(
    st.lists(
        st.sampled_from(WORDS) | st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9_.-]{0,8}[A-Za-z0-9])?", fullmatch=True),
        max_size=4,
    )
)
def test_labels_that_look_like_other_types_stay_texts(folder: Path, words: list[str]) -> None:
    """Words that one version of YAML takes for a number, a date or a switch reach the nodes as they were written."""
    keep = [word for word in words if ":" not in word and word != "~"]
    labels = {f"l{index}": word for index, word in enumerate(keep)}
    profile = {
        "cluster": "words",
        "talos": "v1.11.1",
        "stack": "none",
        "pools": {"gpu": {"gpu": {"model": "L40S"}, "labels": labels}},
    }
    cluster = rendered(folder, "words.yaml", yaml.safe_dump(profile).encode())
    text = next((data.decode() for path, data in cluster.files.items() if path.endswith("node-labels.yaml")), "")
    if labels:
        for read in (yaml_1_1, yaml_1_2):
            assert read(text)[0]["machine"]["nodeLabels"] == labels
