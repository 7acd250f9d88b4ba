"""Device list strategies: how the device plugin hands GPUs to containers, and who acts on it."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from talos_gpu.catalog import Era, Stated
from talos_gpu.inventory import Value
from talos_gpu.rules.edits import replacing
from talos_gpu.rules.rule import Offence
from talos_gpu.yaml_events import excerpt

__all__ = ["BY_ENVIRONMENT", "invalid", "lacks_cdi", "lacks_runtime", "needs_cdi", "words"]

BY_ENVIRONMENT = frozenset(("envvar", "volume-mounts"))
"""The strategies that only a container runtime of NVIDIA's acts on."""
_SURE = 0.8
"""How like a known word another must be to be a misspelling of it: `envvars` is, `cdi` only may be."""
_KNOWN = ("envvar", "volume-mounts", "cdi-annotations", "cdi-cri")


def words(value: Value) -> tuple[str, ...] | None:
    """The strategies that a text names; None where only runs can tell."""
    if value.is_list:
        texts = [item.text for item in value.items()]
        return None if None in texts else tuple(text.strip() for text in texts if text)
    return tuple(word.strip() for word in value.text.split(",")) if value.text is not None else None


def needs_cdi(strategies: tuple[str, ...]) -> bool:
    """Whether the plugin writes a CDI specification for one of them."""
    return any(word.startswith("cdi-") for word in strategies)


def lacks_cdi(era: Era) -> bool:
    """Whether CDI devices cannot be made on the nodes of that era."""
    service = era.cdi_spec_service
    return isinstance(service, Stated) and not service.value


def lacks_runtime(era: Era) -> bool:
    """Whether no runtime of NVIDIA's is there to act on a strategy of the environment."""
    return era.runtime_handler is None


def invalid(value: Value, name: str) -> Iterator[Offence]:
    """Yields a value that names a strategy that the device plugin does not know, at which it stops."""
    told = words(value)
    wrong = [word for word in told or () if word not in _KNOWN]
    if not wrong or told is None:
        return
    right = [difflib.get_close_matches(word, _KNOWN, n=2) if word not in _KNOWN else [word] for word in told]
    meant = ",".join(found[0] for found in right) if all(len(found) == 1 for found in right) else ""
    message = (
        f"found {excerpt(wrong[0])}; expected {meant or 'one of ' + ', '.join(_KNOWN)} because the device plugin stops "
        f"at a {name} that it does not know"
    )
    remedy = f"Write {meant}." if meant else ""
    sure = meant and all(word in _KNOWN or difflib.get_close_matches(word, _KNOWN, cutoff=_SURE) for word in told)
    yield Offence(value, message, remedy, replacing(value, meant) if sure and not value.is_list else ())
