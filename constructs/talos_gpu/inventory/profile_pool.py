"""What a profile says of a pool, as subjects of rules, each where the profile says it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from posixpath import dirname, join

from talos_gpu.inventory.schematic import with_full_name
from talos_gpu.inventory.source_file import SourceFile
from talos_gpu.inventory.subject import Node, Role, Schematic, Subject
from talos_gpu.inventory.talos_text import TalosText, merge_texts, text_of_documents, text_of_file
from talos_gpu.inventory.value import Value
from talos_gpu.plan.model import PoolPlan
from talos_gpu.yaml_events import ScalarNode

__all__ = ["Refused", "is_refused", "pool_subjects", "said_by"]


Refused = frozenset[tuple[str, int]]
"""File and line of what the plan refuses."""


def pool_subjects(
    name: str, pool: Value, plan: PoolPlan | None, patches: Mapping[str, SourceFile], refused: Refused
) -> Iterator[Subject]:
    """The pool's boot image, its own patches, and its nodes with what these patches tell them."""
    texts = [text for text in _texts(pool, patches) if not _touches(text, refused)]
    schematic = _schematic(pool, plan, refused)
    yield schematic
    for text in texts:
        yield from ((text.config,) if text.config else ())
        yield from text.patches
    yield _node(name, pool, texts, schematic)


def _node(name: str, pool: Value, texts: list[TalosText], schematic: Schematic) -> Node:
    role: Role = "control-plane" if pool.get("role").text == "control-plane" else "worker"
    legacy, documents = merge_texts(texts)
    model = pool.get("gpu", "model").text
    return Node(
        name=", ".join(node for node, _ in pool.get("nodes").pairs()) or name,
        place=pool,
        origin="profile",
        role=role,
        # The plan adds what a profile need not say.
        complete=False,
        config=legacy or Value(None, pool.place, pool.path),
        documents=documents,
        parts=tuple(text.config for text in texts if text.config),
        schematic=schematic,
        gpus=(model,) if model else (),
        arch=pool.get("arch").text or "amd64",
    )


def _texts(pool: Value, patches: Mapping[str, SourceFile]) -> Iterator[TalosText]:
    """The pool's patches: `file.yaml`, `{file: file.yaml}`, `{inline: {...}}`, or the fields themselves."""
    for entry in pool.get("patches").items():
        named = entry if entry.is_scalar else entry.get("file")
        if named.text:
            file = patches.get(join(dirname(named.place.file), named.text))
            if file is not None:
                yield text_of_file(file, "profile")
        else:
            inline = entry.get("inline") if entry.get("inline").exists else entry
            yield text_of_documents(inline, (inline,), "profile")


def _touches(text: TalosText, refused: Refused) -> bool:
    """Whether the plan refuses something in it: then it has said so, and the rest can wait."""
    documents = (*(text.config.documents if text.config else ()), *(patch.root for patch in text.patches))
    return any(is_refused(value, refused) for document in documents for value in document.walk())


def is_refused(value: Value, refused: Refused) -> bool:
    """Whether the plan refuses something in the line of the value or of its key."""
    places = (value.place, value.key) if value.key else (value.place,)
    return any((place.file, place.line) in refused for place in places)


def _schematic(pool: Value, plan: PoolPlan | None, refused: Refused) -> Schematic:
    """The image that the plan makes of the pool; without a plan only what the profile says itself."""
    own = {entry.text: entry for entry in map(with_full_name, pool.get("extensions").items()) if entry.text}
    if plan is None:
        kept = tuple(entry for entry in own.values() if not is_refused(entry, refused))
        arguments = tuple(entry for entry in pool.get("kernelArgs").items() if not is_refused(entry, refused))
        return Schematic(pool, "profile", kept, arguments, None, text_known=False)
    chosen = pool.get("driver") if pool.get("driver").exists else pool.get("gpu")
    extensions = tuple(own.get(name) or said_by(chosen, name) for name in plan.schematic.extensions.value)
    written = {entry.text: entry for entry in pool.get("kernelArgs").items()}
    arguments = tuple(written.get(text) or said_by(chosen, text) for text in plan.schematic.schematic.kernel_args)
    return Schematic(pool, "profile", extensions, arguments, getattr(plan.schematic.id, "value", None))


def said_by(value: Value, text: str) -> Value:
    """What follows from `value`, in its place."""
    return replace(value, node=ScalarNode(text, False, "", value.place))
