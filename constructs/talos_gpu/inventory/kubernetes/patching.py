"""Patches of kustomize and Flux: which objects they mean, and the objects with them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from talos_gpu.inventory.inside import read_inside
from talos_gpu.inventory.kubernetes.json_patch import json_patched
from talos_gpu.inventory.kubernetes.manifest import Manifest, group_of
from talos_gpu.inventory.kubernetes.strategic_patch import patched, with_value
from talos_gpu.inventory.source_file import Files
from talos_gpu.inventory.value import Value
from talos_gpu.yaml_events import Node

__all__ = ["apply_patches", "may_mean"]

_BUILT_IN = re.compile(r"|apps|batch|autoscaling|policy|[a-z.]+\.k8s\.io")
_SIMPLE = re.compile(r"\^?[\w./-]*(?:\.\*[\w./-]*){0,2}\$?")
"""Of the regular expressions that a target may hold, those that are followed."""


@dataclass(frozen=True, slots=True)
class _Patch:
    """One document of a patch; `target` is absent where the document itself names the object.

    `body` is None where it could not be read: then all that it may mean is not whole.
    """

    target: Value
    body: Value | None


def apply_patches(manifests: Iterable[Manifest], patches: Iterable[Value], file: str, files: Files) -> list[Manifest]:
    """The manifests with the patches that stand in `file` applied in order."""
    result = list(manifests)
    for entry in patches:
        for patch in _read(entry, file, files):
            result = [changed for manifest in result for changed in _applied(manifest, patch)]
    return result


def may_mean(kinds: Iterable[str], patches: Iterable[Value], file: str, files: Files) -> bool:
    """Whether a patch that stands in `file` may be for an object of one of the kinds."""
    found = [patch for entry in patches for patch in _read(entry, file, files)]
    return any(_may_be_for(kind, patch) for kind in kinds for patch in found)


def _may_be_for(kind: str, patch: _Patch) -> bool:
    if patch.target:
        return _fits(patch.target.get("kind"), kind) is not False
    return patch.body is None or patch.body.get("kind").opaque or patch.body.get("kind").text == kind


def _read(entry: Value, file: str, files: Files) -> Iterator[_Patch]:
    """The documents of an entry: a map with `patch` (a text, or for Flux a map) or `path`; else a path or a text."""
    bodies = _bodies(entry, file, files)
    if not bodies:
        yield _Patch(entry.get("target"), None)
    for body in bodies:
        if body:
            yield _Patch(entry.get("target"), body)


def _bodies(entry: Value, file: str, files: Files) -> tuple[Value, ...]:
    text = entry.get("patch") if entry.is_map else entry
    path = entry.get("path").text if entry.is_map else None
    if text.is_scalar and "\n" not in text.raw and entry.is_scalar:
        path = text.text
    if path is not None:
        found = files.near(file, path)
        return found.documents if found and not found.faults else ()
    if not text.is_scalar:
        return (text,) if text else ()
    home = files.get(text.place.file)
    inner = read_inside(text, home.text) if home else None
    return inner.documents if inner and not inner.faults else ()


def _applied(manifest: Manifest, patch: _Patch) -> Iterator[Manifest]:
    node, body, meant = manifest.root.node, patch.body, _means(manifest, patch)
    if node is None or meant is False:
        yield manifest
        return
    if meant is None or body is None or body.node is None:
        yield replace(manifest, whole=False)
        return
    changed: Node | None
    if body.is_list:
        changed = json_patched(node, body)
        yield replace(manifest, root=replace(manifest.root, node=changed)) if changed else _unknown(manifest)
        return
    changed = patched(node, body.node, bool(_BUILT_IN.fullmatch(manifest.group)))
    if changed is not None:
        root = replace(manifest.root, node=changed)
        # What a patch calls itself does not rename the object that its target means.
        yield replace(manifest, root=_with_name(root, manifest) if patch.target else root)


def _unknown(manifest: Manifest) -> Manifest:
    return replace(manifest, whole=False)


def _with_name(root: Value, manifest: Manifest) -> Value:
    name = manifest.root.get("metadata", "name").node
    return root if name is None else with_value(root, ("metadata", "name"), name)


def _means(manifest: Manifest, patch: _Patch) -> bool | None:
    """Whether the patch means the object; None where that cannot be told."""
    if patch.target:
        words = [_fits(patch.target.get(key), actual) for key, actual in _identity(manifest).items()]
        selects = patch.target.get("labelSelector") or patch.target.get("annotationSelector")
        return False if False in words else None if None in words or selects else True
    body = patch.body
    if body is None:
        return None
    return (
        body.get("kind").text == manifest.kind
        and group_of(body) == manifest.group
        and body.get("metadata", "name").text == manifest.name
        and body.get("metadata", "namespace").text in (None, manifest.namespace)
    )


def _identity(manifest: Manifest) -> dict[str, str]:
    return {
        "group": manifest.group,
        "version": manifest.api_version.rpartition("/")[2],
        "kind": manifest.kind,
        "name": manifest.name,
        "namespace": manifest.namespace,
    }


def _fits(wanted: Value, actual: str) -> bool | None:
    """Whether an anchored regular expression of a target fits."""
    if not wanted:
        return True
    choices = (wanted.text or "(").split("|")
    if not all(map(_SIMPLE.fullmatch, choices)):
        return None
    return any(re.fullmatch(choice, actual) for choice in choices)
