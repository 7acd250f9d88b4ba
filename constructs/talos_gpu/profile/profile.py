"""The profile: what a user declares of one cluster."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator, model_validator

from talos_gpu.profile.declaration import Declarations
from talos_gpu.profile.delivery import Delivery, DeliveryOrEngine, Images, Layout, LayoutOrKind, SmokeTest
from talos_gpu.profile.model import Model
from talos_gpu.profile.pool import Pool
from talos_gpu.profile.shape import problem
from talos_gpu.profile.stack import Stack, StackOrKind
from talos_gpu.profile.text import ContractVersion, Endpoint, KubernetesVersion, Name, TalosVersion
from talos_gpu.profile.waiver import Allowed

__all__ = ["Profile"]


class Profile(Model):
    """One cluster. Only `cluster`, `talos` and one pool are required."""

    cluster: Name
    """The cluster's name; also the name of its folder below dist/."""
    talos: TalosVersion
    """The Talos release that the nodes run, or shall run."""
    contract: ContractVersion | None = None
    """The Talos minor that generated the nodes' machine config: it decides the dialect. Default: the minor of `talos`."""
    kubernetes: KubernetesVersion | None = None
    """Default: the version that this Talos release brings."""
    endpoint: Endpoint | None = None
    """Address of the Kubernetes API, such as https://192.0.2.10:6443."""
    layout: LayoutOrKind = Field(default_factory=lambda: Layout(kind="talosctl"))
    delivery: DeliveryOrEngine = Field(default_factory=Delivery)
    stack: StackOrKind = Field(default_factory=Stack)
    pools: Annotated[dict[Name, Pool], Field(min_length=1)]
    """Pools by name."""
    smoke_test: SmokeTest = Field(default_factory=SmokeTest)
    images: Images = Field(default_factory=Images)
    catalogue: Declarations = Field(default_factory=Declarations)
    """Facts that the catalogue lacks, declared here."""
    allow: tuple[Allowed, ...] = ()
    """Rules whose findings are accepted, each with its reason. Never what cannot boot or load."""

    @property
    def gpu_pools(self) -> dict[str, Pool]:
        """The pools that carry GPUs, by name."""
        return {name: pool for name, pool in self.pools.items() if pool.gpu}

    @model_validator(mode="after")
    def _nodes_once(self) -> Profile:
        names: set[str] = set()
        addresses: set[str] = set()
        for pool_name, pool in self.pools.items():
            for name, node in pool.nodes.items():
                path = ("pools", pool_name, "nodes", name)
                if name in names:
                    raise problem(f"found the node {name} in two pools; each node belongs to one", *path)
                if node.address.lower() in addresses:
                    raise problem(f"found the address {node.address} at two nodes; each has its own", *path, "address")
                names.add(name)
                addresses.add(node.address.lower())
        return self

    @field_validator("pools")
    @classmethod
    def _something_to_do(cls, pools: dict[str, Pool]) -> dict[str, Pool]:
        if not any(pool.gpu for pool in pools.values()):
            raise problem("found no pool with a gpu; at least one needs gpu: {model: ...}")
        return pools
