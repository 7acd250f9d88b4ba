# Written by talos-gpu from profiles/rtx-5070-ti-gpu-operator.yaml.
# Change the profile and run synth again: what is edited here is replaced.
# shellcheck shell=bash
# The first installation. Copy line by line, in this folder; nothing here is
# meant to run unattended. Every list of a machine config grows when the same
# patch is applied twice: patch each node once.

# == The cluster exists ==
# Your own talosconfig, where it is not in the usual place.
export TALOSCONFIG="${TALOSCONFIG:-$HOME/.talos/config}"

# Register the schematic of pool gpu at the Image Factory
# The factory answers with the id. An id works only after somebody has posted
# its schematic; posting it again changes nothing.
curl --fail --silent --show-error -X POST --data-binary @schematics/gpu.yaml https://factory.talos.dev/schematics

# Patch k8s-worker4: kernel-modules
# Once a node, for lists append. Until the image with the extensions runs, Talos
# logs that it does not find the modules. That passes.
talosctl --nodes 192.168.1.224 patch mc --patch @patches/gpu/10-kernel-modules.yaml

# Patch k8s-worker4: sysctls
talosctl --nodes 192.168.1.224 patch mc --patch @patches/gpu/20-sysctls.yaml

# Patch k8s-worker4: install-image
talosctl --nodes 192.168.1.224 patch mc --patch @patches/gpu/60-install-image.yaml

# Upgrade k8s-worker4 to the image of pool gpu
# The node is drained, writes the new image beside the old one and reboots. Wait
# until it is Ready again before the next one.
talosctl --nodes 192.168.1.224 upgrade --image factory.talos.dev/metal-installer/6698d6f136c5bb37ca8bb8482c9084305084da0a5ead1f4dcae760796f8ab3a2:v1.12.11
