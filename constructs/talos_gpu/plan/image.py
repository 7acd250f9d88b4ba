"""Container images, through the profile's mirror and by its digests."""

from __future__ import annotations

from talos_gpu.plan.model import Image
from talos_gpu.profile.delivery import Images

__all__ = ["mirrored"]


def mirrored(images: Images, upstream: str) -> Image:
    """The image to pull in place of `upstream` (registry/path:tag)."""
    digest = images.digests.get(upstream)
    reference = upstream.split("@")[0] if digest else upstream
    if images.mirror:
        _, _, path = reference.partition("/")
        reference = f"{images.mirror}/{path}"
    return Image(f"{reference}@{digest}" if digest else reference, upstream)
