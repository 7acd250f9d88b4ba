"""A schematic out of YAML text, read as the Image Factory reads it.

Checked against image-factory v1.4.0, pkg/schematic/schematic.go. A finding's `source` quotes what the factory answers.
"""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from typing import Any

from talos_gpu.errors import NotUnderstood
from talos_gpu.finding import Finding, Position
from talos_gpu.schematic.options import OptionMap, OptionValue, freeze
from talos_gpu.schematic.scalar import NO, YES, Scalar, resolve
from talos_gpu.schematic.schematic import BOOTLOADERS, Bootloader, MetaValue, Overlay, Schematic
from talos_gpu.yaml_events import MappingNode, Node, ScalarNode, SequenceNode, excerpt, key_path, read_events, read_node

__all__ = ["parse", "read_schematic"]

Path = tuple[str | int, ...]
Reader = Callable[[Node, Path], Any]

_MAX_UINT8 = 255
_MAX_UINT64 = (1 << 64) - 1


def parse(text: str | bytes, file: str) -> Schematic:
    """Return the schematic that the Image Factory makes of `text`: of its first document, JSON included.

    Empty entries (`~`) of a list are left out and unquoted numbers taken as written, as the factory does.

    Raises:
        NotUnderstood: all that the factory refuses, and what passes the limits of `talos_gpu.yaml_events`.

    """
    data = text if isinstance(text, bytes) else text.encode(errors="surrogatepass")
    root = read_node(read_events(data, file), file)
    if root is None:
        message = "the schematic is empty"
        raise NotUnderstood([Finding(Position(file, 1, 1), "", message, "Write `customization: {}`.", _said("EOF"))])
    return read_schematic(root)


def read_schematic(root: Node) -> Schematic:
    """Return the schematic that the Image Factory makes of a document's node, or of a part of one.

    Raises:
        NotUnderstood: all that the factory refuses.

    """
    decoder = _Decoder()
    schematic = decoder.schematic(root)
    if decoder.findings:
        raise NotUnderstood(decoder.findings)
    return schematic


def _said(answer: str) -> str:
    return f"Image Factory v1.4.0: {answer}"


