"""A file as it lies there: its bytes, and its YAML documents as far as it has any."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from pathlib import PurePosixPath
from posixpath import normpath

from talos_gpu.errors import NotUnderstood
from talos_gpu.finding import Finding
from talos_gpu.inventory.relevance import without_irrelevant
from talos_gpu.inventory.template_text import (
    has_jinja_comments,
    is_template,
    made_readable,
    may_be_changed,
    without_jinja_comments,
)
from talos_gpu.inventory.value import Value
from talos_gpu.yaml_events import MAX_BYTES, read_events, read_tolerantly

__all__ = ["BROKEN", "DUPLICATE", "HCL", "NOT_READ", "Files", "SourceFile", "line_starts", "read_source", "read_yaml"]

NOT_READ = "LNT002"
"""The rule under which it is said that a file, or a part of it, was not read."""
BROKEN = "LNT003"
"""The rule under which it is said that something is no YAML."""
DUPLICATE = "LNT004"
"""The rule under which it is said that a key stands twice in one map."""

_LARGE = 1 << 16
HCL = (".tf", ".tofu", ".tfvars", ".hcl")
"""What OpenTofu, Terraform and Terragrunt read: no YAML."""
_TEMPLATE_NAME = re.compile(r"\.(j2|jinja2?|tpl|tmpl|gotmpl|tftpl)$")
_CONTROLLED = re.compile(r"^[ \t]*#%", re.MULTILINE)
"""Lines that makejinja takes out: to YAML they are comments."""
_ENCRYPTED = re.compile(r"ENC\[AES256_GCM|^\$ANSIBLE_VAULT|^-----BEGIN (?:AGE|PGP)|^\x00GITCRYPT", re.MULTILINE)
_HALF = re.compile(rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|.)")
"""JSON escapes a picture in two halves, which YAML refuses; a backslash and what it escapes are looked at together."""
_COMMENT = re.compile(r"^\s*(?://|/\*)", re.MULTILINE)
_TWICE = re.compile(r" stands twice in one map, first at ")
_ENDS = "\r\n\x85\u2028\u2029"
_LF, _ANY_END = re.compile("\n"), re.compile(f"\r\n|[{_ENDS}]")
_LIMIT = re.compile(r"\bmore than [0-9,]+ |; at most [0-9,]+ are read")


@dataclass(frozen=True, slots=True)
class SourceFile:
    """`path` is posix and relative to the root. `faults` are what is wrong with its YAML: then documents may be few.

    Of a `templated` file a template engine makes something else before it is used: keys that are seen may vanish, and
    what is missed may be there.
    """

    path: str
    data: bytes
    documents: tuple[Value, ...] = ()
    faults: tuple[Finding, ...] = ()
    templated: bool = False

    @property
    def text(self) -> str:
        """The text; bytes that are not UTF-8 are shown as such."""
        return _text(self.data)

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines as places in the file count them, without their ends."""
        return _lines(self.path, self.data)

    @property
    def folder(self) -> str:
        """The folder that it lies in; empty for the root."""
        return self.path.rpartition("/")[0]


def _text(data: bytes) -> str:
    return data.decode(errors="replace").removeprefix("\ufeff")


@lru_cache(maxsize=4)
def _lines(path: str, data: bytes) -> tuple[str, ...]:
    """A report asks for one line after the other of the same file."""
    text = _text(data)
    starts = [*line_starts(path, text), None]
    return tuple(text[start:end].rstrip(_ENDS) for start, end in pairwise(starts))


def line_starts(path: str, text: str) -> list[int]:
    """Where each line begins: YAML ends one at more characters than HCL does, and than most editors do."""
    ends = _LF if path.endswith(HCL) else _ANY_END
    return [0, *(found.end() for found in ends.finditer(text))]


def read_source(path: str, data: bytes) -> SourceFile:
    """The file with its documents; what follows broken YAML is not read, what stands before it is kept.

    A file that is visibly a template is read as far as YAML stands between its directives. HCL has no documents.
    """
    return SourceFile(path, data) if path.endswith(HCL) else read_yaml(path, data)


