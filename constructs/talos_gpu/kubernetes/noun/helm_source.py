"""Where Flux fetches a chart from: an HTTPS repository, or a container registry."""

from __future__ import annotations

from constructs import Construct

from talos_gpu.kubernetes.noun.api_object import add_object
from talos_gpu.kubernetes.props import HelmRepositoryProps, OciRepositoryProps

__all__ = ["HelmRepository", "OciRepository"]

_API_VERSION = "source.toolkit.fluxcd.io/v1"


class HelmRepository(Construct):
    """A HelmRepository. The chart's version is pinned, so its index is read rarely."""

    def __init__(self, scope: Construct, construct_id: str, props: HelmRepositoryProps) -> None:
        super().__init__(scope, construct_id)
        spec = {"interval": "12h", "url": props.url}
        add_object(self, "source", _API_VERSION, "HelmRepository", props.name, namespace=props.namespace, spec=spec)


class OciRepository(Construct):
    """An OCIRepository that holds one version of one chart."""

    def __init__(self, scope: Construct, construct_id: str, props: OciRepositoryProps) -> None:
        super().__init__(scope, construct_id)
        spec = {
            "interval": "12h",
            "url": props.url,
            "ref": {"tag": props.version},
            # The layer that holds the chart, as `helm push` names it.
            "layerSelector": {
                "mediaType": "application/vnd.cncf.helm.chart.content.v1.tar+gzip",
                "operation": "copy",
            },
        }
        add_object(self, "source", _API_VERSION, "OCIRepository", props.name, namespace=props.namespace, spec=spec)
