# The same list, as people write it who need no template.
resource "talos_image_factory_schematic" "gpu" {
  schematic = yamlencode({
    customization = {
      systemExtensions = {
        officialExtensions = [
          "siderolabs/qemu-guest-agent",
          "siderolabs/iscsi-tools",
          "siderolabs/util-linux-tools",
          "siderolabs/nonfree-kmod-nvidia-production:535.247.01-v1.10.3",
          "siderolabs/nvidia-container-toolkit-production:570.133.20-v1.17.6",
        ]
      }
    }
  })
}
