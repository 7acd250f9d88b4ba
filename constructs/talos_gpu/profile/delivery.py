"""How what was rendered reaches the nodes and the cluster."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from talos_gpu.profile.model import Model, short_form
from talos_gpu.profile.shape import Shape, problem, shown
from talos_gpu.profile.text import LabelKey, Name, RelativePath, RepositoryUrl, Text
from talos_gpu.profile.value import Switch

__all__ = ["Delivery", "DeliveryOrEngine", "Images", "Layout", "LayoutOrKind", "SmokeTest", "Source"]

LayoutKind = Literal["talhelper", "topf", "talosctl", "opentofu"]
Engine = Literal["flux", "argocd", "plain"]


_ENGINES_FOLDERS = frozenset({"kubernetes", "flux", "argocd", "smoke-test", "components"})
"""What Flux, Argo CD or kubectl read: nothing of Talos may lie there, whatever the case of its letters."""


class Layout(Model):
    """How machine configuration reaches Talos."""

    kind: LayoutKind
    path: RelativePath = "talos"
    """Folder for the layout's files, below the cluster's folder."""

    @field_validator("path")
    @classmethod
    def _off_the_engines_path(cls, path: str) -> str:
        first = path.split("/")[0]
        if first.lower() in _ENGINES_FOLDERS:
            raise problem(
                f"found {shown(path)}, but {first} is a folder that an engine or kubectl applies; choose another"
            )
        return path


class Source(Model):
    """The Git repository (or Flux source) that the engine reads `dist/` from."""

    kind: Literal["GitRepository", "OCIRepository", "Bucket"] = "GitRepository"
    """Flux: kind of the source object."""
    name: LabelKey = "flux-system"
    """Flux: name of the source object."""
    namespace: Name = "flux-system"
    """Flux: namespace of the source object."""
    repo_url: Annotated[RepositoryUrl | None, Field(alias="repoURL")] = None
    """Argo CD: address of the repository."""
    target_revision: Text = "main"
    """Argo CD: branch, tag or commit."""
    path: Annotated[Text, Shape(r"[A-Za-z0-9._/-]+", "a path of letters, digits, . _ - and /")] = "dist"
    """Where `dist/` lies in that repository."""

    @field_validator("path")
    @classmethod
    def _relative(cls, path: str) -> str:
        if path.startswith("/") or ".." in path.split("/"):
            raise problem(f"found {shown(path)}, expected a path below the repository's root")
        return path.removeprefix("./").rstrip("/") or "."


class Delivery(Model):
    """Who applies `kubernetes/`: Flux, Argo CD, or a person with kubectl and helm."""

    engine: Engine = "plain"
    source: Source = Field(default_factory=Source)
    namespace: Name | None = None
    """Where the engine's own objects live. Default: flux-system or argocd."""
    project: Name = "default"
    """Argo CD: the AppProject."""

    @model_validator(mode="after")
    def _argocd_needs_a_repository(self) -> Delivery:
        if self.engine == "argocd" and self.source.repo_url is None:
            raise problem("engine argocd needs source: {repoURL: ..., targetRevision: ...}")
        return self


class SmokeTest(Model):
    """The pod that proves a GPU can be allocated and used."""

    cuda: Annotated[Text, Shape(r"\d{1,3}\.\d{1,3}\.\d{1,3}", "a full CUDA version such as 12.4.1")] | None = None
    """CUDA version of the test image; must fit the driver. Default: the newest known one that fits."""
    resource: (
        Annotated[
            Text,
            Shape(
                r"nvidia\.com/[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?",
                "a resource such as nvidia.com/mig-1g.10gb",
            ),
        ]
        | None
    ) = None
    """Resource that the test and the workload Component request. Default: what most GPU pools advertise."""
    deliver: Switch = False
    """Let the engine apply the test too. A test that cannot be scheduled must not block a sync: off by default."""


class Images(Model):
    """Where container images come from."""

    mirror: (
        Annotated[
            Text, Shape(r"[a-z0-9.-]+(:\d+)?(/[a-z0-9._-]+)*", "host[:port][/path] of a registry, without https://")
        ]
        | None
    ) = None
    """A registry that mirrors the vendors' ones: `nvcr.io/nvidia/cuda` becomes `<mirror>/nvidia/cuda`."""
    digests: dict[Text, Annotated[Text, Shape("sha256:[0-9a-f]{64}", "sha256: and 64 hexadecimal digits")]] = Field(
        default_factory=dict
    )
    """Image reference (as the plan names it, with tag) to the digest that is used in its place."""


LayoutOrKind = Annotated[
    Layout,
    short_form("kind", str, Layout, "a layout (talhelper, topf, talosctl or opentofu), or a map", LayoutKind),
]
"""`layout: topf` is short for `layout: {kind: topf}`."""

DeliveryOrEngine = Annotated[
    Delivery, short_form("engine", str, Delivery, "an engine (flux, argocd or plain), or a map", Engine)
]
"""`delivery: flux` is short for `delivery: {engine: flux}`."""
