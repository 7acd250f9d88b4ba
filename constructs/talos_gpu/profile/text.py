"""The strings that a profile may hold: each type refuses what would break a file name, a label or a terminal."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator

from talos_gpu.profile.shape import Shape, problem, shown

__all__ = [
    "Address",
    "BlockText",
    "ChartRepository",
    "ContractVersion",
    "Disk",
    "Endpoint",
    "ExtensionName",
    "KubernetesVersion",
    "LabelKey",
    "LabelValue",
    "Name",
    "RelativePath",
    "RepositoryUrl",
    "SchematicId",
    "TalosVersion",
    "Text",
    "safe",
]

_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)
"""Control characters other than tab and line feed, bidi controls, lone surrogates: none may reach a terminal."""

_RESERVED = frozenset({"con", "prn", "aux", "nul", *(f"{n}{i}" for n in ("com", "lpt") for i in range(1, 10))})
"""File names that Windows keeps for devices (Microsoft: Naming Files, Paths, and Namespaces)."""

_HOST_NAME = re.compile(
    r"(?=.{1,253}$)(?![\d.]+$)[A-Za-z0-9]([A-Za-z0-9-]{0,62})?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,62})?)*"
)
_COPY_ADDRESS = re.compile(r"[\w.-]+@[\w.-]+:[\w./~-]+", re.ASCII)
"""Git's short form of an ssh address, user@host:path."""


def _as_written(value: Any) -> Any:
    """An unquoted number or boolean is taken for the text the user wrote: `1.10` stays `1.10`."""
    if isinstance(value, bool):
        return str(value).lower()
    return getattr(value, "text", value)


def safe(value: str) -> str:
    """The text, when nothing in it could steer a terminal."""
    if found := _UNSAFE.search(value):
        raise problem(f"found the control character U+{ord(found.group()):04X}, which no text here may hold")
    return value


def _one_line(value: str) -> str:
    if not value.strip():
        raise problem("found nothing, expected a text")
    if value != value.strip():
        raise problem(f"found {shown(value)}, expected text without blanks at its ends")
    if "\n" in value or "\t" in value:
        raise problem("found a line break or a tab, expected one line of text")
    return safe(value)


def _not_reserved(value: str) -> str:
    if value in _RESERVED:
        raise problem(f"found {shown(value)}, a name that Windows keeps for a device; choose another")
    return value


def _is_address(value: str) -> str:
    try:
        ip_address(value)
    except ValueError:
        if not _HOST_NAME.fullmatch(value):
            raise problem(f"found {shown(value)}, expected an IP address or a host name") from None
    return value


def _is_endpoint(value: str) -> str:
    expected = "the address of the Kubernetes API, such as https://192.0.2.10:6443"
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        raise problem(f"found {shown(value)}, expected {expected}") from None
    if value != f"https://{parts.netloc}" or not re.fullmatch(r"[A-Za-z0-9.:\[\]-]+", parts.netloc):
        raise problem(f"found {shown(value)}, expected {expected}")
    return value


def _is_repository_url(value: str) -> str:
    expected = "a repository address such as https://git.example.org/team/cluster.git"
    try:
        parts = urlsplit(value)
    except ValueError:
        raise problem(f"found {shown(value)}, expected {expected}") from None
    known = parts.scheme in {"https", "http", "ssh", "oci", "file"} and not re.search(r"[\s\"'`$\\{}]", value)
    if not known and not _COPY_ADDRESS.fullmatch(value):
        raise problem(f"found {shown(value)}, expected {expected}")
    if parts.password or (parts.username and parts.scheme != "ssh"):
        raise problem("found credentials in the address; leave them out, nothing secret is written here")
    return value


def _is_chart_repository(value: str) -> str:
    if urlsplit(value).scheme not in {"https", "http", "oci"}:
        raise problem(f"found {shown(value)}, expected the https:// or oci:// address of a chart repository")
    return value


def _below(value: str) -> str:
    parts = value.split("/")
    if value.startswith("/") or "\\" in value or any(part in {"", ".", ".."} for part in parts):
        raise problem(f"found {shown(value)}, expected a relative path with / that stays below its folder")
    return value


Text = Annotated[str, BeforeValidator(_as_written), AfterValidator(_one_line)]
"""One line of text without control characters."""

BlockText = Annotated[str, BeforeValidator(_as_written), AfterValidator(safe)]
"""Text that may hold line breaks."""

Name = Annotated[
    Text,
    Shape(
        r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?",
        "lower-case letters, digits and dashes (a DNS-1123 label of at most 63 characters)",
    ),
    AfterValidator(_not_reserved),
]

_RELEASE = r"v\d{1,4}\.\d{1,4}\.\d{1,4}(-(alpha|beta|rc)\.\d{1,4})?"

TalosVersion = Annotated[Text, Shape(_RELEASE, "a full Talos release with its v (v1.x.y)")]

ContractVersion = Annotated[Text, Shape(r"v\d{1,4}\.\d{1,4}", "a Talos minor with its v (v1.x)")]

KubernetesVersion = Annotated[Text, Shape(_RELEASE, "a full Kubernetes release with its v (v1.x.y)")]

SchematicId = Annotated[Text, Shape("[0-9a-f]{64}", "the 64 lower-case hexadecimal digits of a schematic id")]

Address = Annotated[Text, AfterValidator(_is_address)]
"""An IP address or a host name."""

Endpoint = Annotated[Text, AfterValidator(_is_endpoint)]

Disk = Annotated[Text, Shape(r"/dev/[A-Za-z0-9/_.:@+-]+", "a device path such as /dev/nvme0n1 or /dev/disk/by-id/...")]

ExtensionName = Annotated[
    Text,
    Shape(
        r"(siderolabs/)?[a-z0-9][a-z0-9.-]*([:@][A-Za-z0-9._:@+-]*)?",
        "the name of an official extension, such as siderolabs/iscsi-tools",
    ),
]
"""Name of a system extension, with or without `siderolabs/`. Tags are refused by the plan, with the name to write."""

LabelKey = Annotated[
    Text,
    Shape(
        r"([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?",
        "a Kubernetes label key: an optional DNS prefix and /, then at most 63 letters, digits, - _ or .",
    ),
]

LabelValue = Annotated[
    str,
    BeforeValidator(_as_written),
    Shape(
        r"([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?",
        "a Kubernetes label value: at most 63 letters, digits, - _ or .",
    ),
]

RepositoryUrl = Annotated[Text, AfterValidator(_is_repository_url)]

ChartRepository = Annotated[RepositoryUrl, AfterValidator(_is_chart_repository)]

RelativePath = Annotated[Text, AfterValidator(_below)]