def read_yaml(path: str, data: bytes) -> SourceFile:
    """The same, whatever the file is called."""
    documents, faults = _parse(path, _prepared(path, data))
    named = bool(_TEMPLATE_NAME.search(path))
    text = data[:MAX_BYTES].decode(errors="replace") if faults or named or b"#%" in data else ""
    templated = named and may_be_changed(text)
    if any(fault.rule == BROKEN for fault in faults) and is_template(text):
        templated = True
        again, still = _parse(path, made_readable(text.removeprefix("\ufeff")).encode())
        if not any(fault.rule == BROKEN for fault in still):
            documents, faults = again, still
    templated = templated or bool(_CONTROLLED.search(text))
    why = "a template" if templated else "encrypted" if _ENCRYPTED.search(text) else _json_beyond_yaml(path, text)
    return SourceFile(path, data, documents, _judged(faults, why), templated)


def _prepared(path: str, data: bytes) -> bytes:
    """The bytes as YAML reads them best: the same lines and columns."""
    if b"#{" in data and len(data) <= MAX_BYTES:
        text = data.decode(errors="surrogateescape")
        if has_jinja_comments(text):
            data = without_jinja_comments(text).encode(errors="surrogateescape")
    if path.endswith(".json"):
        # JSON has no tabs inside strings; YAML wants none between them.
        data = _HALF.sub(_whole, data.replace(b"\t", b" "))
    return without_irrelevant(data) if len(data) > _LARGE else data


def _parse(path: str, data: bytes) -> tuple[tuple[Value, ...], tuple[Finding, ...]]:
    documents: list[Value] = []
    faults: list[Finding] = []
    events = read_events(data, path)
    try:
        while True:
            root, remarks = read_tolerantly(events, path)
            if root is None:
                break
            documents.append(Value(root, root.position))
            faults.extend(remarks)
    except NotUnderstood as error:
        faults.extend(error.findings)
    return tuple(documents), tuple(map(_named, faults))


def _named(fault: Finding) -> Finding:
    """The fault under its rule."""
    if _TWICE.search(fault.message):
        return replace(fault, rule=DUPLICATE, severity="warning")
    if _LIMIT.search(fault.message):
        return replace(fault, rule=NOT_READ, severity="info", message=f"not read any further: {fault.message}")
    return replace(fault, rule=BROKEN, severity="error")


def _whole(escape: re.Match[bytes]) -> bytes:
    return rb"\uFFFD\uFFFD" if len(escape[0]) > 2 else escape[0]


def _json_beyond_yaml(path: str, text: str) -> str:
    """What a `.json` file is that is no YAML and need not be; empty for any other, and for JSON that is broken."""
    if not path.endswith(".json") or not text:
        return ""
    if _COMMENT.search(text):
        return "JSON with comments"
    lines = text.split("\n")
    if _is_json(text):
        return "JSON with what YAML refuses"
    return "several JSON values" if all(_is_json(line) for line in lines if line.strip()) else ""


def _is_json(text: str) -> bool:
    try:
        json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return False
    return True


def _judged(faults: tuple[Finding, ...], why: str) -> tuple[Finding, ...]:
    """The faults as far as they are the author's; `why` is why the text need not be YAML (yet), empty where it must."""
    if not why:
        return faults
    rest = [fault for fault in faults if fault.rule == NOT_READ]
    broken = [fault for fault in faults if fault.rule == BROKEN]
    return (*rest, *(_unread(fault, why) for fault in broken[:1]))


def _unread(fault: Finding, why: str) -> Finding:
    remedy = "" if "JSON" in why else "Lint what it renders to, or what it decrypts to."
    message = f"not read any further: it is {why}, and {fault.message}"
    return replace(fault, rule=NOT_READ, severity="info", message=message, remedy=remedy)


class Files:
    """All files that were read, by path."""

    def __init__(self, files: Mapping[str, SourceFile]) -> None:
        self._files = dict(sorted(files.items()))

    def __iter__(self) -> Iterator[SourceFile]:
        return iter(self._files.values())

    def __len__(self) -> int:
        return len(self._files)

    def get(self, path: str) -> SourceFile | None:
        """The file at a path below the root."""
        return self._files.get(path)

    def near(self, file: str, reference: str) -> SourceFile | None:
        """The file that `reference`, written in `file`, names; None where it lies outside the root or is not there."""
        if reference.startswith("/"):
            return None
        path = normpath(str(PurePosixPath(file).parent / reference))
        return None if path.startswith("..") else self._files.get(path)

    def below(self, folder: str) -> Iterator[SourceFile]:
        """The files of a folder and its sub-folders."""
        return (file for path, file in self._files.items() if not folder or path.startswith(f"{folder}/"))
