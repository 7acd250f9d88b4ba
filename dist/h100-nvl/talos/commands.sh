# Written by talos-gpu from profiles/h100-nvl-argocd.yaml.
# Change the profile and run synth again: what is edited here is replaced.
# shellcheck shell=bash
# The first installation. Copy line by line, in this folder; nothing here is
# meant to run unattended. Every list of a machine config grows when the same
# patch is applied twice: patch each node once.

# == The cluster exists ==
# Your own talosconfig, where it is not in the usual place.
export TALOSCONFIG="${TALOSCONFIG:-$HOME/.talos/config}"

# Register the schematic of pool all at the Image Factory
# The factory answers with the id. An id works only after somebody has posted
# its schematic; posting it again changes nothing.
curl --fail --silent --show-error -X POST --data-binary @schematics/all.yaml https://factory.talos.dev/schematics

# Patch gpu-1: kernel-modules
# Once a node, for lists append. Until the image with the extensions runs, Talos
# logs that it does not find the modules. That passes.
talosctl --nodes 192.0.2.10 patch mc --patch @patches/all/10-kernel-modules.yaml

# Patch gpu-1: sysctls
talosctl --nodes 192.0.2.10 patch mc --patch @patches/all/20-sysctls.yaml

# Patch gpu-1: node-labels
talosctl --nodes 192.0.2.10 patch mc --patch @patches/all/30-node-labels.yaml

# Patch gpu-1: install-image
talosctl --nodes 192.0.2.10 patch mc --patch @patches/all/60-install-image.yaml

# Patch gpu-1: scheduling
talosctl --nodes 192.0.2.10 patch mc --patch @patches/all/70-scheduling.yaml

# Upgrade gpu-1 to the image of pool all
# The node is drained, writes the new image beside the old one and reboots. Wait
# until it is Ready again before the next one.
talosctl --nodes 192.0.2.10 upgrade --image factory.talos.dev/metal-installer/6698d6f136c5bb37ca8bb8482c9084305084da0a5ead1f4dcae760796f8ab3a2:v1.11.5

# == The cluster is new: this in place of all of the above ==

# Register the schematic of pool all at the Image Factory
# The factory answers with the id. An id works only after somebody has posted
# its schematic; posting it again changes nothing.
curl --fail --silent --show-error -X POST --data-binary @schematics/all.yaml https://factory.talos.dev/schematics

# Make the cluster's secrets, once
# Keep secrets.yaml, encrypted, and out of this folder's history: whoever has it
# owns the cluster.
test -e secrets.yaml || talosctl gen secrets

# Write your access to the nodes
# It holds a key, like the configs below.
talosctl gen config h100-nvl https://192.0.2.10:6443 --with-secrets secrets.yaml --talos-version v1.11 --kubernetes-version 1.34.1 --output-types talosconfig --output talosconfig

# Use it
export TALOSCONFIG="$PWD/talosconfig"

# Tell it whom to ask
talosctl config endpoint 192.0.2.10

# Write the machine config of gpu-1
talosctl gen config h100-nvl https://192.0.2.10:6443 --with-secrets secrets.yaml --talos-version v1.11 --kubernetes-version 1.34.1 --install-image factory.talos.dev/metal-installer/6698d6f136c5bb37ca8bb8482c9084305084da0a5ead1f4dcae760796f8ab3a2:v1.11.5 --config-patch '{"machine": {"network": {"hostname": "gpu-1"}}}' --config-patch @patches/all/10-kernel-modules.yaml --config-patch @patches/all/20-sysctls.yaml --config-patch @patches/all/30-node-labels.yaml --config-patch @patches/all/60-install-image.yaml --config-patch @patches/all/70-scheduling.yaml --output-types controlplane --output gpu-1.yaml

# Apply it to gpu-1
# The machine waits in maintenance mode, booted from the media of its pool; it
# installs the pool's image.
talosctl apply-config --insecure --nodes 192.0.2.10 --file gpu-1.yaml

# Bootstrap etcd, once in the cluster's life
# When the first control plane is installed.
talosctl --nodes 192.0.2.10 bootstrap

# Fetch your kubeconfig
talosctl --nodes 192.0.2.10 kubeconfig
