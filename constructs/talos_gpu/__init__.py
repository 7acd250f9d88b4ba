"""Typed NVIDIA GPU profiles for Talos Linux clusters, rendered to reviewable YAML."""
