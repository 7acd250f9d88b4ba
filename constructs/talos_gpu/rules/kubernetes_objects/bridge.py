"""A validation bridge: a pod of one's own that writes the files which the operator's pods wait for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from talos_gpu.inventory import Cluster, Object, Pod, Value

__all__ = ["Bridge", "bridge_of"]

_MARKER = re.compile(r"(?<![\w-])(?:driver|toolkit|cuda|plugin)-ready\b|\.driver-ctr-ready\b")
_WRITE = re.compile(r"\b(?:touch|tee|mv|cp|install)\b|(?<![0-9&=-])>{1,2}(?!&)(?!\s*/dev/null)")
_FOLDER = re.compile(r"(?:/var)?/run/nvidia(?:/.*)?")
_ROOTS = frozenset(("/", "/run", "/var/run", "/var"))
_NVIDIAS_OWN = re.compile(r"^nvcr\.io/nvidia/|/gpu-operator|/k8s-device-plugin|/container-toolkit")
_MODULE = re.compile(r"/sys/module/nvidia|/proc/driver/nvidia|/proc/modules|/dev/nvidia|\blsmod\b|\bnvidia-smi\b")
_CONTENT = re.compile(r"NVIDIA_DRIVER_ROOT|DRIVER_ROOT_CTR_PATH|IS_HOST_DRIVER")
_CONTINUED = re.compile(r"\\\r?\n")
_TOUCHED = re.compile(
    r"\btouch\b[^\n;&|]*(?<![\w-])driver-ready\b"
    r"|\bfor \w+ in [^\n;]*(?<![\w-])driver-ready\b[^\n;]*[;\n]\s*do\s[^>]{0,80}?\btouch\b"
    r"|(?:^|[;&]|\bdo\b|\bthen\b)[ \t]*:?[ \t]*>[ \t]*[^\s;&|]*(?<![\w-])driver-ready\b",
    re.MULTILINE,
)
"""Made empty: by touch, in a loop over names, or by a redirection without a command."""
_WORDS = re.compile(
    rf"\b(?P<open>while|until|for|select)\b|(?P<do>\bdo\b)|(?P<done>\bdone\b)|(?P<write>{_WRITE.pattern})"
)
_COMMENT = re.compile(r"(?:^|(?<=\s))#.*$", re.MULTILINE)
_FUNCTION = re.compile(r"\b\w+\s*\(\)\s*\{")


@dataclass(frozen=True, slots=True)
class Bridge:
    """`scripts` are the texts that write the markers; `place` is where to speak of the whole."""

    pod: Pod
    place: Value
    scripts: tuple[Value, ...]

    @property
    def checks_module(self) -> bool:
        """Whether it looks for the driver's kernel module first."""
        return any(_MODULE.search(_code(script)) for script in self.scripts)

    @property
    def repeats(self) -> bool:
        """Whether it writes inside a loop, or in a way that is not understood here."""
        return any(_repeats(_code(script)) for script in self.scripts)

    @property
    def leaves_driver_ready_empty(self) -> bool:
        """Whether it touches `driver-ready` and nowhere speaks of the variables that the operator's pods read from it."""
        texts = [_CONTINUED.sub(" ", _code(script)) for script in self.scripts]
        variables = (value.raw for container in self.pod.containers for value in container.get("env").walk())
        return any(map(_TOUCHED.search, texts)) and not any(map(_CONTENT.search, (*texts, *variables)))


def bridge_of(pod: Pod, cluster: Cluster) -> Bridge | None:
    """The bridge that a pod is, or None; NVIDIA's own pods are none."""
    owner = pod.owner
    if owner is None or not owner.live or not _reaches_the_folder(pod):
        return None
    if any(_NVIDIAS_OWN.search(container.get("image").raw) for container in pod.containers):
        return None
    texts = (*_commands(pod), *_mounted(pod, cluster))
    scripts = tuple(text for text in texts if _MARKER.search(_code(text)) and _WRITE.search(_code(text)))
    return Bridge(pod, owner.root.get("metadata", "name"), scripts) if scripts else None


def _reaches_the_folder(pod: Pod) -> bool:
    paths = (volume.get("hostPath", "path").text or "" for volume in pod.spec.get("volumes").items())
    return any(_FOLDER.fullmatch(path) or (path.rstrip("/") or "/") in _ROOTS for path in paths if path)


def _commands(pod: Pod) -> Iterator[Value]:
    for container in pod.containers:
        yield from container.get("command").items()
        yield from container.get("args").items()


def _mounted(pod: Pod, cluster: Cluster) -> Iterator[Value]:
    """The texts of the ConfigMaps that it mounts."""
    names = {volume.get("configMap", "name").text for volume in pod.spec.get("volumes").items()} - {None}
    for item in cluster.of(Object) if names else ():
        if item.kind == "ConfigMap" and item.name in names and item.namespace in ("", pod.namespace):
            yield from (value for _, value in item.root.get("data").pairs())


def _code(script: Value) -> str:
    return _COMMENT.sub("", script.raw)


def _repeats(code: str) -> bool:
    """Whether a write stands between `do` and `done` of a while or until loop. Functions are not followed."""
    waiting, inside = "", []
    for word in _WORDS.finditer(code):
        if word["open"]:
            waiting = word["open"]
        elif word["do"]:
            inside.append(waiting)
        elif word["done"] and inside:
            inside.pop()
        elif word["write"] and {"while", "until"}.intersection(inside):
            return True
    return bool(_FUNCTION.search(code)) and bool(re.search(r"\b(?:while|until)\b", code))