class _Decoder:
    """One method a type of the factory's struct; each returns the zero value where it had to report something."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []

    def schematic(self, node: Node) -> Schematic:
        fields = self._struct(
            node, (), {"owner": self._owner, "overlay": self._overlay, "customization": self._customization}
        )
        return Schematic(overlay=fields.get("overlay", Overlay()), **fields.get("customization", {}))

    def _owner(self, node: Node, path: Path) -> None:
        if self._string(node, path):
            answer = "owner field is only supported in Enterprise edition"
            self._report(node, path, "`owner` is for enterprise factories only", "Leave it out.", answer)

    def _overlay(self, node: Node, path: Path) -> Overlay:
        readers: dict[str, Reader] = {"image": self._string, "name": self._string, "options": self._options}
        return Overlay(**self._struct(node, path, readers))

    def _customization(self, node: Node, path: Path) -> dict[str, Any]:
        fields = self._struct(
            node,
            path,
            {
                "embeddedMachineConfiguration": self._string,
                "extraKernelArgs": self._strings,
                "meta": self._meta,
                "systemExtensions": self._system_extensions,
                "bootloader": self._bootloader,
                "secureboot": self._secure_boot,
                "diskImage": self._disk_image,
            },
        )
        secure_boot = fields.get("secureboot", {})
        return {
            "embedded_config": fields.get("embeddedMachineConfiguration", ""),
            "kernel_args": fields.get("extraKernelArgs", ()),
            "meta": fields.get("meta", ()),
            "extensions": fields.get("systemExtensions", {}).get("officialExtensions", ()),
            "bootloader": fields.get("bootloader", "none"),
            "enroll_keys": secure_boot.get("enrollKeys", ""),
            "well_known_certificates": secure_boot.get("includeWellKnownCertificates", False),
            "sector_size": fields.get("diskImage", {}).get("sectorSize", 0),
        }

    def _system_extensions(self, node: Node, path: Path) -> dict[str, Any]:
        return self._struct(node, path, {"officialExtensions": self._strings})

    def _secure_boot(self, node: Node, path: Path) -> dict[str, Any]:
        return self._struct(node, path, {"enrollKeys": self._string, "includeWellKnownCertificates": self._boolean})

    def _disk_image(self, node: Node, path: Path) -> dict[str, Any]:
        return self._struct(node, path, {"sectorSize": self._sector_size})

    def _sector_size(self, node: Node, path: Path) -> int:
        return self._integer(node, path, _MAX_UINT64)

    def _meta(self, node: Node, path: Path) -> tuple[MetaValue, ...]:
        readers: dict[str, Reader] = {"key": self._meta_key, "value": self._string}
        return tuple(
            MetaValue(fields.get("key", 0), fields.get("value", ""))
            for item, place in self._items(node, path)
            for fields in [self._struct(item, place, readers)]
        )

    def _meta_key(self, node: Node, path: Path) -> int:
        return self._integer(node, path, _MAX_UINT8)

    def _strings(self, node: Node, path: Path) -> tuple[str, ...]:
        return tuple(self._string(item, place) for item, place in self._items(node, path))

    def _string(self, node: Node, path: Path) -> str:
        if not isinstance(node, ScalarNode):
            self._wrong_type(node, path, "a string")
            return ""
        return "" if self._scalar(node, path) is None else node.text

    def _boolean(self, node: Node, path: Path) -> bool:
        value = self._scalar(node, path) if isinstance(node, ScalarNode) else node
        # The words of YAML 1.1 count here, and in quotes too; a quoted "true" does not.
        if value is True or (isinstance(value, str) and value in YES):
            return True
        if value is not None and value is not False and not (isinstance(value, str) and value in NO):
            self._wrong_type(node, path, "true or false, without quotes")
        return False

    def _integer(self, node: Node, path: Path, largest: int) -> int:
        value = self._scalar(node, path) if isinstance(node, ScalarNode) else node
        if value is None:
            return 0
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= largest:
            return value
        self._wrong_type(node, path, f"a whole number from 0 to {largest}, without quotes")
        return 0

    def _bootloader(self, node: Node, path: Path) -> Bootloader:
        if not isinstance(node, ScalarNode) or node.aliased:
            self._wrong_type(node, path, "the name of a boot loader, not an alias")
            return "none"
        if self._scalar(node, path) is None:
            return "none"
        for known in BOOTLOADERS:
            if node.text.lower() == known:
                return known
        remedy = "Leave it out to let Talos choose." if node.text == "auto" else ""
        message = f"unknown boot loader `{excerpt(node.text)}`; allowed are {', '.join(BOOTLOADERS)}"
        self._report(node, path, message, remedy, f"{excerpt(node.text)} does not belong to BootloaderKind values")
        return "none"

    def _options(self, node: Node, path: Path) -> OptionMap:
        if self._is_null(node, path):
            return OptionMap()
        if not isinstance(node, MappingNode):
            self._wrong_type(node, path, "a map")
            return OptionMap()
        return self._option_map(node, path, string_keys=True)

    def _option_map(self, node: MappingNode, path: Path, string_keys: bool) -> OptionMap:
        pairs: list[tuple[Scalar, OptionValue]] = []
        for key, value in node.pairs:
            if not isinstance(key, ScalarNode):
                self._wrong_type(key, path, "a scalar as key")
                continue
            name = self._scalar(key, path)
            if string_keys and name is None:
                continue
            pairs.append((key.text if string_keys else name, self._option(value, (*path, key.text))))
        return OptionMap.of(pairs)

    def _option(self, node: Node, path: Path) -> OptionValue:
        if isinstance(node, ScalarNode):
            return freeze(self._scalar(node, path))
        if isinstance(node, SequenceNode):
            return tuple(self._option(item, (*path, index)) for index, item in enumerate(node.items))
        keys = [key for key, _ in node.pairs[: node.own] if isinstance(key, ScalarNode)]
        return self._option_map(node, path, all(isinstance(self._scalar(key, path), str) for key in keys))

    def _struct(self, node: Node, path: Path, readers: dict[str, Reader]) -> dict[str, Any]:
        """Return the fields that are there, each read by its reader; a null leaves all of them out."""
        if self._is_null(node, path):
            return {}
        if not isinstance(node, MappingNode):
            self._wrong_type(node, path, "a map")
            return {}
        fields: dict[str, Any] = {}
        for key, value in node.pairs:
            if not isinstance(key, ScalarNode):
                self._wrong_type(key, path, "a string as key")
            elif self._is_null(key, path):
                continue
            elif key.text in readers:
                fields[key.text] = readers[key.text](value, (*path, key.text))
            else:
                self._unknown_key(key, path, readers)
        return fields

    def _items(self, node: Node, path: Path) -> list[tuple[Node, Path]]:
        """Return the entries of a list with their paths, without those that are null."""
        if self._is_null(node, path):
            return []
        if not isinstance(node, SequenceNode):
            self._wrong_type(node, path, "a list")
            return []
        places = ((item, (*path, index)) for index, item in enumerate(node.items))
        return [(item, place) for item, place in places if not self._is_null(item, place)]

    def _is_null(self, node: Node, path: Path) -> bool:
        return isinstance(node, ScalarNode) and self._scalar(node, path) is None

    def _scalar(self, node: ScalarNode, path: Path) -> Scalar:
        if node.tag == "str" or not (node.plain or node.tag):
            return node.text
        value = resolve(node.text)
        if not node.tag or node.tag == _tag_of(value):
            return value
        if node.tag == "float" and _tag_of(value) == "int":
            return float(str(value))
        self._report(node, path, f"`{excerpt(node.text)}` is no {node.tag}, but its tag says so", "Leave the tag out.")
        return value

    def _unknown_key(self, key: ScalarNode, path: Path, readers: dict[str, Reader]) -> None:
        near = get_close_matches(key.text[:100], readers, n=1)
        remedy = f"Did you mean `{near[0]}`?" if near else "Remove it."
        message = f"unknown key `{excerpt(key.text)}`; allowed here are {', '.join(readers)}"
        self._report(key, (*path, key.text), message, remedy, f"field {excerpt(key.text)} not found")

    def _wrong_type(self, node: Node, path: Path, wanted: str) -> None:
        found = f"`{excerpt(node.text)}`" if isinstance(node, ScalarNode) else _name_of(node)
        message = f"found {found}; wanted is {wanted}"
        self._report(node, path, message, "", "cannot construct")

    def _report(self, node: Node, path: Path, message: str, remedy: str = "", answer: str = "") -> None:
        source = _said(answer) if answer else ""
        self.findings.append(Finding(node.position, key_path(path), message, remedy, source))


def _name_of(node: Node) -> str:
    return "a list" if isinstance(node, SequenceNode) else "a map"


def _tag_of(value: Scalar) -> str:
    kinds = {bool: "bool", int: "int", float: "float", type(None): "null"}
    return kinds.get(type(value), "other")
