"""What the user wrote: one typed profile per cluster."""

from talos_gpu.profile.loading import LoadedProfile, changed_profile, load_profile, parse_profile
from talos_gpu.profile.profile import Profile

__all__ = ["LoadedProfile", "Profile", "changed_profile", "load_profile", "parse_profile"]
