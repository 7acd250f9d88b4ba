# Written by talos-gpu from profiles/official-proprietary-guide.yaml.
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

# Patch gpu-1: kernel-modules
# Once a node, for lists append. Until the image with the extensions runs, Talos
# logs that it does not find the modules. That passes.
talosctl --nodes 192.0.2.30 patch mc --patch @patches/gpu/10-kernel-modules.yaml

# Patch gpu-1: sysctls
talosctl --nodes 192.0.2.30 patch mc --patch @patches/gpu/20-sysctls.yaml

# Patch gpu-1: node-labels
talosctl --nodes 192.0.2.30 patch mc --patch @patches/gpu/30-node-labels.yaml

# Patch gpu-1: install-image
talosctl --nodes 192.0.2.30 patch mc --patch @patches/gpu/60-install-image.yaml

# Stage default-runtime on gpu-1
# It waits for the reboot of the upgrade that follows, so it must be the last
# patch before it: applied at once, the node would reboot now, without a drain.
talosctl --nodes 192.0.2.30 patch mc --mode=staged --patch @patches/gpu/50-default-runtime.yaml

# Upgrade gpu-1 to the image of pool gpu
# The node is drained, writes the new image beside the old one and reboots. Wait
# until it is Ready again before the next one.
talosctl --nodes 192.0.2.30 upgrade --image factory.talos.dev/metal-installer/26124abcbd408be693df9fe852c80ef1e6cc178e34d7d7d8430a28d1130b4227:v1.11.6
