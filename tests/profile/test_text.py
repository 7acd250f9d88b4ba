"""The texts that a profile may hold, one type at a time."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from talos_gpu.profile import text
from talos_gpu.profile.message import sentence
from talos_gpu.profile.profile import Profile

RIGHT = {
    "Name": ["a", "a1", "gpu-1", "0", "a" * 63],
    "TalosVersion": ["v1.5.0", "v1.14.6", "v1.15.0-beta.0", "v1.14.0-rc.1"],
    "ContractVersion": ["v1.5", "v1.14"],
    "KubernetesVersion": ["v1.36.6", "v1.37.0-alpha.1"],
    "Address": ["192.0.2.1", "2001:db8::1", "gpu-1", "gpu-1.example.org", "1.example"],
    "Endpoint": ["https://192.0.2.10:6443", "https://[2001:db8::1]:6443", "https://api.example.org"],
    "Disk": ["/dev/sda", "/dev/nvme0n1", "/dev/disk/by-id/wwn-0x5000"],
    "LabelKey": ["role", "example.org/rack", "nvidia.com/gpu.present", "a_b"],
    "LabelValue": ["", "gpu", "1.10", "a_b-c.d"],
    "RepositoryUrl": ["https://git.example.org/a.git", "ssh://git@git.example.org/a", "git@git.example.org:a/b.git"],
    "ChartRepository": ["https://charts.example.org/stable", "oci://registry.example.org/charts/gpu-operator"],
    "RelativePath": ["a", "a/b.yaml", ".a"],
    "SchematicId": ["0" * 64],
}
WRONG = {
    "Name": ["", "A", "a_b", "-a", "a-", "a.b", "a/b", "..", "a" * 64, "con", "lpt1", "ä", "a\n"],
    "TalosVersion": ["1.14.6", "v1.14", "v1.14.6.1", "v1.14.6-dev", "v1.14.6 ", "V1.14.6", "v1.14.٦"],
    "ContractVersion": ["1.14", "v1", "v1.14.6"],
    "KubernetesVersion": ["1.36.6", "v1.36"],
    "Address": ["", "192.0.2.256", "1.2.3", "a b", "-a", "a..b", "a/b", "192.0.2.1/24"],
    "Endpoint": [
        "192.0.2.10:6443",
        "http://a:6443",
        "https://a:6443/",
        "https://u@a",
        "https://a:b",
        "https://",
        "https://a:99999",
    ],
    "Disk": ["sda", "/dev/", "/dev/a b", "/etc/passwd", "/dev/$(id)"],
    "LabelKey": ["", "a b", "/a", "a/", "a/b/c", "A.org/b", "-a", "a" * 64],
    "LabelValue": ["a b", "-a", "a/b", "a" * 64],
    "RepositoryUrl": [
        "",
        "a",
        "https://u:p@example.org/a",
        "https://a/`id`",
        "https://a/${B}",
        "javascript:alert(1)",
    ],
    "ChartRepository": ["git@git.example.org:a/b.git", "file:///a", "charts"],
    "RelativePath": ["", "/a", "../a", "a/../b", "./a", "a//b", "a\\b", "a/"],
    "SchematicId": ["0" * 63, "0" * 65, "A" * 64],
}


def check(kind: str, value: Any) -> str:
    """What is said about the value; nothing where it is right."""
    try:
        TypeAdapter(getattr(text, kind)).validate_python(value)
    except ValidationError as error:
        (detail,) = error.errors(include_url=False)
        return sentence(detail, Profile)
    return ""


@pytest.mark.parametrize(("kind", "value"), [(kind, value) for kind, values in RIGHT.items() for value in values])
def test_what_is_right(kind: str, value: str) -> None:
    assert check(kind, value) == ""


@pytest.mark.parametrize(("kind", "value"), [(kind, value) for kind, values in WRONG.items() for value in values])
def test_what_is_wrong_is_told_in_one_printable_sentence(kind: str, value: str) -> None:
    told = check(kind, value)
    assert told.startswith("found ")
    assert told.isprintable()


@pytest.mark.parametrize("value", ["\x1b[31m", "a\u202eb", "a\x7fb", "a\x85b", "\ufeffa", "a\u2028b", "a\x00b"])
def test_no_text_may_steer_a_terminal(value: str) -> None:
    for kind in ("Text", "BlockText"):
        assert check(kind, value).startswith("found the control character U+")


def test_a_long_text_is_shown_in_part() -> None:
    assert len(check("Name", "A" * 10_000)) < 200
